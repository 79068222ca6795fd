import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { Identity, LookUp, OutboundContent, SendOutcome } from '../../network/index.ts';
import { readContactIdentity, resolveContact } from '../contacts/index.ts';
import { recordMessageEvent, recordStep } from './accept-message.ts';
import { selectJobMessage, selectOutbound, updateMessage } from './messages.sql.ts';
import { followMerges, type MessageRow } from './messages.ts';

/** What the send loop has to do for a message now. */
export type SendTask =
  /** Nothing: it is gone, over, or known to have arrived. */
  | { readonly kind: 'settled' }
  | { readonly kind: 'look_up'; readonly message: MessageRow; readonly phone: string }
  | {
      readonly kind: 'build';
      readonly message: MessageRow;
      readonly content: OutboundContent;
      readonly destination: string;
    }
  | {
      readonly kind: 'send';
      readonly message: MessageRow;
      readonly networkId: string;
      readonly destination: string;
      readonly payload: Uint8Array;
      readonly again: boolean;
    };

/** Reads what a message needs next. One whose time is over expires here, unless an attempt may have reached the person. */
export async function readSendTask(tx: Tx, id: Id<'msg'>): Promise<SendTask> {
  const message = await selectJobMessage(tx, id);
  if (!message || (message.status !== 'queued' && message.status !== 'sending')) return { kind: 'settled' };
  if (message.status === 'queued' && message.expires_at !== null && message.expires_at <= tx.now) {
    await updateMessage(tx, message.customer_id, id, { status: 'expired' });
    await recordMessageEvent(tx, message.customer_id, id, 'message.expired');
    return { kind: 'settled' };
  }
  if (message.destination === null) {
    const identity = await readContactIdentity(tx, message.customer_id, message.contact_id);
    return { kind: 'look_up', message, phone: requirePhone(identity, id) };
  }
  if (message.payload === null) {
    return { kind: 'build', message, content: asContent(message), destination: message.destination };
  }
  return {
    kind: 'send',
    message,
    networkId: message.network_id,
    destination: message.destination,
    payload: message.payload,
    again: message.status === 'sending',
  };
}

function requirePhone(identity: Identity | undefined, id: Id<'msg'>): string {
  if (!identity?.phone) throw new Error(`message ${id} has neither a destination nor a number to look up`);
  return identity.phone;
}

/** `acceptMessage` wrote type and content from an OutboundContent; there is one type today. */
function asContent(message: MessageRow): OutboundContent {
  return { ...JSON.parse(message.content), type: message.type } as OutboundContent;
}

/** What WhatsApp said about the recipient of a message that was accepted before it could be asked. */
export async function recordLookUp(tx: Tx, message: MessageRow, lookUp: LookUp): Promise<void> {
  if (!lookUp.exists) {
    await recordFailure(tx, message, 'recipient_not_on_whatsapp', 'This number is not on WhatsApp.');
    return;
  }
  const resolved = await resolveContact(tx, message.customer_id, lookUp.identity, {
    source: 'look_up',
    instanceId: message.instance_id,
  });
  await followMerges(tx, message.customer_id, resolved);
  await updateMessage(tx, message.customer_id, message.id, { destination: lookUp.destination });
}

/**
 * Says, before anything leaves, that an attempt is about to be made and with which bytes: whatever happens from here on,
 * the message may have been seen, and every further attempt carries the same bytes under the same id.
 */
export async function startAttempt(tx: Tx, message: MessageRow, payload: Uint8Array): Promise<void> {
  await updateMessage(tx, message.customer_id, message.id, {
    status: 'sending',
    payload,
    attempts: message.attempts + 1,
  });
  await recordStep(tx, message.id, 'attempt_started', { number: message.attempts + 1 });
}

/** What became of an attempt. Answers whether the message is settled; if not, its job has to be done again. */
export async function recordOutcome(tx: Tx, id: Id<'msg'>, outcome: SendOutcome): Promise<{ settled: boolean }> {
  const message = await selectJobMessage(tx, id);
  if (!message) return { settled: true };
  switch (outcome.kind) {
    case 'accepted':
      await recordSent(tx, message, outcome.atMs);
      return { settled: true };
    case 'refused':
      await recordFailure(tx, message, outcome.code, outcome.detail);
      return { settled: true };
    case 'not_sent':
      await recordStep(tx, id, 'attempt_not_sent', { reason: outcome.reason });
      // Nothing left, so it may still be cancelled or expire, unless an earlier attempt is in doubt.
      if (message.attempts === 1) await updateMessage(tx, message.customer_id, id, { status: 'queued', attempts: 0 });
      return { settled: false };
    case 'unknown':
      await recordStep(tx, id, 'attempt_unknown', { reason: outcome.reason });
      return { settled: false };
  }
}

/** Forward only: a receipt may have overtaken the server's word. */
async function recordSent(tx: Tx, message: MessageRow, atMs: number): Promise<void> {
  if (message.sent_at !== null) return;
  const onlySent = message.status === 'queued' || message.status === 'sending';
  await updateMessage(tx, message.customer_id, message.id, { sent_at: atMs, ...(onlySent && { status: 'sent' }) });
  await recordMessageEvent(tx, message.customer_id, message.id, 'message.sent');
}

async function recordFailure(tx: Tx, message: MessageRow, code: string, detail: string): Promise<void> {
  await updateMessage(tx, message.customer_id, message.id, {
    status: 'failed',
    error_code: code,
    error_message: detail,
  });
  await recordMessageEvent(tx, message.customer_id, message.id, 'message.failed');
}

const rank: Readonly<Record<string, number>> = { queued: 0, sending: 1, sent: 2, delivered: 3, read: 4, played: 5 };

/**
 * WhatsApp's word on messages of ours. A receipt only ever moves a status forward, and what it skipped is said too, so
 * that whoever listens sees sent, delivered and read in that order. Ids that are not ours are somebody's phone's.
 */
export async function recordReceipt(
  tx: Tx,
  instanceId: Id<'ins'>,
  receipt: { networkIds: readonly string[]; receipt: 'delivered' | 'read' | 'played'; atMs: number },
): Promise<void> {
  for (const networkId of receipt.networkIds) {
    const message = await selectOutbound(tx, instanceId, networkId);
    if (message) await applyReceipt(tx, message, receipt.receipt, receipt.atMs);
  }
}

async function applyReceipt(
  tx: Tx,
  message: MessageRow,
  receipt: 'delivered' | 'read' | 'played',
  atMs: number,
): Promise<void> {
  const current = rank[message.status];
  if (current === undefined || current >= (rank[receipt] ?? 0)) return;
  await recordSent(tx, message, atMs);
  if (message.delivered_at === null) {
    await updateMessage(tx, message.customer_id, message.id, { status: 'delivered', delivered_at: atMs });
    await recordMessageEvent(tx, message.customer_id, message.id, 'message.delivered');
  }
  if (receipt === 'delivered') return;
  await updateMessage(tx, message.customer_id, message.id, { status: receipt, read_at: message.read_at ?? atMs });
  await recordMessageEvent(tx, message.customer_id, message.id, `message.${receipt}`);
}
