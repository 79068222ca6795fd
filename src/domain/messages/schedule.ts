import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Caller } from '../customers/index.ts';
import { enqueueMessage, recordMessageEvent } from './accept-message.ts';
import { selectDue, updateMessage, updateScheduledDue } from './messages.sql.ts';
import { type MessageView, requireMessage } from './messages.ts';

const dueBatch = 200;

/** Puts messages whose time has come into their lanes, in the order of their times. True when there may be more. */
export async function enqueueDue(tx: Tx): Promise<boolean> {
  const due = await selectDue(tx, dueBatch);
  for (const message of due) {
    await enqueueMessage(tx, message);
    await updateMessage(tx, message.customer_id, message.id, { status: 'queued' });
    await recordMessageEvent(tx, message.customer_id, message.id, 'message.queued');
  }
  return due.length === dueBatch;
}

export type NewTimes = {
  /** Null for now. */
  readonly sendAtMs?: number | null | undefined;
  readonly expiresAtMs?: number | null | undefined;
};

/** Changes when a message that waits for its time is sent, or until when. Throws `message_not_scheduled`. */
export async function rescheduleMessage(tx: Tx, caller: Caller, id: Id<'msg'>, times: NewTimes): Promise<MessageView> {
  const { row } = await requireMessage(tx, caller, id);
  if (row.status !== 'scheduled') throw new GatewayError('message_not_scheduled', { status: row.status });
  const sendAtMs = times.sendAtMs === undefined ? row.send_at : (times.sendAtMs ?? tx.now);
  const expiresAtMs = times.expiresAtMs === undefined ? row.expires_at : times.expiresAtMs;
  if (expiresAtMs !== null && expiresAtMs <= (sendAtMs ?? tx.now)) {
    const fields = [{ field: 'expires_at', problem: 'Must be after send_at' }];
    throw new GatewayError('invalid_request', { in: 'body', fields });
  }
  await updateMessage(tx, caller.customerId, id, { send_at: sendAtMs, expires_at: expiresAtMs });
  await recordAudit(tx, caller, { action: 'message.rescheduled', target: id, instanceId: row.instance_id });
  return recordMessageEvent(tx, caller.customerId, id, 'message.scheduled', caller.correlationId);
}

/** What waits for its time on an instance that goes away is due at once, and so cancelled like all else that waits there. */
export async function endSchedule(tx: Tx, caller: Caller, instanceId: Id<'ins'>): Promise<void> {
  await updateScheduledDue(tx, caller.customerId, instanceId);
}
