import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { Identity, InboundChange, MessageChange, SealedInput } from '../../network/index.ts';
import { readContactIdentity, viewContact } from '../contacts/index.ts';
import { recordEvent } from '../events/index.ts';
import { isGroupAdmin } from '../groups/index.ts';
import type { InstanceRow } from '../instances/index.ts';
import { recordStep } from './accept-message.ts';
import { recordDeletion, recordEdit, recordPollVote, recordReaction } from './apply-change.ts';
import { keepEarlyChange } from './early-changes.ts';
import { findTarget } from './find-target.ts';
import { selectMessage, updateMessage } from './messages.sql.ts';
import { type MessageRow, viewWithContact } from './messages.ts';
import { resolveOrigin } from './resolve-chat-ref.ts';

/** Opens what is sealed with the secret of its target; the network's own. */
export type OpenSealed = (input: SealedInput) => MessageChange | undefined;

type ChangeEvent =
  | 'message.reaction'
  | 'message.edited'
  | 'message.deleted'
  | 'message.poll_vote'
  | 'message.event_response'
  | 'message.pinned'
  | 'message.unpinned'
  | 'message.kept'
  | 'message.unkept';

/**
 * Does to a message what somebody outside did to it, and says so. Only who wrote a message may edit it, and delete it for
 * everyone, apart from a group's admins: what anybody else tries is a step in its timeline and nothing more. A change whose message is not on
 * record is told at once and kept: it is done, and told again, when the message comes.
 */
export async function recordChange(
  tx: Tx,
  instance: InstanceRow,
  update: InboundChange,
  openSealed: OpenSealed,
): Promise<void> {
  const { contactId, chatId } = await resolveOrigin(tx, instance, update);
  const by = update.fromMe ? null : contactId;
  const target = await findTarget(tx, instance, chatId, update.target);
  if (!target) {
    await keepEarlyChange(tx, instance, chatId, update);
    await recordChangeEvent(tx, instance, update, { chatId, by, target: null, change: update.change });
    return;
  }
  const change = update.change.type === 'sealed' ? await open(tx, instance, update, target, openSealed) : update.change;
  if (!change || !(await isAllowed(tx, change, target, by))) {
    await recordStep(tx, target.id, 'change_refused', { what: update.change.type, contact_id: by });
    return;
  }
  await apply(tx, target, change, { contactId: by, atMs: update.atMs });
  await recordChangeEvent(tx, instance, update, { chatId, by, target, change });
}

/** Whoever the target is by has made the secret; whoever changes it has sealed the change for themselves. */
async function open(
  tx: Tx,
  instance: InstanceRow,
  update: InboundChange,
  target: MessageRow,
  openSealed: OpenSealed,
): Promise<MessageChange | undefined> {
  if (target.payload === null) return undefined;
  const self = { ...(instance.phone && { phone: instance.phone }), ...(instance.lid && { lid: instance.lid }) };
  const identityOf = async (id: Id<'con'> | null): Promise<Identity> =>
    (id && (await readContactIdentity(tx, instance.customer_id, id))) || {};
  const author = target.direction === 'out' ? self : await identityOf(target.contact_id);
  const { contactId } = await resolveOrigin(tx, instance, update);
  const changer = update.fromMe ? self : { ...(await identityOf(contactId)), ...update.author };
  return openSealed({
    raw: update.raw,
    author: changer,
    target: { networkId: target.network_id, raw: target.payload, author },
  });
}

async function isAllowed(tx: Tx, change: MessageChange, target: MessageRow, by: Id<'con'> | null): Promise<boolean> {
  const isAuthor = target.direction === 'out' ? by === null : by === target.contact_id;
  switch (change.type) {
    case 'edit':
      return isAuthor;
    case 'delete':
      return (
        isAuthor || (target.chat_kind === 'group' && ((await isGroupAdmin(tx, target.chat_id, by)) ?? change.byAdmin))
      );
    case 'poll_vote':
      return target.type === 'poll';
    case 'event_response':
      return target.type === 'event';
    case 'reaction':
    case 'pin':
    case 'keep':
      return true;
  }
}

