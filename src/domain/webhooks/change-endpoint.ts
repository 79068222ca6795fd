import type { Tx } from '../../db/index.ts';
import { clearLane, type Lane, laneKey, parkLane, unparkLane } from '../../lanes/index.ts';
import type { Id } from '../../lib/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Caller } from '../customers/index.ts';
import { updateDeliveriesAbandoned } from './deliveries.sql.ts';
import { type DisabledReason, type Endpoint, onlyInstanceOf } from './endpoint.ts';
import { updateEndpoint } from './endpoints.sql.ts';
import { requireEndpoint } from './read-endpoints.ts';

/** Events come to it again from now on, and what waited while it was disabled goes out. */
export async function enableEndpoint(tx: Tx, caller: Caller, id: Id<'end'>): Promise<Endpoint> {
  const endpoint = await requireEndpoint(tx, caller, id);
  if (endpoint.enabled) return endpoint;
  await updateEndpoint(tx, endpoint.customerId, id, { enabled: 1, disabled_reason: null, unanswered_since: null });
  await unparkLane(tx, deliverLane(endpoint));
  await recordEndpointAudit(tx, caller, 'enabled', endpoint);
  return requireEndpoint(tx, caller, id);
}

/** No further event comes to it; what waits already is held, not dropped. Nothing happens to one that is disabled. */
export async function disableEndpoint(
  tx: Tx,
  caller: Caller,
  id: Id<'end'>,
  reason: DisabledReason = 'by_customer',
): Promise<Endpoint> {
  const endpoint = await requireEndpoint(tx, caller, id);
  if (!endpoint.enabled) return endpoint;
  await updateEndpoint(tx, endpoint.customerId, id, { enabled: 0, disabled_reason: reason });
  await holdDisabledLane(tx, endpoint);
  await recordEndpointAudit(tx, caller, 'disabled', endpoint, { reason });
  return requireEndpoint(tx, caller, id);
}

/** Soft: its deliveries stay readable. Those that have not ended fail, and nothing more is posted once this is committed. */
export async function deleteEndpoint(tx: Tx, caller: Caller, id: Id<'end'>): Promise<void> {
  const endpoint = await requireEndpoint(tx, caller, id);
  await updateDeliveriesAbandoned(tx, endpoint.customerId, id, 'endpoint_deleted');
  await clearLane(tx, deliverLane(endpoint));
  await updateEndpoint(tx, endpoint.customerId, id, {
    enabled: 0,
    sealed_previous_secret: null,
    previous_secret_until: null,
    deleted_at: tx.now,
  });
  await recordEndpointAudit(tx, caller, 'deleted', endpoint);
}

/** Until it is enabled again. */
export const holdDisabledLane = (tx: Tx, endpoint: Pick<Endpoint, 'id' | 'customerId'>): Promise<void> =>
  parkLane(tx, laneKey(deliverLane(endpoint)), 'disabled');

export const recordEndpointAudit = (
  tx: Tx,
  caller: Caller,
  what: string,
  endpoint: Endpoint,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<void> => {
  const instanceId = onlyInstanceOf(endpoint.instanceIds);
  const action = `endpoint.${what}`;
  return recordAudit(tx, caller, { action, target: endpoint.id, ...(instanceId && { instanceId }), detail });
};

const deliverLane = (endpoint: Pick<Endpoint, 'id' | 'customerId'>): Lane => ({
  family: 'deliver',
  customerId: endpoint.customerId,
  scopeId: endpoint.id,
});
