import type { Tx } from '../../db/index.ts';
import { withdrawJob } from '../../lanes/index.ts';
import type { Id } from '../../lib/index.ts';
import type { Identity, LookUp, OutboundMessage, SendOutcome } from '../../network/index.ts';
import { errorTable } from '../../platform/index.ts';
import { readContactIdentity, resolveContact } from '../contacts/index.ts';
import type { InstanceRow } from '../instances/index.ts';
import { recordMessageEvent, recordStep } from './accept-message.ts';
import { applyOwnChange } from './apply-change.ts';
import { audienceOf } from './content.ts';
import { needsUpload } from './enqueue-upload.ts';
import { selectExpired, selectJobMessage, updateMessage } from './messages.sql.ts';
import { followMerges, type MessageRow } from './messages.ts';
import { resolveMessage, type Sender } from './resolve-content.ts';

/** What the send loop has to do for a message now. */
export type SendTask =
  /** Nothing: it is gone, over, or known to have arrived. */
  | { readonly kind: 'settled' }
  /** Its file is not at WhatsApp yet; its turn comes when it is. */
  | { readonly kind: 'upload'; readonly message: MessageRow }
  | { readonly kind: 'preview'; readonly message: MessageRow; readonly url: string }
  | { readonly kind: 'look_up'; readonly message: MessageRow; readonly phone: string }
  | {
      readonly kind: 'build';
      readonly message: MessageRow;
      readonly outbound: OutboundMessage;
    }
  | {
      readonly kind: 'send';
      readonly message: MessageRow;
      readonly networkId: string;
      readonly destination: string;
      readonly payload: Uint8Array;
      readonly audience?: readonly Identity[];
      readonly again: boolean;
    };

type SendNow = Extract<SendTask, { kind: 'send' }>;

/**
 * Reads what a message needs next. One whose time is over expires here, unless an attempt may have reached the person. What is
 * in doubt since a former link is never sent under another: the person could see it twice, from two numbers.
 */
export async function readSendTask(
  tx: Tx,
  instance: Pick<InstanceRow, 'linked_at'> & Sender,
  id: Id<'msg'>,
): Promise<SendTask> {
  const message = await selectJobMessage(tx, id);
  if (!message || (message.status !== 'queued' && message.status !== 'sending')) return { kind: 'settled' };
  if (message.status === 'queued' && message.expires_at !== null && message.expires_at <= tx.now) {
    await recordExpired(tx, message);
    return { kind: 'settled' };
  }
  if (message.status === 'sending' && message.updated_at < (instance.linked_at ?? 0)) {
    await recordUncertain(tx, message, 'link_ended');
    return { kind: 'settled' };
  }
  if (message.destination === null) {
    return { kind: 'look_up', message, phone: await requirePhone(tx, message) };
  }
  if (message.payload === null && needsUpload(message, tx.now)) return { kind: 'upload', message };
  if (message.preview_url !== null) return { kind: 'preview', message, url: message.preview_url };
  if (message.payload === null) return readBuild(tx, instance, message, message.destination);
  const { destination, payload, status } = message;
  return sendTask(message, { destination, payload, again: status === 'sending' });
}

/** An attempt with bytes that are there, where they go. */
export function sendTask(
  message: MessageRow,
  { destination, payload, again }: Pick<SendNow, 'destination' | 'payload' | 'again'>,
): SendNow {
  const audience = message.audience === null ? {} : { audience: audienceOf(message) };
  return { kind: 'send', message, networkId: message.network_id, destination, payload, ...audience, again };
}

/** What is to be built, or the end of a message that refers to something that it can no longer refer to. */
async function readBuild(tx: Tx, sender: Sender, message: MessageRow, destination: string): Promise<SendTask> {
  const outbound = await resolveMessage(tx, sender, message, destination);
  if (outbound.kind === 'resolved') return { kind: 'build', message, outbound: outbound.value };
  const { code } = outbound.fault;
  await recordFailure(tx, message, code, errorTable[code].message);
  return { kind: 'settled' };
}

async function recordExpired(tx: Tx, message: MessageRow): Promise<void> {
  await updateMessage(tx, message.customer_id, message.id, { status: 'expired' });
  await recordMessageEvent(tx, message.customer_id, message.id, 'message.expired');
}

