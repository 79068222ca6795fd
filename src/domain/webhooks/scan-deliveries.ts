import type { Reader, Tx } from '../../db/index.ts';
import { firstIdAt, type Id } from '../../lib/index.ts';
import { type DeliveryRow, selectDeliveriesBetween, selectDeliveriesOfEvents } from './deliveries.sql.ts';
import { coversType, type EventNames } from './event-types.ts';

/** Rows looked at in one statement, however rare what is wanted. */
const windowRows = 500;

type Ended = Pick<DeliveryRow, 'id' | 'customer_id' | 'instance_id'>;

type DeliveryRange = {
  readonly status: 'failed' | 'delivered';
  readonly events: EventNames;
  readonly instanceId: Id<'ins'> | null;
  /** Made from this moment on, and before this one, in milliseconds since the epoch. */
  readonly fromMs: number;
  readonly toMs: number;
};

/** Deliveries of one endpoint that have ended so and so, the oldest first, at most `limit`, of a bounded number of rows. */
export async function scanDeliveries(
  from: Tx | Reader,
  endpointId: Id<'end'>,
  range: DeliveryRange,
  { after, limit }: { readonly after: Id<'dlv'> | null; readonly limit: number },
): Promise<{ rows: readonly Ended[]; upTo: Id<'dlv'> | null; more: boolean }> {
  const seen = await selectDeliveriesBetween(from, endpointId, {
    status: range.status,
    after: after ?? firstIdAt('dlv', range.fromMs),
    before: firstIdAt('dlv', range.toMs),
    limit: windowRows,
  });
  const taken = seen.filter(
    (row) =>
      coversType(range.events, row.event_type) && (range.instanceId === null || row.instance_id === range.instanceId),
  );
  const rows = taken.slice(0, limit);
  if (taken.length > limit) return { rows, upTo: rows.at(-1)?.id ?? after, more: true };
  return { rows, upTo: seen.at(-1)?.id ?? after, more: seen.length === windowRows };
}

/** The deliveries of some events to one endpoint, by event. */
export async function readDeliveriesOf(
  from: Tx | Reader,
  endpointId: Id<'end'>,
  eventIds: readonly Id<'evt'>[],
): Promise<ReadonlyMap<Id<'evt'>, Ended & Pick<DeliveryRow, 'status'>>> {
  if (eventIds.length === 0) return new Map();
  const rows = await selectDeliveriesOfEvents(from, endpointId, eventIds);
  return new Map(rows.map((row) => [row.event_id, row]));
}
