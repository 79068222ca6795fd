import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { ChatKind, Identity } from '../../network/index.ts';
import { GatewayError } from '../../platform/index.ts';
import { findReachable, listChatPeople, readIdentities, resolveContact } from '../contacts/index.ts';
import type { Caller } from '../customers/index.ts';
import { requireOutboundFile } from '../media/index.ts';
import { audienceOf, type ContentOptions, type NewContent } from './content.ts';
import { requireSuitable } from './file-rules.ts';
import { selectMessage } from './messages.sql.ts';
import { followMerges, type MessageRow } from './messages.ts';
import { findFault, type TargetUse } from './target-rules.ts';

/** Somebody as a caller names them: by a contact of ours, or by a number (digits). */
export type PersonRef = { readonly contactId: Id<'con'> } | { readonly phone: string };

/** Where a message goes, once that is a chat of ours. */
export type Place = { readonly instanceId: Id<'ins'>; readonly chatId: Id<'cht'>; readonly chatKind: ChatKind };

/** What a message says, as the request has it. */
export type Said = {
  readonly content: NewContent;
  readonly replyTo?: Id<'msg'> | null;
  readonly mentions?: readonly PersonRef[];
  /** Of a link whose preview is to be fetched before the message leaves. */
  readonly previewUrl?: string | undefined;
  /** Whom a story is for; everybody who has a chat with the instance when left out. */
  readonly audience?: readonly PersonRef[];
};

/** What is kept of a message, as its row has it. */
type Prepared = Pick<MessageRow, 'content' | 'audience'> & {
  readonly type: NewContent['type'];
  readonly replyTo: Id<'msg'> | null;
  readonly mediaId: Id<'med'> | null;
};

/** Types that other chats than those with a person or a group take. */
const takenBy: Readonly<Record<Exclude<ChatKind, 'person' | 'group'>, ReadonlySet<NewContent['type']>>> = {
  newsletter: new Set(['text']),
  story: new Set(['text', 'image', 'video', 'voice', 'delete']),
};

/**
 * Says what is to be kept of a message, after everything about it was checked that can be known before it leaves. Throws
 * `not_in_this_chat`, `message_not_found`, `contact_not_found`, `audience_empty` and what `findFault` finds.
 */
export async function prepareContent(
  tx: Tx,
  caller: Caller,
  place: Place,
  said: Said,
  how: { readonly convertsVoice: boolean },
): Promise<Prepared> {
  const { type } = said.content;
  const { replyTo = null, mentions = [] } = said;
  requireChatTakes(place.chatKind, said);
  // What is forwarded comes from anywhere; everything else is about a message of this chat.
  const about = { ...place, chatId: type === 'forward' ? null : place.chatId };
  const target =
    'messageId' in said.content
      ? await requireTarget(tx, caller, about, said.content.messageId, said.content)
      : undefined;
  if (replyTo !== null) await requireTarget(tx, caller, place, replyTo, { type: 'reply' });
  const { content, mediaId } = await keepContent(tx, caller, said.content, how);
  const options: ContentOptions =
    mentions.length === 0 ? {} : { mentions: await resolvePeople(tx, caller, place.instanceId, mentions) };
  const audience = place.chatKind === 'story' ? await resolveAudience(tx, caller, place, said, target) : null;
  const told = audience === null ? {} : { audienceSize: audience.length };
  return {
    type,
    content: JSON.stringify({ ...content, ...options, ...told }),
    replyTo,
    audience: audience && JSON.stringify(audience),
    mediaId,
  };
}

/** Of a file, what it is: a message says so for good. */
async function keepContent(
  tx: Tx,
  caller: Caller,
  said: NewContent,
  { convertsVoice }: { readonly convertsVoice: boolean },
): Promise<{ content: object; mediaId: Id<'med'> | null }> {
  const { type: _type, ...content } = said;
  if (!('mediaId' in said)) return { content, mediaId: null };
  const { type, mediaId, filename, waveform, ...rest } = said;
  const file = await requireOutboundFile(tx, caller, mediaId);
  requireSuitable(type, file, convertsVoice);
  const media = { ...file, ...(filename !== undefined && { filename }), ...(waveform && { waveform }) };
  return { content: { ...rest, media }, mediaId };
}

function requireChatTakes(chatKind: ChatKind, { content, replyTo, mentions, audience }: Said): void {
  const refuse = (details: Readonly<Record<string, unknown>>): never => {
    throw new GatewayError('not_in_this_chat', { chat_type: chatKind, ...details });
  };
  const isStory = chatKind === 'story';
  const ofStories = content.type === 'text' && (content.background ?? content.font) !== undefined;
  if (mentions?.length && chatKind !== 'group') refuse({ option: 'mentions' });
  if (audience !== undefined && !isStory) refuse({ option: 'audience' });
  if (ofStories && !isStory) refuse({ option: 'background or font' });
  if (chatKind === 'person' || chatKind === 'group') return;
  if (!takenBy[chatKind].has(content.type)) refuse({ type: content.type });
  if (replyTo) refuse({ option: 'reply_to' });
  if ('viewOnce' in content) refuse({ option: 'view_once' });
}

/** Those who may see a story, as they are known now: whatever comes, it never reaches others. What takes one back reaches the same. */
async function resolveAudience(
  tx: Tx,
  caller: Caller,
  place: Place,
  { audience }: Said,
  target: MessageRow | undefined,
): Promise<readonly Identity[]> {
  if (target) return audienceOf(target);
  const ids =
    audience === undefined
      ? await listChatPeople(tx, caller.customerId, place.instanceId, knownAudienceMax)
      : await resolvePeople(tx, caller, place.instanceId, audience);
  if (ids.length === 0) throw new GatewayError('audience_empty');
  return readIdentities(tx, caller.customerId, ids);
}

const knownAudienceMax = 5000;

async function requireTarget(
  tx: Tx,
  caller: Caller,
  where: { readonly instanceId: Id<'ins'>; readonly chatId: Id<'cht'> | null },
  id: Id<'msg'>,
  use: TargetUse,
): Promise<MessageRow> {
  const target = await selectMessage(tx, caller.customerId, id);
  if (!target || target.instance_id !== where.instanceId) throw new GatewayError('message_not_found', { id });
  if (where.chatId !== null && target.chat_id !== where.chatId) {
    throw new GatewayError('message_in_other_chat', { message_id: id, chat_id: target.chat_id });
  }
  const fault = findFault(use, target, tx.now);
  if (fault) throw new GatewayError(fault.code, fault.details);
  return target;
}

/** The contacts that people are, made where a number is heard of for the first time. */
async function resolvePeople(
  tx: Tx,
  caller: Caller,
  instanceId: Id<'ins'>,
  people: readonly PersonRef[],
): Promise<Id<'con'>[]> {
  const ids = new Set<Id<'con'>>();
  for (const person of people) ids.add(await resolvePerson(tx, caller, instanceId, person));
  return [...ids];
}

async function resolvePerson(tx: Tx, caller: Caller, instanceId: Id<'ins'>, person: PersonRef): Promise<Id<'con'>> {
  if ('phone' in person) {
    const resolved = await resolveContact(tx, caller.customerId, person, { source: 'api', instanceId });
    await followMerges(tx, caller.customerId, resolved);
    return resolved.contactId;
  }
  const known = await findReachable(tx, caller, person.contactId);
  if (!known) throw new GatewayError('contact_not_found', { id: person.contactId });
  return known;
}
