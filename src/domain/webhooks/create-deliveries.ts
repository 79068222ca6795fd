import type { Row, Tx } from '../../db/index.ts';
import { enqueueJob } from '../../lanes/index.ts';
import { type Id, newId } from '../../lib/index.ts';
import { insertDelivery, selectSubscribers } from './deliveries.sql.ts';
import { asOrdering, filterOf, type Ordering } from './endpoint.ts';
import { matchesFilter } from './event-filter.ts';

/** What a delivery, and the choice of endpoints, has to know of an event. */
type DeliverableEvent = Pick<Row<'events'>, 'id' | 'customer_id' | 'instance_id' | 'type' | 'chat_id' | 'chat_type'>;

/** The kind of all jobs on `deliver/` lanes; what they refer to is the delivery. */
const jobKind = 'deliver';

/** A delivery and its job for every enabled endpoint but one that subscribes to the event, in the transaction of the fact itself. */
export async function createDeliveries(tx: Tx, event: DeliverableEvent, except?: Id<'end'>): Promise<void> {
  for (const endpoint of await selectSubscribers(tx, event.customer_id)) {
    if (endpoint.id === except || !matchesFilter(filterOf(endpoint), event)) continue;
    await createDelivery(tx, { id: endpoint.id, ordering: asOrdering(endpoint.ordering) }, event);
  }
}

/** The same for one endpoint, whatever it subscribes to. */
export async function createDelivery(
  tx: Tx,
  endpoint: { readonly id: Id<'end'>; readonly ordering: Ordering },
  event: DeliverableEvent,
): Promise<Id<'dlv'>> {
  const id = newId('dlv', tx.now);
  await insertDelivery(tx, {
    id,
    customer_id: event.customer_id,
    endpoint_id: endpoint.id,
    event_id: event.id,
    event_type: event.type,
    instance_id: event.instance_id,
    status: 'pending',
    attempts: 0,
    next_attempt_at: tx.now,
    created_at: tx.now,
    updated_at: tx.now,
  });
  await enqueueDelivery(tx, {
    id,
    customerId: event.customer_id,
    endpointId: endpoint.id,
    instanceId: event.instance_id,
    ordering: endpoint.ordering,
  });
  return id;
}

/** Puts a delivery at the end of its endpoint's lane. */
export async function enqueueDelivery(
  tx: Tx,
  delivery: {
    readonly id: Id<'dlv'>;
    readonly customerId: Id<'cus'>;
    readonly endpointId: Id<'end'>;
    readonly instanceId: Id<'ins'> | null;
    readonly ordering: Ordering;
  },
): Promise<void> {
  const lane = { family: 'deliver', customerId: delivery.customerId, scopeId: delivery.endpointId } as const;
  await enqueueJob(tx, lane, { kind: jobKind, ref: delivery.id, orderKey: orderKeyOf(delivery) });
}

function orderKeyOf(delivery: { id: Id<'dlv'>; instanceId: Id<'ins'> | null; ordering: Ordering }): string {
  switch (delivery.ordering) {
    case 'none':
      return delivery.id;
    case 'instance':
      return delivery.instanceId ?? '';
    case 'strict':
      return '';
  }
}
