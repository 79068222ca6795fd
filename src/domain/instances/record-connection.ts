import type { Tx } from '../../db/index.ts';
import { unparkLane } from '../../lanes/index.ts';
import type { Id } from '../../lib/index.ts';
import type { Self } from '../../network/index.ts';
import { recordAudit } from '../audit/index.ts';
import { systemCaller } from '../customers/index.ts';
import { recordEvent } from '../events/index.ts';
import { selectRestrictionsOver, updateInstance } from './instances.sql.ts';
import { controlTopic, type InstanceRow, readAnyInstance, wipeCredentials } from './instances.ts';
import { attendTopic } from './settings.ts';
import { explainReason, type InstanceState, type StateReason } from './state-reasons.ts';

type InstanceEvent =
  | 'instance.connected'
  | 'instance.reconnecting'
  | 'instance.disconnected'
  | 'instance.qr_required'
  | 'instance.restricted'
  | 'instance.failed';

const eventOf: Partial<Record<InstanceState, InstanceEvent>> = {
  connected: 'instance.connected',
  reconnecting: 'instance.reconnecting',
  disconnected: 'instance.disconnected',
  qr_required: 'instance.qr_required',
  restricted: 'instance.restricted',
  failed: 'instance.failed',
};

export type StateChange = {
  readonly state: InstanceState;
  readonly reason: StateReason | null;
  /** What the network said, for people who debug. Never a secret. */
  readonly detail?: string;
};

/**
 * Moves an instance to a state and says so in an event. The same state for the same reason is no news: nothing is
 * written. A deleted or unwanted instance stays what its customer made it. Answers whether anything changed.
 */
export async function recordState(tx: Tx, id: Id<'ins'>, change: StateChange): Promise<boolean> {
  const instance = await readAnyInstance(tx, id);
  if (!instance || instance.deleted_at !== null || instance.wanted === 0) return false;
  if (instance.state === change.state && instance.state_reason === change.reason) return false;
  await updateInstance(tx, instance.customer_id, id, {
    state: change.state,
    state_reason: change.reason,
    state_detail: change.detail ?? null,
    state_since: tx.now,
    ...(change.state === 'connected' && { restricted_code: null, restricted_until: null }),
    ...(needsHuman(change.state) && { wanted: 0 }),
  });
  if (needsHuman(change.state)) tx.announce(controlTopic(id));
  const type = eventOf[change.state];
  if (type) {
    await recordEvent(tx, {
      customerId: instance.customer_id,
      instanceId: id,
      type,
      data: describeState(instance, change),
    });
  }
  return true;
}

/** `disconnected` and `failed` end by a human's hand; wanting them connected would only fight. */
const needsHuman = (state: InstanceState): boolean => state === 'disconnected' || state === 'failed';

/** A state as every event shows it that tells of one. */
export function describeState(instance: InstanceRow, change: StateChange): Record<string, unknown> {
  const explained = explainReason(change.reason);
  return {
    state: change.state,
    reason: change.reason,
    ...(explained && { meaning: explained.meaning, what_to_do: explained.whatToDo }),
    ...(change.state === 'restricted' && {
      code: instance.restricted_code,
      expires_at: instance.restricted_until === null ? null : new Date(instance.restricted_until).toISOString(),
    }),
    phone_number: instance.phone,
  };
}

/** A QR code is there to be scanned. */
export async function recordQr(tx: Tx, id: Id<'ins'>, code: { qr: string; expiresAtMs: number }): Promise<void> {
  await recordState(tx, id, { state: 'qr_required', reason: 'waiting_for_scan' });
  const instance = await readAnyInstance(tx, id);
  if (!instance || instance.wanted === 0) return;
  await recordEvent(tx, {
    customerId: instance.customer_id,
    instanceId: id,
    type: 'qr.updated',
    data: { qr: code.qr, expires_at: new Date(code.expiresAtMs).toISOString() },
  });
}

/** A phone scanned the code. The instance remembers the server it was linked under and never connects under another. */
export async function recordLinked(tx: Tx, id: Id<'ins'>, self: Self, root: string): Promise<void> {
  const instance = await readAnyInstance(tx, id);
  if (!instance || instance.deleted_at !== null) return;
  await updateInstance(tx, instance.customer_id, id, {
    phone: self.phone,
    lid: self.lid ?? null,
    profile_name: self.name ?? null,
    linked_root: root,
    linked_at: tx.now,
    pairing_rounds: 0,
    pairing_blocked_until: null,
    // A restriction is a number's, not ours.
    ...(instance.phone !== self.phone && { restricted_code: null, restricted_until: null }),
    ...(instance.wanted === 1 && { state: 'connecting', state_reason: 'linked', state_since: tx.now }),
  });
  await recordEvent(tx, {
    customerId: instance.customer_id,
    instanceId: id,
    type: 'instance.linked',
    data: { phone_number: self.phone, lid: self.lid ?? null, name: self.name ?? null },
  });
  await recordAudit(tx, systemCaller(instance.customer_id), {
    action: 'instance.linked',
    target: id,
    instanceId: id,
  });
}

