import type { Reader, Tx } from '../../db/index.ts';
import { firstIdAt, type Id } from '../../lib/index.ts';
import type { Caller } from '../customers/index.ts';
import {
  type Endpoint,
  type EventFilter,
  readDeliveriesOf,
  type restartDelivery,
  scanDeliveries,
} from '../webhooks/index.ts';
import type { EventRow } from './events.sql.ts';
import { listAnyEvents, scanEvents } from './scan-events.ts';

/** What is to be delivered again: deliveries that have ended, or events whether or not they were delivered. */
export type ReplayWish =
  | (Range & { readonly source: 'deliveries'; readonly status: 'failed' | 'delivered' })
  | (Range & { readonly source: 'events'; readonly undeliveredOnly: boolean });

type Range = {
  readonly events: EventFilter['events'];
  readonly instanceId: Id<'ins'> | null;
  /** Recorded from this moment on, and before this one, in milliseconds since the epoch. */
  readonly fromMs: number;
  readonly toMs: number;
};

type Restart = Parameters<typeof restartDelivery>[2];

export type Replayable = {
  /** Deliveries that begin anew. */
  readonly restarts: readonly Restart[];
  /** Events that have no delivery to this endpoint yet. */
  readonly additions: readonly EventRow[];
  /** What is being tried anyway, or was not wanted. */
  readonly skipped: number;
  readonly upTo: string | null;
  readonly more: boolean;
};

/** The next of what a wish means for one endpoint, behind `after`, at most `limit`: looks at a bounded number of rows. */
export async function findReplayable(
  from: Tx | Reader,
  caller: Caller,
  endpoint: Endpoint,
  wish: ReplayWish,
  place: { readonly after: string | null; readonly limit: number },
): Promise<Replayable> {
  const { limit } = place;
  if (wish.source === 'deliveries') {
    const range = { ...wish, instanceId: wish.instanceId ?? caller.instanceId };
    const { rows, upTo, more } = await scanDeliveries(from, endpoint.id, range, {
      after: asPlace<'dlv'>(place),
      limit,
    });
    return { restarts: rows, additions: [], skipped: 0, upTo, more };
  }
  const filter: EventFilter = {
    events: wish.events,
    instanceIds: wish.instanceId && [wish.instanceId],
    chatTypes: 'all',
    chatIds: null,
  };
  const after = asPlace<'evt'>(place) ?? firstIdAt('evt', wish.fromMs);
  const stretch = { after, before: firstIdAt('evt', wish.toMs), limit };
  const { ids, upTo, more } = await scanEvents(from, caller, [endpoint, filter], stretch);
  const known = await readDeliveriesOf(from, endpoint.id, ids);
  const restarts = [...known.values()].filter(
    ({ status }) => status === 'failed' || (status === 'delivered' && !wish.undeliveredOnly),
  );
  const additions = await listAnyEvents(
    from,
    ids.filter((id) => !known.has(id)),
  );
  return { restarts, additions, skipped: known.size - restarts.length, upTo, more };
}

/** It is what was answered for the same wish before. */
function asPlace<P extends 'evt' | 'dlv'>({ after }: { readonly after: string | null }): Id<P> | null {
  return after as Id<P> | null;
}
