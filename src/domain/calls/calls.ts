import type { Reader, Tx } from '../../db/index.ts';
import { type Id, isId, newId } from '../../lib/index.ts';
import type { CallUpdate } from '../../network/index.ts';
import { GatewayError } from '../../platform/index.ts';
import { recordAudit } from '../audit/index.ts';
import { type ContactView, readContactId, resolveChat, viewContact } from '../contacts/index.ts';
import type { Caller } from '../customers/index.ts';
import { recordEvent } from '../events/index.ts';
import { attendTopic, type InstanceRow, readSettings } from '../instances/index.ts';
import { resolvePerson } from '../messages/index.ts';
import {
  type CallRow,
  insertCall,
  selectCall,
  selectCallOnNetwork,
  selectCalls,
  selectRinging,
  updateCallEnded,
} from './calls.sql.ts';

/** A call as the API and every event show it. Times are ISO-8601 in UTC. */
export type CallView = {
  readonly id: Id<'cll'>;
  readonly instance_id: Id<'ins'>;
  readonly contact: ContactView;
  readonly chat_id: Id<'cht'> | null;
  readonly video: boolean;
  readonly state: string;
  readonly offered_at: string;
  readonly ended_at: string | null;
};

export async function viewCall(from: Tx | Reader, row: CallRow): Promise<CallView> {
  const contactId = (await readContactId(from, row.customer_id, row.contact_id)) ?? row.contact_id;
  return {
    id: row.id,
    instance_id: row.instance_id,
    contact: await viewContact(from, row.customer_id, contactId),
    chat_id: row.group_chat_id,
    video: row.video === 1,
    state: row.state,
    offered_at: new Date(row.offered_at).toISOString(),
    ended_at: row.ended_at === null ? null : new Date(row.ended_at).toISOString(),
  };
}

/** Newest first. The caller has made sure that the instance is its own. */
export async function listCalls(
  from: Reader,
  caller: Caller,
  instanceId: Id<'ins'>,
  page: { readonly before: Id<'cll'> | null; readonly limit: number },
): Promise<CallView[]> {
  const views: CallView[] = [];
  for (const row of await selectCalls(from, caller.customerId, instanceId, page)) views.push(await viewCall(from, row));
  return views;
}

/** A call of an instance that the caller may see; throws `call_not_found` for every other id. */
export async function requireCall(
  from: Tx | Reader,
  caller: Caller,
  instanceId: Id<'ins'>,
  id: string,
): Promise<CallRow> {
  const row = isId('cll', id) ? await selectCall(from, caller.customerId, id) : undefined;
  if (!row || row.instance_id !== instanceId) throw new GatewayError('call_not_found', { id });
  return row;
}

/** What is heard of a call. One that rings already does not ring twice, and what is over stays over. */
export async function recordCall(tx: Tx, instance: InstanceRow, update: CallUpdate): Promise<void> {
  const known = await selectCallOnNetwork(tx, instance.id, update.networkId);
  if (update.what === 'offered') {
    if (!known) await recordOffer(tx, instance, update);
    return;
  }
  if (known?.state === 'ringing') await endCall(tx, known, update.what);
}

async function recordOffer(tx: Tx, instance: InstanceRow, update: CallUpdate): Promise<void> {
  const id = newId('cll', tx.now);
  const { customer_id: customerId, id: instanceId } = instance;
  await insertCall(tx, {
    id,
    customer_id: customerId,
    instance_id: instanceId,
    network_id: update.networkId,
    address: update.address,
    contact_id: await resolvePerson(tx, instance, update.caller, 'call'),
    group_chat_id:
      update.group === null
        ? null
        : await resolveChat(tx, customerId, instanceId, { kind: 'group', address: update.group }),
    video: update.video ? 1 : 0,
    state: 'ringing',
    offered_at: update.atMs,
    ended_at: null,
  });
  await recordCallEvent(tx, customerId, id, 'call.offered');
  if (readSettings(instance).calls === 'reject') tx.announce(attendTopic(instanceId));
}

type Ended = 'accepted' | 'rejected' | 'missed';

async function endCall(
  tx: Tx,
  row: Pick<CallRow, 'id' | 'customer_id'>,
  state: Ended,
  correlationId: string | null = null,
): Promise<void> {
  await updateCallEnded(tx, row.customer_id, row.id, state);
  await recordCallEvent(tx, row.customer_id, row.id, 'call.terminated', correlationId);
}

async function recordCallEvent(
  tx: Tx,
  customerId: Id<'cus'>,
  id: Id<'cll'>,
  type: 'call.offered' | 'call.terminated',
  correlationId: string | null = null,
): Promise<void> {
  const row = await selectCall(tx, customerId, id);
  if (!row) throw new Error(`call ${id} vanished inside its transaction`);
  await recordEvent(tx, {
    customerId,
    instanceId: row.instance_id,
    ...(row.group_chat_id && { chat: { id: row.group_chat_id, type: 'group' } }),
    type,
    data: { call: await viewCall(tx, row) },
    correlationId,
  });
}

/** Nobody lets it ring for longer; whatever was heard of it, or not, it is over by then. */
const ringsWithinMs = 60_000;

/** Throws `call_not_ringing` for a call that is over, also when nobody told us so. */
export function requireRinging(row: CallRow, nowMs: number): void {
  if (row.state === 'ringing' && row.offered_at >= nowMs - ringsWithinMs) return;
  throw new GatewayError('call_not_ringing', { state: row.state });
}

/** The next call of an instance that could still be turned down. */
export const findRinging = (from: Reader, instanceId: Id<'ins'>, nowMs: number): Promise<CallRow | undefined> =>
  selectRinging(from, instanceId, nowMs - ringsWithinMs);

/** WhatsApp was told that a call is turned down. What ended it meanwhile has come first. */
export async function recordRejection(
  tx: Tx,
  caller: Caller,
  call: Pick<CallRow, 'id' | 'instance_id'>,
): Promise<void> {
  const row = await selectCall(tx, caller.customerId, call.id);
  if (row?.state === 'ringing') await endCall(tx, row, 'rejected', caller.correlationId);
  await recordAudit(tx, caller, { action: 'call.rejected', target: call.id, instanceId: call.instance_id });
}
