import type { Tx } from '../../db/index.ts';
import type { ChatChange, InboundUpdate } from '../../network/index.ts';
import { recordAudit } from '../audit/index.ts';
import { type ChatRow, chatKeyOf, readChat } from '../contacts/index.ts';
import type { Caller } from '../customers/index.ts';
import { recordEvent } from '../events/index.ts';
import type { InstanceRow } from '../instances/index.ts';
import { recordRead, resolveChatRef } from '../messages/index.ts';
import { updateChat } from './chats.sql.ts';
import { viewChat } from './view-chat.ts';

type ChatEvent = 'chat.updated' | 'chat.archived' | 'chat.pinned' | 'chat.muted' | 'chat.read' | 'chat.deleted';

/** What can become of a chat: what is done to it as a person would, and how long its messages stay. */
export type AnyChatChange = ChatChange | { readonly what: 'timer'; readonly seconds: number };

type Step = { readonly set: Parameters<typeof updateChat>[3]; readonly event: ChatEvent };

/** What a change does to a chat that is as this row says; undefined when it is so already. */
function stepOf(row: ChatRow, change: AnyChatChange, atMs: number): Step | undefined {
  switch (change.what) {
    case 'archive':
      return row.archived === Number(change.on) ? undefined : told('chat.archived', { archived: Number(change.on) });
    case 'pin':
      return (row.pinned_at !== null) === change.on
        ? undefined
        : told('chat.pinned', { pinned_at: change.on ? atMs : null });
    case 'mute':
      return row.muted_until === change.untilMs ? undefined : told('chat.muted', { muted_until: change.untilMs });
    case 'read':
      if (!change.on) return row.marked_unread === 1 ? undefined : told('chat.updated', { marked_unread: 1 });
      return row.marked_unread === 0 ? undefined : told('chat.read', { marked_unread: 0 });
    case 'delete':
      return row.deleted_at === null ? told('chat.deleted', deletedAt(atMs)) : undefined;
    case 'timer':
      return row.ephemeral_seconds === change.seconds
        ? undefined
        : told('chat.updated', { ephemeral_seconds: change.seconds });
  }
}

const told = (event: ChatEvent, set: Step['set']): Step => ({ event, set });

/** Its messages stay on record; it is a new chat to whoever looks at the list. */
const deletedAt = (atMs: number): Step['set'] => ({
  deleted_at: atMs,
  archived: 0,
  pinned_at: null,
  marked_unread: 0,
  unread_count: 0,
  last_message_id: null,
  last_message_at: null,
});

/** Brings a chat in line with a change that has happened, and says so. What is so already is no news. */
async function applyChange(
  tx: Tx,
  row: ChatRow,
  change: AnyChatChange,
  how: { atMs: number; silent: boolean; correlationId: string | null },
): Promise<void> {
  const step = stepOf(row, change, how.atMs);
  if (!step) return;
  await updateChat(tx, row.customer_id, row.id, step.set);
  if (change.what === 'delete' && row.last_message_id) await recordRead(tx, row.id, row.last_message_id, how.atMs);
  if (!how.silent) await recordChatEvent(tx, row, step.event, how.correlationId);
}

/** Says in an event what has become of a chat, with the chat as it is now. */
export async function recordChatEvent(
  tx: Tx,
  { id, customer_id: customerId }: Pick<ChatRow, 'id' | 'customer_id'>,
  type: ChatEvent,
  correlationId: string | null = null,
): Promise<void> {
  const row = await readChat(tx, customerId, id);
  if (!row) throw new Error(`chat ${id} vanished inside its transaction`);
  const view = await viewChat(tx, row);
  await recordEvent(tx, {
    customerId,
    instanceId: row.instance_id,
    chat: { id, type: chatKeyOf(row).kind },
    type,
    data: { chat: view },
    correlationId,
  });
}

/** A change that was made on a device of the number. What was so before this device was linked is taken over in silence. */
export async function recordChatChange(
  tx: Tx,
  instance: InstanceRow,
  update: Extract<InboundUpdate, { kind: 'chat_change' }>,
): Promise<void> {
  const id = await resolveChatRef(tx, instance, update.chat, 'app_state');
  const row = await readChat(tx, instance.customer_id, id);
  if (!row) return;
  await applyChange(tx, row, update.change, { atMs: update.atMs, silent: update.initial, correlationId: null });
}

/** A change that a caller asked for and WhatsApp has made. */
export async function recordChangeByCaller(
  tx: Tx,
  caller: Caller,
  chat: Pick<ChatRow, 'id' | 'instance_id'>,
  change: AnyChatChange,
): Promise<void> {
  const row = await readChat(tx, caller.customerId, chat.id);
  if (!row) return;
  await applyChange(tx, row, change, { atMs: tx.now, silent: false, correlationId: caller.correlationId });
  await recordAudit(tx, caller, {
    action: change.what === 'delete' ? 'chat.deleted' : 'chat.changed',
    target: chat.id,
    instanceId: chat.instance_id,
    detail: { what: change.what },
  });
}
