import type { Reader, Row, Tx } from '../../db/index.ts';
import { endClaims, makeLaneDue, unparkLane } from '../../lanes/index.ts';
import { type Id, newId } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Caller } from '../customers/index.ts';
import { recordEvent } from '../events/index.ts';
import {
  countWantedInstances,
  insertInstance,
  selectAnyInstance,
  selectInstance,
  selectInstances,
  selectStateCounts,
  selectWantedInstances,
  updateInstance,
} from './instances.sql.ts';
import { deleteSignalKeys, updateCredentialsWiped } from './signal-store.sql.ts';

export type InstanceRow = Row<'instances'>;

/** The topic that is announced whenever an instance should be looked at: wanted, unwanted, unlinked or deleted. */
export const controlTopic = (id: Id<'ins'>): string => `control/${id}`;

/** The call that answers with the QR code of an instance, given how many milliseconds it may wait for one. */
export const qrCall = (id: Id<'ins'>): string => `qr/${id}`;

/** The call that has WhatsApp take a code instead of a scan, with the phone number as its input. */
export const linkCodeCall = (id: Id<'ins'>): string => `link-code/${id}`;

export type QrCode = { readonly qr: string; readonly expiresAtMs: number };

export type NewInstance = {
  readonly name: string;
  readonly metadata: Readonly<Record<string, unknown>>;
};

export async function createInstance(tx: Tx, caller: Caller, input: NewInstance): Promise<InstanceRow> {
  if (caller.instanceId) throw new GatewayError('key_scope', { bound_to: caller.instanceId });
  const id = newId('ins', tx.now);
  await insertInstance(tx, {
    id,
    customer_id: caller.customerId,
    network: 'whatsapp_web',
    name: input.name,
    metadata: JSON.stringify(input.metadata),
    settings: '{}',
    state: 'pending',
    state_reason: 'created',
    state_since: tx.now,
    wanted: 0,
    pairing_rounds: 0,
    created_at: tx.now,
    updated_at: tx.now,
  });
  await recordAudit(tx, caller, { action: 'instance.created', target: id, instanceId: id });
  return requireInstance(tx, caller, id);
}

/** Says that the groups of the number are on record: from now on a difference is news. */
export async function markGroupsKnown(tx: Tx, instance: InstanceRow): Promise<void> {
  await updateInstance(tx, instance.customer_id, instance.id, { groups_of: instance.phone });
}

/** Reads an instance that this caller may see; undefined when there is none, whoever else may have it. */
export async function readInstance(from: Tx | Reader, caller: Caller, id: Id<'ins'>): Promise<InstanceRow | undefined> {
  if (caller.instanceId && caller.instanceId !== id) return undefined;
  return selectInstance(from, caller.customerId, id);
}

export async function requireInstance(from: Tx | Reader, caller: Caller, id: Id<'ins'>): Promise<InstanceRow> {
  const row = await readInstance(from, caller, id);
  if (!row) throw new GatewayError('instance_not_found', { id });
  return row;
}

/** Newest first, those before `before`. */
export function listInstances(
  from: Reader,
  caller: Caller,
  page: { before: Id<'ins'> | null; limit: number },
): Promise<InstanceRow[]> {
  return selectInstances(from, caller.customerId, { only: caller.instanceId, ...page });
}

export async function patchInstance(
  tx: Tx,
  caller: Caller,
  id: Id<'ins'>,
  patch: { name?: string | undefined; metadata?: Readonly<Record<string, unknown>> | undefined },
): Promise<InstanceRow> {
  await requireInstance(tx, caller, id);
  await updateInstance(tx, caller.customerId, id, {
    ...(patch.name !== undefined && { name: patch.name }),
    ...(patch.metadata !== undefined && { metadata: JSON.stringify(patch.metadata) }),
  });
  await recordAudit(tx, caller, {
    action: 'instance.changed',
    target: id,
    instanceId: id,
    detail: { fields: Object.keys(patch) },
  });
  return requireInstance(tx, caller, id);
}

/**
 * Soft: the row, its messages and its audit rows stay readable for the operator; its credentials are wiped. What waits in its
 * lane is cancelled by the send loop, message by message.
 */
export async function deleteInstance(tx: Tx, caller: Caller, id: Id<'ins'>): Promise<void> {
  const instance = await requireInstance(tx, caller, id);
  await recordEvent(tx, {
    customerId: caller.customerId,
    instanceId: id,
    type: 'instance.deleted',
    data: { name: instance.name, phone_number: instance.phone },
    correlationId: caller.correlationId,
  });
  await updateInstance(tx, caller.customerId, id, { deleted_at: tx.now, wanted: 0, linked_at: null });
  await wipeCredentials(tx, instance);
  for (const family of ['send', 'media'] as const) {
    await unparkLane(tx, { family, scopeId: id });
    await makeLaneDue(tx, { family, scopeId: id });
  }
  await recordAudit(tx, caller, { action: 'instance.deleted', target: id, instanceId: id });
  tx.announce(controlTopic(id));
}

/**
 * The credentials row is kept, encrypted, for 7 days; the signal keys are worthless without it and go at once. A session that
 * still runs on them may say goodbye and can bring none of it back; one that was about to be linked links nothing.
 */
export async function wipeCredentials(tx: Tx, instance: Pick<InstanceRow, 'id' | 'linked_at'>): Promise<void> {
  const { id, linked_at: linkedAt } = instance;
  if (linkedAt === null) await endClaims(tx, { family: 'send', scopeId: id });
  await updateCredentialsWiped(tx, id);
  await deleteSignalKeys(tx, id);
}

/** For the worker: the instance whoever owns it, deleted ones included. */
export const readAnyInstance = (from: Tx | Reader, id: Id<'ins'>): Promise<InstanceRow | undefined> =>
  selectAnyInstance(from, id);

/** Instances that should be connected, in the order of their ids, those after `after`. */
export const listWanted = (
  from: Reader,
  after: Id<'ins'> | null,
  limit: number,
): Promise<Pick<InstanceRow, 'id' | 'wanted_since'>[]> => selectWantedInstances(from, after, limit);

export const countWanted = (from: Tx | Reader): Promise<number> => countWantedInstances(from);

/** How many instances are in each state. */
export const readStateCounts = (from: Reader) => selectStateCounts(from);
