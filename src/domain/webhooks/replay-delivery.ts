import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Caller } from '../customers/index.ts';
import { enqueueDelivery } from './create-deliveries.ts';
import { type DeliveryRow, updateDelivery } from './deliveries.sql.ts';
import { type Endpoint, toEndpoint } from './endpoint.ts';
import { requireDelivery } from './list-deliveries.ts';
import { readEndpointRow } from './read-endpoints.ts';
import { newCycle } from './redrive-deliveries.ts';

/**
 * A new cycle of attempts for a delivery that has ended, under the same event id, at the end of its endpoint's lane.
 * Throws `delivery_not_replayable` while it is being tried and when its endpoint is deleted or disabled.
 */
export async function replayDelivery(tx: Tx, caller: Caller, id: Id<'dlv'>): Promise<DeliveryRow> {
  const delivery = await requireDelivery(tx, caller, id);
  if (delivery.status === 'pending' || delivery.status === 'retrying') {
    throw new GatewayError('delivery_not_replayable', { status: delivery.status });
  }
  const endpoint = await requireOpenEndpoint(tx, caller, delivery.endpoint_id);
  await restartDelivery(tx, endpoint, delivery);
  await recordAudit(tx, caller, {
    action: 'delivery.replayed',
    target: id,
    ...(delivery.instance_id && { instanceId: delivery.instance_id }),
    detail: { endpoint_id: endpoint.id, event_id: delivery.event_id },
  });
  return requireDelivery(tx, caller, id);
}

/** The same without asking: the caller has made sure that it has ended, and that its endpoint takes it. */
export async function restartDelivery(
  tx: Tx,
  endpoint: Pick<Endpoint, 'id' | 'ordering'>,
  delivery: Pick<DeliveryRow, 'id' | 'customer_id' | 'instance_id'>,
): Promise<void> {
  await updateDelivery(tx, delivery.customer_id, delivery.id, { ...newCycle(tx), redriven_at: null });
  await enqueueDelivery(tx, {
    id: delivery.id,
    customerId: delivery.customer_id,
    endpointId: endpoint.id,
    instanceId: delivery.instance_id,
    ordering: endpoint.ordering,
  });
}

async function requireOpenEndpoint(tx: Tx, caller: Caller, id: Id<'end'>): Promise<Endpoint> {
  const row = await readEndpointRow(tx, caller, id);
  if (!row) throw new GatewayError('delivery_not_replayable', { reason: 'endpoint_deleted' });
  if (row.enabled === 0) throw new GatewayError('delivery_not_replayable', { reason: 'endpoint_disabled' });
  return toEndpoint(row);
}
