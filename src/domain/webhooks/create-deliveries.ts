import type { Tx } from '../../db/index.ts';
import { enqueueJob } from '../../lanes/index.ts';
import { type Id, newId } from '../../lib/index.ts';
import { insertDelivery, selectSubscribers } from './deliveries.sql.ts';
import { type EventType, matchesFilter } from './event-types.ts';

/** What a delivery has to know of its event. */
export type DeliverableEvent = {
  readonly id: Id<'evt'>;
  readonly customerId: Id<'cus'>;
  readonly instanceId: Id<'ins'> | null;
  readonly type: EventType;
};

/** In which order an endpoint gets its events: in any, in order within one instance, or strictly one after the other. */
export type Ordering = 'none' | 'instance' | 'strict';

/** The kind of all jobs on `deliver/` lanes; what they refer to is the delivery. */
const jobKind = 'deliver';

/**
 * A delivery and its job for every enabled endpoint that subscribes to the event, in the transaction of the fact itself.
 * An endpoint that has chosen instances gets their events only, none that concerns no instance.
 */
export async function createDeliveries(tx: Tx, event: DeliverableEvent): Promise<void> {
  for (const endpoint of await selectSubscribers(tx, event.customerId)) {
    if (!matchesFilter(parseList(endpoint.event_types), event.type)) continue;
    if (endpoint.instance_ids !== null && !coversInstance(endpoint.instance_ids, event.instanceId)) continue;
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
    customer_id: event.customerId,
    endpoint_id: endpoint.id,
    event_id: event.id,
    event_type: event.type,
    instance_id: event.instanceId,
    status: 'pending',
    attempts: 0,
    next_attempt_at: tx.now,
    created_at: tx.now,
    updated_at: tx.now,
  });
  await enqueueDelivery(tx, {
    id,
    customerId: event.customerId,
    endpointId: endpoint.id,
    instanceId: event.instanceId,
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

function coversInstance(instanceIds: string, instanceId: Id<'ins'> | null): boolean {
  return instanceId !== null && parseList(instanceIds).includes(instanceId);
}

/** Such columns hold what we wrote: a JSON array of strings. */
export function parseList(json: string): string[] {
  return JSON.parse(json) as string[];
}

/** The column's check allows nothing else. */
export function asOrdering(value: string): Ordering {
  return value as Ordering;
}
