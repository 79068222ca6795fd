import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Caller } from '../customers/index.ts';
import { recordEvent } from '../events/index.ts';
import { updateInstance } from './instances.sql.ts';
import { controlTopic, countWanted, type InstanceRow, requireInstance, wipeCredentials } from './instances.ts';
import { describeState } from './record-connection.ts';

/** Wants the instance connected, now and after every restart, until `requestDisconnect`. Asking twice changes nothing. */
export async function requestConnect(
  tx: Tx,
  caller: Caller,
  id: Id<'ins'>,
  limits: { sessionsMax: number },
): Promise<InstanceRow> {
  const instance = await requireInstance(tx, caller, id);
  if (instance.wanted === 1) {
    tx.announce(controlTopic(id));
    return instance;
  }
  if (instance.linked_at === null) requireNoCooldown(tx, instance);
  const wanted = await countWanted(tx);
  if (wanted >= limits.sessionsMax) {
    throw new GatewayError('worker_at_capacity', { sessions: wanted, sessions_max: limits.sessionsMax });
  }
  await updateInstance(tx, caller.customerId, id, {
    wanted: 1,
    wanted_since: tx.now,
    state: 'connecting',
    state_reason: 'starting',
    state_detail: null,
    state_since: tx.now,
  });
  await recordAudit(tx, caller, { action: 'instance.connect_requested', target: id, instanceId: id });
  tx.announce(controlTopic(id));
  return requireInstance(tx, caller, id);
}

function requireNoCooldown(tx: Tx, instance: InstanceRow): void {
  const until = instance.pairing_blocked_until;
  if (until === null || until <= tx.now) return;
  throw new GatewayError('pairing_cooldown', {
    until: new Date(until).toISOString(),
    retry_after_seconds: Math.ceil((until - tx.now) / 1000),
  });
}

/** Ends the connection and keeps the link: connecting again needs no QR code. Messages wait meanwhile. */
export async function requestDisconnect(tx: Tx, caller: Caller, id: Id<'ins'>): Promise<InstanceRow> {
  const instance = await requireInstance(tx, caller, id);
  if (instance.wanted === 0) return instance;
  await endConnection(tx, caller, instance, 'stopped_by_user');
  await recordAudit(tx, caller, { action: 'instance.disconnect_requested', target: id, instanceId: id });
  return requireInstance(tx, caller, id);
}

/**
 * Ends the connection and the link. The worker that holds the session tells WhatsApp to forget this device. One that is being
 * linked is only stopped, and a scan that crosses this links nothing. Throws `invalid_lifecycle_transition` when there is no link.
 */
export async function requestUnlink(tx: Tx, caller: Caller, id: Id<'ins'>): Promise<InstanceRow> {
  const instance = await requireInstance(tx, caller, id);
  if (instance.linked_at === null) {
    if (instance.wanted === 0) throw notLinked(instance);
    await wipeCredentials(tx, instance);
    return requestDisconnect(tx, caller, id);
  }
  await wipeCredentials(tx, instance);
  await updateInstance(tx, caller.customerId, id, { linked_at: null, linked_root: null });
  await endConnection(tx, caller, instance, 'unlinked_by_request');
  await recordEvent(tx, {
    customerId: caller.customerId,
    instanceId: id,
    type: 'instance.unlinked',
    data: { reason: 'unlinked_by_request', phone_number: instance.phone },
    correlationId: caller.correlationId,
  });
  await recordAudit(tx, caller, { action: 'instance.unlink_requested', target: id, instanceId: id });
  return requireInstance(tx, caller, id);
}

const notLinked = (instance: InstanceRow): GatewayError =>
  new GatewayError('invalid_lifecycle_transition', {
    state: instance.state,
    reason: instance.state_reason,
    allowed: ['connect'],
  });

async function endConnection(
  tx: Tx,
  caller: Caller,
  instance: InstanceRow,
  reason: 'stopped_by_user' | 'unlinked_by_request',
): Promise<void> {
  await updateInstance(tx, caller.customerId, instance.id, {
    wanted: 0,
    state: 'disconnected',
    state_reason: reason,
    state_detail: null,
    state_since: tx.now,
  });
  await recordEvent(tx, {
    customerId: caller.customerId,
    instanceId: instance.id,
    type: 'instance.disconnected',
    data: describeState(instance, { state: 'disconnected', reason }),
    correlationId: caller.correlationId,
  });
  tx.announce(controlTopic(instance.id));
}
