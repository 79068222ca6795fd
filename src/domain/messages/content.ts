import type { Id } from '../../lib/index.ts';
import type { Identity, MediaType, OutboundContent } from '../../network/index.ts';
import type { MessageRow } from './messages.ts';

/** What a caller wants to say, in ids of ours: kept with the message as it is, and shown with it. */
export type NewContent =
  | Exclude<OutboundContent, { readonly target: unknown } | { readonly media: unknown }>
  | NewFile
  | AboutAnother<'reaction', { readonly emoji: string | null }>
  | AboutAnother<'poll_vote', { readonly options: readonly string[] }>
  | AboutAnother<'edit', { readonly text: string }>
  | AboutAnother<'delete'>
  | AboutAnother<'forward'>;

/** A file goes out by its id; what it is, its media says. */
export type NewFile = {
  readonly type: MediaType;
  readonly mediaId: Id<'med'>;
  readonly caption?: string;
  readonly viewOnce?: true;
  /** Under this name, whatever it was brought as. */
  readonly filename?: string;
  readonly waveform?: readonly number[];
};

/** What is kept of a message: of a file, what it is. */
export type KeptContent = Exclude<NewContent, NewFile> | Extract<OutboundContent, { readonly media: unknown }>;

type AboutAnother<T extends OutboundContent['type'], More = unknown> = {
  readonly type: T;
  readonly messageId: Id<'msg'>;
} & More;

/** What goes for every type, as far as it makes sense for it. */
export type ContentOptions = {
  /** Contacts that are named in the words, in a group. */
  readonly mentions?: readonly Id<'con'>[];
};

/** The content of a message that was accepted here: only `acceptMessage` writes it. */
export function contentOf(message: Pick<MessageRow, 'type' | 'content'>): KeptContent & ContentOptions {
  return { ...JSON.parse(message.content), type: message.type } as KeptContent & ContentOptions;
}

/** Whom a story is for: only `acceptMessage` writes the column. */
export function audienceOf({ audience }: Pick<MessageRow, 'audience'>): readonly Identity[] {
  return audience === null ? [] : (JSON.parse(audience) as Identity[]);
}

/** Types that change another message, or a poll, and are no message of their own on a phone. */
const changeTypes: ReadonlySet<string> = new Set(['reaction', 'poll_vote', 'edit', 'delete']);

export const isChange = (message: Pick<MessageRow, 'type'>): boolean => changeTypes.has(message.type);
