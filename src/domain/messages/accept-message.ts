import type { Tx } from '../../db/index.ts';
import { enqueueJob, type Lane, readDepth, readPauseOf, withdrawJob } from '../../lanes/index.ts';
import { type Id, newId } from '../../lib/index.ts';
import type { ChatKind, Identity } from '../../network/index.ts';
import { GatewayError } from '../../platform/index.ts';
import { recordAudit } from '../audit/index.ts';
import { type ChatKey, recordChatActive, resolveChat, resolveContact } from '../contacts/index.ts';
import type { Caller } from '../customers/index.ts';
import { recordEvent } from '../events/index.ts';
import type { InstanceRow } from '../instances/index.ts';
import { enqueueUpload } from './enqueue-upload.ts';
import { type Hold, sendHold } from './holds.ts';
import { countScheduled, insertMessage, insertStep, selectMessage, updateMessage } from './messages.sql.ts';
import { followMerges, type MessageRow, type MessageView, requireMessage, viewWithContact } from './messages.ts';
import { prepareContent, type Said } from './prepare-content.ts';

/** Whom a message is for. */
export type Recipient =
  | {
      readonly kind: 'person';
      /** As far as it is known: from the number, a contact of ours, or WhatsApp's answer about it. */
      readonly identity: Identity;
      /** Where to send it, when WhatsApp has been asked already. */
      readonly destination: string | null;
    }
  | Extract<ChatKey, { readonly address: string }>;

export type NewMessage = Said & {
  /** As the caller wrote it, echoed back. */
  readonly to: string;
  readonly recipient: Recipient;
  readonly clientRef: string | null;
  readonly expiresAtMs: number | null;
  /** When it takes its place in the lane; at once when null. */
  readonly sendAtMs: number | null;
  readonly requireConnected: boolean;
};

export type AcceptedMessage = { readonly view: MessageView; readonly hold: Hold | null };

/** Row, job, event and audit in one transaction: a 202 is a promise that survives a power cut. */
export async function acceptMessage(
  tx: Tx,
  caller: Caller,
  instance: InstanceRow,
  input: NewMessage,
  how: { newNetworkId: () => string; laneDepthMax: number; scheduledMax: number; convertsVoice: boolean },
): Promise<AcceptedMessage> {
  if (input.requireConnected && instance.state !== 'connected') {
    throw new GatewayError('not_connected', { state: instance.state, reason: instance.state_reason });
  }
  const { recipient } = input;
  if (recipient.kind === 'person' && recipient.destination === null && recipient.identity.phone === undefined) {
    throw new GatewayError('recipient_invalid', { to: input.to, problem: 'The number of this contact is not known.' });
  }
  const lane: Lane = { family: 'send', customerId: caller.customerId, scopeId: instance.id };
  const due = input.sendAtMs === null || input.sendAtMs <= tx.now;
  if (due) await requireRoom(tx, lane, how.laneDepthMax);
  else await requireScheduleRoom(tx, caller, instance.id, how.scheduledMax);

  const { contactId, chatId } = await resolveRecipient(tx, caller, instance.id, recipient);
  const id = newId('msg', tx.now);
  const place = { instanceId: instance.id, chatId, chatKind: recipient.kind };
  const { type, content, replyTo, audience, mediaId } = await prepareContent(tx, caller, place, input, how);
  await insertMessage(tx, {
    id,
    customer_id: caller.customerId,
    instance_id: instance.id,
    chat_id: chatId,
    chat_kind: recipient.kind,
    contact_id: contactId,
    direction: 'out',
    source: 'api',
    type,
    content,
    status: due ? 'queued' : 'scheduled',
    network_id: how.newNetworkId(),
    recipient: input.to,
    client_ref: input.clientRef,
    correlation_id: caller.correlationId,
    destination: recipient.kind === 'person' ? recipient.destination : recipient.address,
    payload: null,
    reply_to: replyTo,
    audience,
    media_id: mediaId,
    preview_url: input.previewUrl ?? null,
    attempts: 0,
    send_at: input.sendAtMs,
    expires_at: input.expiresAtMs,
    created_at: tx.now,
    updated_at: tx.now,
  });
  await recordChatActive(tx, { customerId: caller.customerId, chatId }, { id, unread: false });
  const queued = { id, customer_id: caller.customerId, instance_id: instance.id, chat_id: chatId, media_id: mediaId };
  if (due) await enqueueMessage(tx, queued);
  const view = await recordMessageEvent(tx, caller.customerId, id, due ? 'message.queued' : 'message.scheduled');
  await recordAudit(tx, caller, { action: 'message.accepted', target: id, instanceId: instance.id });
  return { view, hold: due ? await sendHold(tx, instance, lane, id) : null };
}

