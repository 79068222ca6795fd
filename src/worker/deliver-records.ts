import type { Db, Tx } from '../db/index.ts';
import { type EventRow, listAnyEvents, recordEndpointDisabled } from '../domain/events/index.ts';
import {
  type AttemptPolicy,
  holdDisabledLane,
  type RecordedAttempt,
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
      if (present?.enabled === false)
        await holdDisabledLane(tx, { id: target.endpointId, customerId: target.customerId });
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

/**
 * The attempt, what it means for delivery and endpoint, and the job, in one transaction that is fenced by the job. It
 * does not wait for the disk: what a power cut undoes here is posted again under the same event id. Announces the lane.
 */
export const recordOutcome = (
  db: Db,
  job: TakenJob,
  post: Post,
  outcome: EgressOutcome,
  startedAtMs: number,
  policy: AttemptPolicy,
): Promise<RecordedAttempt | undefined> =>
  db.txVolatile(async (tx) => {
    const recorded = await recordAttempt(tx, post.target, outcome, startedAtMs, policy);
    if (recorded?.disabled) await recordEndpointDisabled(tx, recorded.disabled);
    if (recorded?.verdict.kind === 'retry') await retryJob(tx, job, recorded.verdict.notBefore);
    else await finishJob(tx, job);
    tx.announce(job.lane);
    return recorded;
  });

function deliveryOf(job: TakenJob): Id<'dlv'> {
  if (!isId('dlv', job.ref)) throw new Error(`job ${job.id} of ${job.lane} refers to no delivery`);
  return job.ref;
}
