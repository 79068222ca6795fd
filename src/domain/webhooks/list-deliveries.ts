import type { Reader, Tx } from '../../db/index.ts';
import { firstIdAt, type Id } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import type { Caller } from '../customers/index.ts';
import {
  type AttemptRow,
  type DeliveryRow,
  selectAttempts,
  selectDeliveries,
  selectDelivery,
} from './deliveries.sql.ts';
import { seenInstanceIds } from './endpoint.ts';
import { type EventNames, listTypes } from './event-types.ts';

type DeliveryStatus = 'pending' | 'retrying' | 'delivered' | 'failed';

type DeliveryQuery = {
  readonly statuses?: readonly DeliveryStatus[] | undefined;
  readonly events?: EventNames | undefined;
  readonly endpointId?: Id<'end'> | undefined;
  readonly instanceId?: Id<'ins'> | undefined;
  /** Made from this moment on, and before this one, in milliseconds since the epoch. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly before: Id<'dlv'> | null;
  readonly limit: number;
};

/** Attempts told of one delivery, the latest of them; replays can make any number. */
const attemptsShownMax = 100;

/** Newest first, those before `before`. */
export function listDeliveries(from: Tx | Reader, caller: Caller, query: DeliveryQuery): Promise<DeliveryRow[]> {
  return selectDeliveries(from, caller.customerId, seenBy(caller), {
    statuses: query.statuses ?? null,
    eventTypes: query.events === undefined ? null : listTypes(query.events),
    endpointId: query.endpointId ?? null,
    instanceId: query.instanceId ?? null,
    from: query.fromMs === undefined ? null : firstIdAt('dlv', query.fromMs),
    to: query.toMs === undefined ? null : firstIdAt('dlv', query.toMs),
    before: query.before,
    limit: query.limit,
  });
}

/** A delivery that this caller may see; throws `delivery_not_found`, whoever else may have it. */
export async function requireDelivery(from: Tx | Reader, caller: Caller, id: Id<'dlv'>): Promise<DeliveryRow> {
  const row = await selectDelivery(from, caller.customerId, seenBy(caller), id);
  if (!row) throw new GatewayError('delivery_not_found', { id });
  return row;
}

/** The attempts of a delivery, the latest first. Whether the caller may see the delivery is asked before. */
export const listAttempts = (from: Tx | Reader, delivery: Pick<DeliveryRow, 'id'>): Promise<AttemptRow[]> =>
  selectAttempts(from, delivery.id, attemptsShownMax);

/** A bound key sees the deliveries of its own endpoints; what a customer's other endpoints answer is none of its business. */
function seenBy(caller: Caller) {
  const instanceIds = seenInstanceIds(caller);
  return caller.instanceId && instanceIds ? { instanceId: caller.instanceId, instanceIds } : null;
}