/** The connection is open: what waited for it goes on. A link that a crash kept us from recording is recorded now. */
export async function recordConnected(tx: Tx, id: Id<'ins'>, self: Self, root: string): Promise<void> {
  const before = await readAnyInstance(tx, id);
  if (before?.linked_at === null && before.wanted === 1) await recordLinked(tx, id, self, root);
  const instance = await readAnyInstance(tx, id);
  if (!instance || instance.deleted_at !== null || instance.wanted === 0) return;
  await updateInstance(tx, instance.customer_id, id, {
    phone: self.phone,
    lid: self.lid ?? instance.lid,
    profile_name: self.name ?? instance.profile_name,
    last_connected_at: tx.now,
  });
  await unparkLane(tx, { family: 'media', scopeId: id });
  tx.announce(attendTopic(id));
  if (isRestricted(instance, tx.now)) {
    // A reconnect lifts no restriction.
    await recordState(tx, id, { state: 'restricted', reason: restrictionReason(instance.restricted_code) });
    return;
  }
  await recordState(tx, id, { state: 'connected', reason: null });
  await unparkLane(tx, { family: 'send', scopeId: id });
}

/** True while nothing may be sent, whatever the connection is. */
export const isRestricted = (instance: Pick<InstanceRow, 'restricted_until'>, nowMs: number): boolean =>
  (instance.restricted_until ?? 0) > nowMs;

const restrictionReason = (code: string | null): StateReason =>
  code === '475' ? 'new_chat_limit' : 'account_restricted';

/**
 * WhatsApp stops this number from sending, or from starting chats: what waits is held until `untilMs`, not tried again. Where
 * WhatsApp names no end, it is the one that it named before, or `holdMs` from now.
 */
export async function recordRestricted(
  tx: Tx,
  id: Id<'ins'>,
  restriction: { code: number; untilMs?: number | undefined; holdMs: number },
): Promise<void> {
  const instance = await readAnyInstance(tx, id);
  if (!instance || instance.deleted_at !== null) return;
  const code = String(restriction.code);
  await updateInstance(tx, instance.customer_id, id, {
    restricted_code: code,
    restricted_until:
      restriction.untilMs ?? (isRestricted(instance, tx.now) ? instance.restricted_until : tx.now + restriction.holdMs),
  });
  await recordState(tx, id, { state: 'restricted', reason: restrictionReason(code) });
}

/** Lets instances go on whose restriction is over by the clock. Answers which. */
export async function liftRestrictions(tx: Tx): Promise<readonly Id<'ins'>[]> {
  const over = await selectRestrictionsOver(tx);
  for (const { id } of over) {
    await recordState(tx, id, { state: 'connected', reason: null });
    await unparkLane(tx, { family: 'send', scopeId: id });
  }
  return over.map(({ id }) => id);
}

/** WhatsApp has confirmed that this device is gone: the credentials are void and are wiped (kept encrypted for 7 days). */
export async function recordUnlinked(tx: Tx, id: Id<'ins'>, detail: string): Promise<void> {
  const instance = await readAnyInstance(tx, id);
  if (!instance || instance.deleted_at !== null || (instance.wanted === 0 && instance.linked_at === null)) return;
  await recordState(tx, id, { state: 'disconnected', reason: 'session_invalidated', detail });
  await wipeCredentials(tx, instance);
  await updateInstance(tx, instance.customer_id, id, { linked_at: null, linked_root: null, wanted: 0 });
  await recordAudit(tx, systemCaller(instance.customer_id), {
    action: 'instance.session_invalidated',
    target: id,
    instanceId: id,
  });
}

/** Pairing came to nothing: a round of QR codes without a scan, or a scan that could not be finished. After too many, more wait until the cool-down is over. */
export async function recordPairingRound(
  tx: Tx,
  id: Id<'ins'>,
  reason: 'qr_expired' | 'pairing_failed',
  limits: { roundsMax: number; cooldownMs: number },
): Promise<void> {
  const instance = await readAnyInstance(tx, id);
  if (!instance || instance.deleted_at !== null) return;
  const rounds = instance.pairing_rounds + 1;
  const blocked = rounds >= limits.roundsMax;
  await recordState(tx, id, {
    state: 'disconnected',
    reason: blocked ? 'pairing_cooldown' : reason,
  });
  await updateInstance(tx, instance.customer_id, id, {
    pairing_rounds: blocked ? 0 : rounds,
    pairing_blocked_until: blocked ? tx.now + limits.cooldownMs : null,
  });
}