async function apply(
  tx: Tx,
  target: MessageRow,
  change: MessageChange,
  by: { contactId: Id<'con'> | null; atMs: number },
): Promise<void> {
  switch (change.type) {
    case 'reaction':
      return recordReaction(tx, target.id, change.emoji, by);
    case 'poll_vote':
      return recordPollVote(tx, target.id, change.options, by);
    case 'delete':
      return recordDeletion(tx, target.customer_id, target.id, by.atMs);
    case 'edit':
      return applyEdit(tx, target, change.content, by.atMs);
    case 'event_response':
    case 'pin':
    case 'keep':
      return;
  }
}

/** Texts and captions are what people edit; an event is edited whole. */
async function applyEdit(
  tx: Tx,
  target: MessageRow,
  content: Extract<MessageChange, { type: 'edit' }>['content'],
  atMs: number,
): Promise<void> {
  if (content.type === 'event' && target.type === 'event') {
    const edited = JSON.stringify({ ...JSON.parse(target.content), event: content.event });
    await updateMessage(tx, target.customer_id, target.id, { content: edited, edited_at: atMs });
    return;
  }
  const words = 'text' in content ? content.text : 'caption' in content ? content.caption : undefined;
  await recordEdit(tx, target.customer_id, target.id, words ?? '', atMs);
}

async function recordChangeEvent(
  tx: Tx,
  instance: InstanceRow,
  update: InboundChange,
  what: {
    readonly chatId: Id<'cht'>;
    readonly by: Id<'con'> | null;
    readonly target: MessageRow | null;
    readonly change: InboundChange['change'];
  },
): Promise<void> {
  const { chatId, by, target, change } = what;
  const row = target && (await selectMessage(tx, instance.customer_id, target.id));
  await recordEvent(tx, {
    customerId: instance.customer_id,
    instanceId: instance.id,
    messageId: target?.id ?? null,
    chat: { id: chatId, type: update.chat.kind },
    type: eventOf(change),
    data: {
      message_id: target?.id ?? null,
      network_message_id: update.target.networkId,
      chat_id: chatId,
      chat_type: update.chat.kind,
      contact: by && (await viewContact(tx, instance.customer_id, by)),
      at: new Date(update.atMs).toISOString(),
      ...detailsOf(change, update.atMs),
      message: row && (await viewWithContact(tx, row)),
    },
    correlationId: target?.correlation_id ?? null,
  });
}

function eventOf(change: InboundChange['change']): ChangeEvent {
  const type = change.type === 'sealed' ? change.what : change.type;
  switch (type) {
    case 'reaction':
      return 'message.reaction';
    case 'edit':
      return 'message.edited';
    case 'delete':
      return 'message.deleted';
    case 'poll_vote':
      return 'message.poll_vote';
    case 'event_response':
      return 'message.event_response';
    case 'pin':
      return 'on' in change && !change.on ? 'message.unpinned' : 'message.pinned';
    case 'keep':
      return 'on' in change && !change.on ? 'message.unkept' : 'message.kept';
  }
}

/** What a kind of change says beside whose it is. Sealed ones say nothing until their message is there. */
function detailsOf(change: InboundChange['change'], atMs: number): Readonly<Record<string, unknown>> {
  switch (change.type) {
    case 'reaction':
      return { emoji: change.emoji };
    case 'poll_vote':
      return { options: change.options };
    case 'event_response':
      return { response: change.response, extra_guests: change.extraGuests };
    case 'edit':
      return { text: 'text' in change.content ? change.content.text : captionOf(change.content) };
    case 'pin':
      return change.on ? { expires_at: change.seconds ? endOf(atMs, change.seconds) : null } : {};
    case 'delete':
    case 'keep':
      return {};
    case 'sealed':
      return sealedDetails[change.what] ?? {};
  }
}

const sealedDetails: Readonly<Partial<Record<MessageChange['type'], Record<string, null>>>> = {
  reaction: { emoji: null },
  poll_vote: { options: null },
  event_response: { response: null, extra_guests: null },
  edit: { text: null },
};

const captionOf = (content: object): unknown => ('caption' in content ? content.caption : null);

function endOf(atMs: number, seconds: number): string | null {
  const endMs = atMs + seconds * 1000;
  return endMs > 8.64e15 ? null : new Date(endMs).toISOString();
}
