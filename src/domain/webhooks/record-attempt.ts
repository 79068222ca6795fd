import type { Tx } from '../../db/index.ts';
import { newId, type Random, retryDelay } from '../../lib/index.ts';
import type { EgressOutcome } from '../../platform/index.ts';
import { systemCaller } from '../customers/index.ts';
import { disableEndpoint } from './change-endpoint.ts';
import { insertAttempt, selectAnyTargets, type TargetRow, updateDelivery } from './deliveries.sql.ts';
import type { Endpoint } from './endpoint.ts';
import { updateEndpointFailing } from './endpoints.sql.ts';
import { redriveDeliveries } from './redrive-deliveries.ts';
import { parseRetryAfter } from './retry-after.ts';
import type { Target } from './targets.ts';

export type AttemptPolicy = {
  /** Before each attempt, the first included, unless the endpoint has its own. */
  readonly retryWaitsMs: readonly number[];
  /** The longest wait that a receiver can ask for by `Retry-After`. */
  readonly retryAfterMaxMs: number;
  readonly random: Random;
};

export type AttemptVerdict =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly notBefore: number }
  | { readonly kind: 'failed' };

/** One try, over: what came of it, and the endpoint when this try was the one that disabled it. */
export type RecordedAttempt = {
  readonly verdict: AttemptVerdict;
  readonly number: number;
  readonly disabled: Endpoint | undefined;
};

const goneStatusCode = 410;

/**
 * Writes down an attempt and moves its delivery: `delivered` by any 2xx, else `retrying` by the schedule and the
 * receiver's wish, else `failed`. 410 disables the endpoint, whose other deliveries are held. Undefined when the delivery
 * or its endpoint is gone. The job is the caller's.
 */
export async function recordAttempt(
  tx: Tx,
  target: Target,
  outcome: EgressOutcome,
  startedAtMs: number,
  policy: AttemptPolicy,
): Promise<RecordedAttempt | undefined> {
  const [row] = await selectAnyTargets(tx, [target.deliveryId]);
  if (!row || row.deleted_at !== null) return undefined;
  const verdict = judge(row.cycle_attempts + 1, target.retryWaitsMs ?? policy.retryWaitsMs, outcome, tx.now, policy);
  const number = row.attempts + 1;
  await insertAttempt(tx, attemptColumns(tx, row, outcome, number, startedAtMs));
  await updateDelivery(tx, row.customer_id, row.id, {
    status: verdict.kind === 'retry' ? 'retrying' : verdict.kind,
    attempts: number,
    cycle_attempts: row.cycle_attempts + 1,
    next_attempt_at: verdict.kind === 'retry' ? verdict.notBefore : null,
    last_error: verdict.kind === 'delivered' ? null : describe(outcome),
    last_response_status: outcome.kind === 'answered' ? outcome.statusCode : null,
    delivered_at: verdict.kind === 'delivered' ? tx.now : null,
  });
  await followUp(tx, row, verdict);
  return { verdict, number, disabled: await disableGone(tx, row, outcome) };
}

function judge(
  attemptsMade: number,
  waitsMs: readonly number[],
  outcome: EgressOutcome,
  nowMs: number,
  policy: AttemptPolicy,
): AttemptVerdict {
  if (isSuccess(outcome)) return { kind: 'delivered' };
  const scheduledMs = retryDelay(waitsMs, attemptsMade, policy.random);
  if (scheduledMs === undefined) return { kind: 'failed' };
  const asked = outcome.kind === 'answered' ? outcome.headers['retry-after'] : undefined;
  const askedMs = Math.min(parseRetryAfter(asked, nowMs) ?? 0, policy.retryAfterMaxMs);
  return { kind: 'retry', notBefore: nowMs + Math.max(scheduledMs, askedMs) };
}

const isSuccess = (outcome: EgressOutcome): boolean =>
  outcome.kind === 'answered' && outcome.statusCode >= 200 && outcome.statusCode < 300;

/** `http_503`, or why there was no answer: short, and the same for the same cause. */
function describe(outcome: EgressOutcome): string {
  if (outcome.kind === 'failed') return `${outcome.code}: ${outcome.message}`;
  const redirects = outcome.statusCode >= 300 && outcome.statusCode < 400;
  return redirects ? `http_${outcome.statusCode}: redirects are not followed` : `http_${outcome.statusCode}`;
}

function attemptColumns(tx: Tx, row: TargetRow, outcome: EgressOutcome, number: number, startedAtMs: number) {
  const { connectMs, totalMs } = outcome.timings;
  return {
    id: newId('att', tx.now),
    delivery_id: row.id,
    number,
    started_at: startedAtMs,
    duration_ms: Math.round(totalMs),
    connect_ms: connectMs === undefined ? null : Math.round(connectMs),
    response_status: outcome.kind === 'answered' ? outcome.statusCode : null,
    response_body: outcome.kind === 'answered' ? outcome.bodyText : null,
    error: isSuccess(outcome) ? null : describe(outcome),
  };
}

/** An endpoint that answers again gets, once, what had failed. */
async function followUp(tx: Tx, row: TargetRow, verdict: AttemptVerdict): Promise<void> {
  if (verdict.kind === 'failed' && row.failing_since === null) {
    await updateEndpointFailing(tx, row.customer_id, row.endpoint_id, tx.now);
  }
  if (verdict.kind === 'delivered' && row.failing_since !== null && row.redrive === 1) {
    await redriveDeliveries(tx, row);
  }
}

async function disableGone(tx: Tx, row: TargetRow, outcome: EgressOutcome): Promise<Endpoint | undefined> {
  if (outcome.kind !== 'answered' || outcome.statusCode !== goneStatusCode || row.enabled === 0) return undefined;
  return disableEndpoint(tx, systemCaller(row.customer_id), row.endpoint_id, 'gone');
}
