import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { InboundUpdate } from '../../network/index.ts';
import { viewContact } from '../contacts/index.ts';
import { recordEvent } from '../events/index.ts';
import type { InstanceRow } from '../instances/index.ts';
import { recordMessageEvent } from './accept-message.ts';
import { selectOutbound, updateMessage } from './messages.sql.ts';
import type { MessageRow } from './messages.ts';
import { selectReceipt, upsertReceipt } from './receipts.sql.ts';
import { resolvePerson } from './resolve-chat-ref.ts';
import { recordSent } from './send-message.ts';

type Receipt = Extract<InboundUpdate, { kind: 'receipt' }>;

const rank: Readonly<Record<string, number>> = { queued: 0, sending: 1, sent: 2, delivered: 3, read: 4, played: 5 };

/**
 * WhatsApp's word on messages of ours. A receipt only ever moves a status forward, and what it skipped is said too, so
 * that whoever listens sees sent, delivered and read in that order. Ids that are not ours are somebody's phone's. What was written to
 * many is delivered, and read, with the first of them: each person's receipts are kept, and the events stay few.
 */
export async function recordReceipt(tx: Tx, instance: InstanceRow, receipt: Receipt): Promise<void> {
  let contactId: Id<'con'> | undefined;
  for (const networkId of receipt.networkIds) {
    const message = await selectOutbound(tx, instance.id, networkId);
    if (!message || message.chat_kind !== receipt.chat.kind) continue;
    if (receipt.chat.kind !== 'person') {
      contactId ??= await resolvePerson(tx, instance, receipt.contact, 'receipt');
      await keepReceipt(tx, message, contactId, receipt);
    }
    await applyReceipt(tx, message, receipt, contactId);
  }
}

async function keepReceipt(tx: Tx, message: MessageRow, contactId: Id<'con'>, receipt: Receipt): Promise<void> {
  const { atMs } = receipt;
  const isRead = receipt.receipt !== 'delivered';
  const isNewView =
    message.chat_kind === 'story' && isRead && !(await selectReceipt(tx, message.id, contactId))?.read_at;
  await upsertReceipt(tx, {
    message_id: message.id,
    contact_id: contactId,
    delivered_at: atMs,
    read_at: isRead ? atMs : null,
    played_at: receipt.receipt === 'played' ? atMs : null,
  });
  if (isNewView) await recordView(tx, message, contactId, atMs);
}

async function recordView(tx: Tx, message: MessageRow, contactId: Id<'con'>, atMs: number): Promise<void> {
  await recordEvent(tx, {
    customerId: message.customer_id,
    instanceId: message.instance_id,
    messageId: message.id,
    chat: { id: message.chat_id, type: 'story' },
    type: 'story.viewed',
    data: {
      message_id: message.id,
      network_message_id: message.network_id,
      contact: await viewContact(tx, message.customer_id, contactId),
      at: new Date(atMs).toISOString(),
    },
    correlationId: message.correlation_id,
  });
}

async function applyReceipt(
  tx: Tx,
  message: MessageRow,
  { receipt, atMs }: Receipt,
  by: Id<'con'> | undefined,
): Promise<void> {
  const current = rank[message.status];
  if (current === undefined || current >= (rank[receipt] ?? 0)) return;
  const { customer_id: customerId, id } = message;
  const whose = by === undefined ? {} : { contact: await viewContact(tx, customerId, by) };
  await recordSent(tx, message, atMs);
  if (message.delivered_at === null) {
    await updateMessage(tx, customerId, id, { status: 'delivered', delivered_at: atMs });
    await recordMessageEvent(tx, customerId, id, 'message.delivered', null, whose);
  }
  if (receipt === 'delivered') return;
  if (message.read_at === null) {
    await updateMessage(tx, customerId, id, { status: 'read', read_at: atMs });
    await recordMessageEvent(tx, customerId, id, 'message.read', null, whose);
  }
  if (receipt === 'read') return;
  await updateMessage(tx, customerId, id, { status: 'played' });
  await recordMessageEvent(tx, customerId, id, 'message.played', null, whose);
}
