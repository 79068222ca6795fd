import type { proto } from 'baileys';
import type { Identity, InboundContent, InboundContext, SharedChat } from '../network/index.ts';
import { createBounds, present, wholeOf } from './bounds.ts';
import { contentOf } from './content-of.ts';
import { chatKindOf, identityOf, samePerson } from './jids.ts';
import { unwrapMessage } from './unwrap-message.ts';

const mentionsMax = 100;
const previewCharsMax = 1000;
const idCharsMax = 128;

/**
 * What surrounds a message's content: whom it mentions, what it answers, how it came about and how long it stays. Undefined
 * when there is nothing to say.
 */
export function contextOf(message: proto.IMessage, self: Identity): InboundContext | undefined {
  const { message: inner, viewOnce } = unwrapMessage(message);
  const said = contextInfoOf(inner);
  const mentions = mentionsIn(said, self);
  const context = present({
    mentions: mentions.length === 0 ? undefined : mentions,
    replyTo: replyToOf(said, self),
    forwarded: said.info.isForwarded === true ? (true as const) : undefined,
    forwardingScore: wholeOf(said.info.forwardingScore) || undefined,
    viewOnce: viewOnce || said.viewOnce ? (true as const) : undefined,
    disappearingSeconds: wholeOf(said.info.expiration) || undefined,
  });
  return Object.keys(context).length === 0 ? undefined : context;
}

type Said = { readonly info: proto.IContextInfo; readonly viewOnce: boolean };

/** Each kind of message that can have a context, or says itself that it is for one look, does so under the same names. */
function contextInfoOf(message: proto.IMessage): Said {
  const contents = Object.values(message).filter(isContextual);
  const { contextInfo } = contents.find((content) => content.contextInfo) ?? {};
  return { info: contextInfo ?? {}, viewOnce: contents.some((content) => content.viewOnce === true) };
}

type Contextual = { readonly contextInfo?: proto.IContextInfo | null; readonly viewOnce?: boolean | null };

/** The protobuf has made sure that members of these names are what their types say. */
function isContextual(content: unknown): content is Contextual {
  return typeof content === 'object' && content !== null && ('contextInfo' in content || 'viewOnce' in content);
}

/** Whoever is meant by one of the number’s own addresses is the number, with all of them. */
function mentionsIn({ info }: Said, self: Identity): readonly Identity[] {
  const jids = createBounds().list(info.mentionedJid, mentionsMax);
  return [...new Set(jids)]
    .map((jid) => identityOf([jid]))
    .filter((identity) => identity.phone ?? identity.lid)
    .map((identity) => (samePerson(identity, self) ? self : identity));
}

function replyToOf({ info }: Said, self: Identity): InboundContext['replyTo'] {
  const networkId = createBounds().text(info.stanzaId, idCharsMax);
  if (networkId === undefined) return undefined;
  const author = identityOf([info.participant ?? undefined]);
  const fromMe = samePerson(author, self);
  const known = !fromMe && (author.phone ?? author.lid) !== undefined;
  const content = info.quotedMessage ? contentOf(info.quotedMessage) : undefined;
  return present({
    networkId,
    fromMe,
    author: known ? author : undefined,
    chat: sharedChatOf(info.remoteJid),
    quoted: content && quotedOf(content),
  });
}

/** Answers name the chat only when it is another one: a story, or a group that is answered in private. */
function sharedChatOf(jid: string | null | undefined): SharedChat | undefined {
  const kind = chatKindOf(jid ?? undefined);
  if (!jid || (kind !== 'group' && kind !== 'story' && kind !== 'newsletter')) return undefined;
  return { kind, address: jid };
}

const quotedOf = (content: InboundContent) => present({ type: content.type, text: previewOf(content) });

/** The words by which somebody knows a message again. */
function previewOf(content: InboundContent): string | undefined {
  const words = 'text' in content ? content.text : 'caption' in content ? content.caption : undefined;
  return createBounds().text(words ?? ('question' in content ? content.question : undefined), previewCharsMax);
}
