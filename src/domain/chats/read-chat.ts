import type { Reader, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { InboundUpdate } from '../../network/index.ts';
import { recordAudit } from '../audit/index.ts';
import { type ChatRow, readChat } from '../contacts/index.ts';
import type { Caller } from '../customers/index.ts';
import type { InstanceRow } from '../instances/index.ts';
import { findNewestInbound, recordRead, resolveChatRef } from '../messages/index.ts';
import { recordChatEvent } from './change-chat.ts';
import { selectUnreadChats, updateChat } from './chats.sql.ts';

/** What is told to be read at once, as many as a phone names in one receipt. */
export const readAtOnceMax = 200;

/** How old a message may be that is read without anybody asking. */
const readWithinMs = 60 * 60_000;

/** The next chat in which something came in lately that nobody has read; stories are seen, not read, and stay. */
export async function findUnreadChat(from: Reader, instanceId: Id<'ins'>, nowMs: number): Promise<ChatRow | undefined> {
  const wanted = { sinceMs: nowMs - readWithinMs, kinds: ['person', 'group'], limit: 1 };
  const [row] = await selectUnreadChats(from, instanceId, wanted);
  return row;
}

/** What came in up to a message has been read; says so once the chat has nothing unread any more. */
export async function recordChatReadUpTo(
  tx: Tx,
  chat: Pick<ChatRow, 'id' | 'customer_id'>,
  upTo: Id<'msg'>,
  correlationId: string | null = null,
): Promise<void> {
  const before = await readChat(tx, chat.customer_id, chat.id);
  const unread = await recordRead(tx, chat.id, upTo, tx.now);
  await updateChat(tx, chat.customer_id, chat.id, { unread_count: unread });
  if (unread === 0 && (before?.unread_count ?? 0) > 0) await recordChatEvent(tx, chat, 'chat.read', correlationId);
}

/** A caller had a chat read, and WhatsApp was told. */
export async function recordReadByCaller(
  tx: Tx,
  caller: Caller,
  chat: Pick<ChatRow, 'id' | 'customer_id' | 'instance_id'>,
  upTo: Id<'msg'> | undefined,
): Promise<void> {
  if (upTo !== undefined) await recordChatReadUpTo(tx, chat, upTo, caller.correlationId);
  await recordAudit(tx, caller, { action: 'chat.read', target: chat.id, instanceId: chat.instance_id });
}

/** Somebody read on another device of the number. */
export async function recordReading(
  tx: Tx,
  instance: InstanceRow,
  update: Extract<InboundUpdate, { kind: 'chat_read' }>,
): Promise<void> {
  const id = await resolveChatRef(tx, instance, update.chat, 'receipt');
  const upTo = await findNewestInbound(tx, id, update.networkIds);
  if (upTo !== undefined) await recordChatReadUpTo(tx, { id, customer_id: instance.customer_id }, upTo);
}
