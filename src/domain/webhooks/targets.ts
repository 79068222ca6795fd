import type { Reader, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { Vault } from '../../platform/index.ts';
import { selectAnyTargets, type TargetRow } from './deliveries.sql.ts';
import { asOrdering, type Ordering, parseWaits } from './endpoint.ts';
import { type OwnHeaders, openHeaders } from './endpoint-headers.ts';
import { openSecrets } from './endpoint-secrets.ts';

/** A delivery with all that an attempt has to know of its endpoint. */
export type Target = {
  readonly deliveryId: Id<'dlv'>;
  readonly customerId: Id<'cus'>;
  readonly endpointId: Id<'end'>;
  readonly eventId: Id<'evt'>;
  /** False while the endpoint is disabled: then nothing is posted. */
  readonly enabled: boolean;
  readonly url: string;
  /** Those that its owner wants. */
  readonly headers: OwnHeaders;
  /** All that sign now, the newest first. */
  readonly secrets: readonly string[];
  /** Before each attempt of a cycle, the first included; null for the installation's. */
  readonly retryWaitsMs: readonly number[] | null;
  /** Attempts since the delivery was made, replayed or redriven. */
  readonly cycleAttempts: number;
  /** Attempts of all cycles. */
  readonly attempts: number;
  /** When the next attempt is due, before jitter. */
  readonly dueAt: number;
  readonly ordering: Ordering;
  /** True when a success is to bring back what had failed. */
  readonly recovers: boolean;
  /** Since when nothing has got through to its endpoint. */
  readonly unansweredSince: number | null;
};

/** For the deliver loop: targets by the ids of their deliveries. Deliveries of deleted endpoints are left out. */
export async function readTargets(
  from: Tx | Reader,
  vault: Vault,
  ids: readonly Id<'dlv'>[],
  nowMs: number,
): Promise<ReadonlyMap<Id<'dlv'>, Target>> {
  const rows = await selectAnyTargets(from, ids);
  const live = rows.filter((row) => row.deleted_at === null);
  return new Map(live.map((row) => [row.id, toTarget(row, vault, nowMs)]));
}

function toTarget(row: TargetRow, vault: Vault, nowMs: number): Target {
  return {
    deliveryId: row.id,
    customerId: row.customer_id,
    endpointId: row.endpoint_id,
    eventId: row.event_id,
    enabled: row.enabled === 1,
    url: row.url,
    headers: openHeaders(vault, row.endpoint_id, row.headers),
    secrets: openSecrets(vault, { ...row, id: row.endpoint_id }, nowMs),
    retryWaitsMs: parseWaits(row.retry_schedule),
    cycleAttempts: row.cycle_attempts,
    attempts: row.attempts,
    dueAt: row.next_attempt_at ?? row.created_at,
    ordering: asOrdering(row.ordering),
    unansweredSince: row.unanswered_since,
    recovers: row.failing_since !== null && row.redrive === 1,
  };
}
