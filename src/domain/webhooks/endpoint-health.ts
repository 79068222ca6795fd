import type { Tx } from '../../db/index.ts';
import { systemCaller } from '../customers/index.ts';
import { disableEndpoint } from './change-endpoint.ts';
import type { DisabledReason, Endpoint } from './endpoint.ts';
import { updateEndpointAnswered, updateEndpointFailing, updateEndpointUnanswered } from './endpoints.sql.ts';
import { requireEndpoint } from './read-endpoints.ts';
import type { Target } from './targets.ts';

/** What an attempt has changed about an endpoint, for an event. */
export type EndpointChange = {
  readonly kind: 'failing' | 'recovered' | 'disabled';
  readonly endpoint: Endpoint;
  /** Since when nothing has got through, in milliseconds since the epoch; null where that is not the point. */
  readonly since: number | null;
};

/**
 * A delivery has failed for good. The first one says that the endpoint is failing; one after `disableAfterMs` without any success
 * disables it (never, when that is 0).
 */
export async function recordFailing(
  tx: Tx,
  { customerId, endpointId }: Target,
  disableAfterMs: number,
): Promise<EndpointChange | undefined> {
  await updateEndpointFailing(tx, customerId, endpointId, tx.now);
  const { numUpdatedRows } = await updateEndpointUnanswered(tx, customerId, endpointId);
  const endpoint = await requireEndpoint(tx, systemCaller(customerId), endpointId);
  const since = endpoint.unansweredSince ?? tx.now;
  if (numUpdatedRows > 0n) return { kind: 'failing', endpoint, since };
  if (disableAfterMs === 0 || tx.now - since < disableAfterMs) return undefined;
  return disableAlone(tx, endpoint, 'failing', since);
}

/** A delivery got through to an endpoint to which none had. */
export async function recordRecovered(
  tx: Tx,
  { customerId, endpointId, unansweredSince }: Target,
): Promise<EndpointChange | undefined> {
  if (unansweredSince === null) return undefined;
  const { numUpdatedRows } = await updateEndpointAnswered(tx, customerId, endpointId);
  if (numUpdatedRows === 0n) return undefined;
  const endpoint = await requireEndpoint(tx, systemCaller(customerId), endpointId);
  return { kind: 'recovered', endpoint, since: unansweredSince };
}

/** It has said by 410 that it wants nothing more. */
export async function recordGone(tx: Tx, { customerId, endpointId }: Target): Promise<EndpointChange | undefined> {
  return disableAlone(tx, await requireEndpoint(tx, systemCaller(customerId), endpointId), 'gone', null);
}

/** Undefined when another attempt, or its owner, has disabled it already. */
async function disableAlone(
  tx: Tx,
  endpoint: Endpoint,
  reason: DisabledReason,
  since: number | null,
): Promise<EndpointChange | undefined> {
  if (!endpoint.enabled) return undefined;
  const caller = systemCaller(endpoint.customerId);
  return { kind: 'disabled', endpoint: await disableEndpoint(tx, caller, endpoint.id, reason), since };
}
