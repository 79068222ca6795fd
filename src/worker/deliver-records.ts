import type { Db, Tx } from '../db/index.ts';
import { type EventRow, listAnyEvents, recordEndpointChange } from '../domain/events/index.ts';
import {
  type AttemptPolicy,
  type AttemptVerdict,
  holdDisabledLane,
  judgeAttempt,
  readTargets,
  recordAttempt,
  type Target,
} from '../domain/webhooks/index.ts';
import { finishJob, retryJob, type TakenJob } from '../lanes/index.ts';
import { type Id, isId, retryDelay } from '../lib/index.ts';
import type { EgressOutcome, Vault } from '../platform/index.ts';

/** What is posted: a delivery with its endpoint, and the event. */
export type Post = { readonly target: Target; readonly event: EventRow };

/** By what the jobs refer to; a delivery whose endpoint or event is gone is missing. */
export async function readPosts(tx: Tx, vault: Vault, jobs: readonly TakenJob[]): Promise<ReadonlyMap<string, Post>> {
  const targets = await readTargets(tx, vault, jobs.map(deliveryOf), tx.now);
  const eventIds = [...new Set([...targets.values()].map(({ eventId }) => eventId))];
  const events = new Map((await listAnyEvents(tx, eventIds)).map((event) => [event.id, event]));
  const posts = new Map<string, Post>();
  for (const [id, target] of targets) {
    const event = events.get(target.eventId);
    if (event) posts.set(id, { target, event });
  }
  return posts;
}

/**
 * Puts a job back that may not be posted now: its endpoint was disabled, or the schedule has a wait before the first
 * attempt. False when it may be posted.
 */
export async function postponeJob(
  db: Db,
  vault: Vault,
  job: TakenJob,
  target: Target,
  policy: AttemptPolicy,
): Promise<boolean> {
  if (!target.enabled) {
    await db.txVolatile(async (tx) => {
      await retryJob(tx, job, 0);
      // Asked again: parking a lane whose endpoint has just been enabled would hold it for ever.
      const present = (await readTargets(tx, vault, [target.deliveryId], tx.now)).get(target.deliveryId);
      if (present?.enabled === false) {
        await holdDisabledLane(tx, { id: target.endpointId, customerId: target.customerId });
      }
    });
    return true;
  }
  const isFirstTake = target.cycleAttempts === 0 && job.attempts === 1;
  const waitMs = isFirstTake ? (retryDelay(target.retryWaitsMs ?? policy.retryWaitsMs, 0, policy.random) ?? 0) : 0;
  if (waitMs === 0) return false;
  await db.txVolatile((tx) => retryJob(tx, job, target.dueAt + waitMs));
  return true;
}

/** For a delivery that is no more: nobody would ever finish its job. */
export const dropJob = (db: Db, job: TakenJob): Promise<void> => db.txVolatile((tx) => finishJob(tx, job));

export type Recorded = { readonly verdict: AttemptVerdict; readonly disabled: boolean };

/**
 * The job, the attempt, and what it means for delivery and endpoint. The job comes first: it is the fence, and throws
 * `LaneLost` before anything is written. Announces the lane.
 */
export async function recordOutcome(
  tx: Tx,
  job: TakenJob,
  post: Post,
  outcome: EgressOutcome,
  startedAtMs: number,
  policy: AttemptPolicy,
): Promise<Recorded> {
  const verdict = judgeAttempt(post.target, outcome, tx.now, policy);
  if (verdict.kind === 'retry') await retryJob(tx, job, verdict.notBefore);
  else await finishJob(tx, job);
  const change = await recordAttempt(tx, post.target, verdict, outcome, startedAtMs, policy);
  if (change) await recordEndpointChange(tx, change);
  tx.announce(job.lane);
  return { verdict, disabled: change?.kind === 'disabled' };
}

function deliveryOf(job: TakenJob): Id<'dlv'> {
  if (!isId('dlv', job.ref)) throw new Error(`job ${job.id} of ${job.lane} refers to no delivery`);
  return job.ref;
}