/** Its place in the lane is behind all that is there now. */
export async function enqueueMessage(
  tx: Tx,
  message: Pick<MessageRow, 'id' | 'customer_id' | 'instance_id' | 'chat_id' | 'media_id'>,
): Promise<void> {
  const lane: Lane = { family: 'send', customerId: message.customer_id, scopeId: message.instance_id };
  await enqueueJob(tx, lane, { kind: 'message', ref: message.id, orderKey: message.chat_id });
  if (message.media_id !== null) await enqueueUpload(tx, message);
}

async function requireScheduleRoom(tx: Tx, caller: Caller, instanceId: Id<'ins'>, limit: number): Promise<void> {
  const scheduled = await countScheduled(tx, caller.customerId, instanceId, limit);
  if (scheduled >= limit) throw new GatewayError('limit_reached', { limit, of: 'scheduled messages' });
}

async function requireRoom(tx: Tx, lane: Lane, laneDepthMax: number): Promise<void> {
  const pause = await readPauseOf(tx, lane, tx.now);
  if (pause?.mode === 'reject') throw new GatewayError('storage_unavailable', { reason: pause.reason });
  const depth = await readDepth(tx, lane, laneDepthMax);
  if (depth >= laneDepthMax) throw new GatewayError('lane_full', { waiting: depth });
}

async function resolveRecipient(tx: Tx, caller: Caller, instanceId: Id<'ins'>, recipient: Recipient) {
  const { customerId } = caller;
  if (recipient.kind !== 'person') {
    return { contactId: null, chatId: await resolveChat(tx, customerId, instanceId, recipient) };
  }
  const source = recipient.identity.lid === undefined ? 'api' : 'look_up';
  const resolved = await resolveContact(tx, customerId, recipient.identity, { source, instanceId });
  await followMerges(tx, customerId, resolved);
  const { contactId } = resolved;
  return { contactId, chatId: await resolveChat(tx, customerId, instanceId, { kind: 'person', contactId }) };
}

/** Takes a message back that no worker has taken yet. */
export async function cancelMessage(tx: Tx, caller: Caller, id: Id<'msg'>): Promise<MessageView> {
  const { row } = await requireMessage(tx, caller, id);
  const withdrawn =
    row.status === 'scheduled' ||
    (row.status === 'queued' && (await withdrawJob(tx, { family: 'send', scopeId: row.instance_id }, id)));
  if (!withdrawn) throw new GatewayError('message_not_cancellable', { status: row.status });
  await updateMessage(tx, caller.customerId, id, { status: 'cancelled' });
  await recordAudit(tx, caller, { action: 'message.cancelled', target: id, instanceId: row.instance_id });
  return recordMessageEvent(tx, caller.customerId, id, 'message.cancelled', caller.correlationId);
}

type MessageEvent =
  | 'message.scheduled'
  | 'message.queued'
  | 'message.sent'
  | 'message.delivered'
  | 'message.read'
  | 'message.played'
  | 'message.failed'
  | 'message.cancelled'
  | 'message.expired'
  | 'message.uncertain'
  | 'message.received'
  | 'story.received';

/** Says in an event what has become of a message, with the message as it is now. */
export async function recordMessageEvent(
  tx: Tx,
  customerId: Id<'cus'>,
  id: Id<'msg'>,
  type: MessageEvent,
  correlationId: string | null = null,
  more: Readonly<Record<string, unknown>> = {},
): Promise<MessageView> {
  const row = await selectMessage(tx, customerId, id);
  if (!row) throw new Error(`message ${id} vanished inside its transaction`);
  const view = await viewWithContact(tx, row);
  await recordEvent(tx, {
    customerId,
    instanceId: row.instance_id,
    messageId: id,
    chat: { id: row.chat_id, type: asChatKind(row.chat_kind) },
    type,
    data: { message: view, ...more },
    correlationId: correlationId ?? row.correlation_id,
  });
  return view;
}

/** A check of the column allows nothing else. */
function asChatKind(kind: string): ChatKind {
  return kind as ChatKind;
}

/** Adds a line to what is known of a message's way, beside its events. */
export async function recordStep(tx: Tx, id: Id<'msg'>, step: string, detail: Record<string, unknown> = {}) {
  await insertStep(tx, id, step, JSON.stringify(detail));
}
