import type { Tx } from '../../db/index.ts';
import { newId, type Random, retryDelay } from '../../lib/index.ts';
import type { EgressOutcome } from '../../platform/index.ts';
import { insertAttempt, updateDelivery } from './deliveries.sql.ts';
import { type EndpointChange, recordFailing, recordGone, recordRecovered } from './endpoint-health.ts';
import { redriveDeliveries } from './redrive-deliveries.ts';
import { parseRetryAfter } from './retry-after.ts';
import type { Target } from './targets.ts';

export type AttemptPolicy = {
  /** Before each attempt, the first included, unless the endpoint has its own. */
  readonly retryWaitsMs: readonly number[];
  /** The longest wait that a receiver can ask for by `Retry-After`. */
  readonly retryAfterMaxMs: number;
  /** An endpoint to which nothing gets through for so long is disabled; 0 for never. */
  readonly disableAfterMs: number;
  readonly random: Random;
};

export type AttemptVerdict =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly notBefore: number }
  | { readonly kind: 'failed' };

const goneStatusCode = 410;

/** What an attempt means: `delivered` by any 2xx, else another try by the schedule and the receiver's wish, else `failed`. */
export function judgeAttempt(
  target: Target,
  outcome: EgressOutcome,
  nowMs: number,
  policy: AttemptPolicy,
): AttemptVerdict {
  if (isSuccess(outcome)) return { kind: 'delivered' };
  const waitsMs = target.retryWaitsMs ?? policy.retryWaitsMs;
  const scheduledMs = retryDelay(waitsMs, target.cycleAttempts + 1, policy.random);
  if (scheduledMs === undefined) return { kind: 'failed' };
  const asked = outcome.kind === 'answered' ? outcome.headers['retry-after'] : undefined;
  const askedMs = Math.min(parseRetryAfter(asked, nowMs) ?? 0, policy.retryAfterMaxMs);
  return { kind: 'retry', notBefore: nowMs + Math.max(scheduledMs, askedMs) };
}

/**
 * Writes down an attempt and moves its delivery. Answers what that changes about the endpoint: 410 disables it, and its other
 * deliveries are held. The job is the caller's, who has made sure that it still holds it.
 */
export async function recordAttempt(
  tx: Tx,
  target: Target,
  verdict: AttemptVerdict,
  outcome: EgressOutcome,
  startedAtMs: number,
  policy: Pick<AttemptPolicy, 'disableAfterMs'>,
): Promise<EndpointChange | undefined> {
  await insertAttempt(tx, attemptColumns(tx, target, outcome, startedAtMs));
  await updateDelivery(tx, target.customerId, target.deliveryId, {
    status: verdict.kind === 'retry' ? 'retrying' : verdict.kind,
    attempts: target.attempts + 1,
    cycle_attempts: target.cycleAttempts + 1,
    next_attempt_at: verdict.kind === 'retry' ? verdict.notBefore : null,
    last_error: verdict.kind === 'delivered' ? null : describe(outcome),
    last_response_status: outcome.kind === 'answered' ? outcome.statusCode : null,
    delivered_at: verdict.kind === 'delivered' ? tx.now : null,
  });
  // An endpoint that answers again gets, once, what had failed.
  if (verdict.kind === 'delivered' && target.recovers) await redriveDeliveries(tx, target);
  if (verdict.kind === 'delivered') return recordRecovered(tx, target);
  const gone = isGone(outcome);
  const disableAfterMs = gone ? 0 : policy.disableAfterMs;
  const failing = verdict.kind === 'failed' ? await recordFailing(tx, target, disableAfterMs) : undefined;
  return gone ? recordGone(tx, target) : failing;
}

const isGone = (outcome: EgressOutcome): boolean =>
  outcome.kind === 'answered' && outcome.statusCode === goneStatusCode;

const isSuccess = (outcome: EgressOutcome): boolean =>
  outcome.kind === 'answered' && outcome.statusCode >= 200 && outcome.statusCode < 300;

/** `http_503`, or why there was no answer: short, and the same for the same cause. */
function describe(outcome: EgressOutcome): string {
  if (outcome.kind === 'failed') return `${outcome.code}: ${outcome.message}`;
  const redirects = outcome.statusCode >= 300 && outcome.statusCode < 400;
  return redirects ? `http_${outcome.statusCode}: redirects are not followed` : `http_${outcome.statusCode}`;
}

function attemptColumns(tx: Tx, target: Target, outcome: EgressOutcome, startedAtMs: number) {
  const { connectMs, totalMs } = outcome.timings;
  return {
    id: newId('att', tx.now),
    delivery_id: target.deliveryId,
    number: target.attempts + 1,
    started_at: startedAtMs,
    duration_ms: Math.round(totalMs),
    connect_ms: connectMs === undefined ? null : Math.round(connectMs),
    response_status: outcome.kind === 'answered' ? outcome.statusCode : null,
    response_body: outcome.kind === 'answered' ? outcome.bodyText : null,
    error: isSuccess(outcome) ? null : describe(outcome),
  };
}
