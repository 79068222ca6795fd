import type { Insertable, Selectable, Updateable } from 'kysely';
import type { Reader, Tables, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';

export type DeliveryRow = Selectable<Tables['deliveries']>;
export type AttemptRow = Selectable<Tables['attempts']>;

/** Walks one index, whatever became of the customer's other endpoints. */
export const selectSubscribers = (tx: Tx, customerId: Id<'cus'>) =>
  tx
    .selectFrom('endpoints')
    .select(['id', 'event_types', 'instance_ids', 'chat_type_filter', 'chat_ids', 'ordering'])
    .where('customer_id', '=', customerId)
    .where('enabled', '=', 1)
    .orderBy('id')
    .execute();

export const insertDelivery = (tx: Tx, row: Insertable<Tables['deliveries']>) =>
  tx.insertInto('deliveries').values(row).execute();

/** Those of endpoints that chose exactly `instanceIds`, and of no other instance's events. */
type Seen = { readonly instanceId: Id<'ins'>; readonly instanceIds: string };

export const selectDelivery = (from: Tx | Reader, customerId: Id<'cus'>, seen: Seen | null, id: Id<'dlv'>) =>
  deliveriesOf(from, customerId, seen).where('id', '=', id).executeTakeFirst();

export type DeliveryFilter = {
  readonly statuses: readonly string[] | null;
  readonly eventTypes: readonly string[] | null;
  readonly endpointId: Id<'end'> | null;
  readonly instanceId: Id<'ins'> | null;
  /** Made from this one on, and before this one. */
  readonly from: Id<'dlv'> | null;
  readonly to: Id<'dlv'> | null;
};

export const selectDeliveries = (
  from: Tx | Reader,
  customerId: Id<'cus'>,
  seen: Seen | null,
  page: DeliveryFilter & { readonly before: Id<'dlv'> | null; readonly limit: number },
) =>
  deliveriesOf(from, customerId, seen)
    .$if(page.statuses !== null, (query) => query.where('status', 'in', page.statuses ?? []))
    .$if(page.eventTypes !== null, (query) => query.where('event_type', 'in', page.eventTypes ?? []))
    .$if(page.from !== null, (query) => query.where('id', '>=', page.from))
    .$if(page.to !== null, (query) => query.where('id', '<', page.to))
    .$if(page.endpointId !== null, (query) => query.where('endpoint_id', '=', page.endpointId))
    .$if(page.instanceId !== null, (query) => query.where('instance_id', '=', page.instanceId))
    .$if(page.before !== null, (query) => query.where('id', '<', page.before))
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute();

const deliveriesOf = (from: Tx | Reader, customerId: Id<'cus'>, seen: Seen | null) =>
  from
    .selectFrom('deliveries')
    .selectAll()
    .where('customer_id', '=', customerId)
    .$if(seen !== null, (query) =>
      query.where('instance_id', '=', seen?.instanceId ?? null).where('endpoint_id', 'in', (eb) =>
        eb
          .selectFrom('endpoints')
          .select('endpoints.id')
          .where('endpoints.customer_id', '=', customerId)
          .where('endpoints.instance_ids', '=', seen?.instanceIds ?? null),
      ),
    );

export const selectAttempts = (from: Tx | Reader, deliveryId: Id<'dlv'>, limit: number) =>
  from
    .selectFrom('attempts')
    .selectAll()
    .where('delivery_id', '=', deliveryId)
    .orderBy('number', 'desc')
    .limit(limit)
    .execute();

export const updateDelivery = (tx: Tx, customerId: Id<'cus'>, id: Id<'dlv'>, patch: Updateable<Tables['deliveries']>) =>
  tx
    .updateTable('deliveries')
    .set({ ...patch, updated_at: tx.now })
    .where('customer_id', '=', customerId)
    .where('id', '=', id)
    .execute();

/** What filters go by and a replay needs, of an endpoint's deliveries of one status between two ids, the oldest first. */
export const selectDeliveriesBetween = (
  from: Tx | Reader,
  endpointId: Id<'end'>,
  range: {
    readonly status: string;
    readonly after: Id<'dlv'>;
    readonly before: Id<'dlv'>;
    readonly limit: number;
  },
) =>
  from
    .selectFrom('deliveries')
    .select(['id', 'customer_id', 'event_type', 'instance_id', 'status'])
    .where('endpoint_id', '=', endpointId)
    .where('status', '=', range.status)
    .where('id', '>', range.after)
    .where('id', '<', range.before)
    .orderBy('id')
    .limit(range.limit)
    .execute();

export const selectDeliveriesOfEvents = (from: Tx | Reader, endpointId: Id<'end'>, eventIds: readonly Id<'evt'>[]) =>
  from
    .selectFrom('deliveries')
    .select(['id', 'customer_id', 'event_id', 'event_type', 'instance_id', 'status'])
    .where('endpoint_id', '=', endpointId)
    .where('event_id', 'in', eventIds)
    .execute();

/** Whatever of an endpoint's deliveries has not ended. */
export const updateDeliveriesAbandoned = (tx: Tx, customerId: Id<'cus'>, endpointId: Id<'end'>, error: string) =>
  tx
    .updateTable('deliveries')
    .set({ status: 'failed', last_error: error, next_attempt_at: null, updated_at: tx.now })
    .where('customer_id', '=', customerId)
    .where('endpoint_id', '=', endpointId)
    .where('status', 'in', ['pending', 'retrying'])
    .execute();

/** Failed, young enough, and not redriven since they were made or replayed; the oldest first. */
export const selectDeliveriesToRedrive = (
  tx: Tx,
  customerId: Id<'cus'>,
  endpointId: Id<'end'>,
  page: { readonly sinceMs: number; readonly limit: number },
) =>
  tx
    .selectFrom('deliveries')
    .selectAll()
    .where('customer_id', '=', customerId)
    .where('endpoint_id', '=', endpointId)
    .where('status', '=', 'failed')
    .where('redriven_at', 'is', null)
    .where('created_at', '>=', page.sinceMs)
    .orderBy('id')
    .limit(page.limit)
    .execute();

export const insertAttempt = (tx: Tx, row: Insertable<Tables['attempts']>) =>
  tx.insertInto('attempts').values(row).execute();

/** For the deliver loop, which starts from jobs alone: deliveries and where they go. */
export const selectAnyTargets = (from: Tx | Reader, ids: readonly Id<'dlv'>[]) =>
  from
    .selectFrom('deliveries')
    .innerJoin('endpoints', 'endpoints.id', 'deliveries.endpoint_id')
    .selectAll('deliveries')
    .select([
      'endpoints.url',
      'endpoints.enabled',
      'endpoints.deleted_at',
      'endpoints.headers',
      'endpoints.ordering',
      'endpoints.retry_schedule',
      'endpoints.redrive',
      'endpoints.failing_since',
      'endpoints.unanswered_since',
      'endpoints.sealed_secret',
      'endpoints.sealed_previous_secret',
      'endpoints.previous_secret_until',
    ])
    .where('deliveries.id', 'in', ids)
    .execute();

export type TargetRow = Awaited<ReturnType<typeof selectAnyTargets>>[number];