async function recordUncertain(tx: Tx, message: MessageRow, reason: string): Promise<void> {
  await updateMessage(tx, message.customer_id, message.id, { status: 'uncertain' });
  await recordStep(tx, message.id, 'given_up_in_doubt', { reason });
  await recordMessageEvent(tx, message.customer_id, message.id, 'message.uncertain');
}

const expireBatch = 200;

/** Expires messages whose time is over though their lane stands still. True when there may be more. */
export async function expireMessages(tx: Tx): Promise<boolean> {
  const over = await selectExpired(tx, expireBatch);
  let expired = 0;
  for (const message of over) {
    // One that a worker has just taken is looked at by that worker.
    if (!(await withdrawJob(tx, { family: 'send', scopeId: message.instance_id }, message.id))) continue;
    await recordExpired(tx, message);
    expired += 1;
  }
  return expired === expireBatch;
}

/** Takes leave of a message whose instance was deleted: cancelled, unless an attempt may have reached the person. */
export async function abandonMessage(tx: Tx, id: Id<'msg'>): Promise<void> {
  const message = await selectJobMessage(tx, id);
  if (message?.status === 'sending') return recordUncertain(tx, message, 'instance_deleted');
  if (message?.status !== 'queued') return;
  await updateMessage(tx, message.customer_id, id, { status: 'cancelled' });
  await recordMessageEvent(tx, message.customer_id, id, 'message.cancelled');
}

/** Nothing of it has left in this attempt, and it would fail again: those behind it go on. */
export async function recordUnsendable(tx: Tx, id: Id<'msg'>): Promise<void> {
  const message = await selectJobMessage(tx, id);
  if (message?.status === 'sending') return recordUncertain(tx, message, 'could_not_be_sent');
  if (message?.status !== 'queued') return;
  await recordFailure(tx, message, 'could_not_be_sent', 'This message could not be built; the log says why.');
}

async function requirePhone(tx: Tx, message: MessageRow): Promise<string> {
  const { id, customer_id: customerId, contact_id: contactId } = message;
  const identity = contactId === null ? undefined : await readContactIdentity(tx, customerId, contactId);
  if (!identity?.phone) throw new Error(`message ${id} has neither a destination nor a number to look up`);
  return identity.phone;
}

/** What a page wants to be shown as; undefined when it could not be had, and the message goes without. */
export async function recordPreview(
  tx: Tx,
  message: MessageRow,
  preview: { readonly title: string; readonly description?: string; readonly image?: Uint8Array } | undefined,
): Promise<void> {
  const { image, ...shown } = preview ?? {};
  const linkPreview = preview && { url: message.preview_url, ...shown };
  await updateMessage(tx, message.customer_id, message.id, {
    preview_url: null,
    preview_image: image ?? null,
    ...(linkPreview && { content: JSON.stringify({ ...JSON.parse(message.content), linkPreview }) }),
  });
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
      // A receipt of an earlier attempt says more.
      if (message.status !== 'sending') return { settled: true };
      await recordFailure(tx, message, outcome.code, outcome.detail);
      return { settled: true };
    case 'not_sent':
      await recordStep(tx, id, 'attempt_not_sent', { reason: outcome.reason });
      // Nothing left, so it may still be cancelled or expire, unless an earlier attempt is in doubt.
      if (message.attempts === 1 && message.status === 'sending')
        await updateMessage(tx, message.customer_id, id, { status: 'queued', attempts: 0 });
      return { settled: false };
    case 'unknown':
      await recordStep(tx, id, 'attempt_unknown', { reason: outcome.reason });
      return { settled: false };
  }
}

/** Forward only: a receipt may have overtaken the server's word. */
export async function recordSent(tx: Tx, message: MessageRow, atMs: number): Promise<void> {
  if (message.sent_at !== null) return;
  const onlySent = message.status === 'queued' || message.status === 'sending';
  await updateMessage(tx, message.customer_id, message.id, { sent_at: atMs, ...(onlySent && { status: 'sent' }) });
  await applyOwnChange(tx, message, atMs);
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
