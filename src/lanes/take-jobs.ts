import type { Tx } from '../db/index.ts';
import type { Id } from '../lib/index.ts';
import {
  countTakenJobs,
  deleteTakenJob,
  never,
  selectFreshJobs,
  selectLane,
  selectNextDue,
  selectPauseOf,
  selectWaitedJobs,
  updateFirstJobUnblocked,
  updateJobTaken,
  updateLaneOwner,
  updateLaneParked,
  updateLaneReady,
  updateLaneReadySooner,
  updateTakenJobReleased,
} from './lanes.sql.ts';
import type { ParkedBy, TakenJob } from './types.ts';

export type Taking =
  | { readonly kind: 'taken'; readonly jobs: readonly TakenJob[] }
  /** Nothing is due, or as many are in flight as may be. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'parked' }
  | { readonly kind: 'not_ours' };

/** A write by a worker that no longer owns the lane. Its transaction rolls back; the lane's owner does the job again. */
export class LaneLost extends Error {
  override readonly name = 'LaneLost';
}

/**
 * Takes jobs from the head of a lane that `worker` owns, at most `inFlightMax` at once, and of each order key only the
 * oldest. A lane that a pause holds is parked instead.
 */
export async function takeJobs(
  tx: Tx,
  input: { lane: string; worker: Id<'wrk'>; inFlightMax: number },
): Promise<Taking> {
  const lane = await readOwnLane(tx, input.lane, input.worker);
  if (!lane) return { kind: 'not_ours' };
  if (lane.parked_by !== null) return { kind: 'parked' };

  const pause = await selectPauseOf(
    tx,
    { family: lane.family, customerId: lane.customer_id, scopeId: lane.scope_id },
    tx.now,
  );
  if (pause) {
    await parkLane(tx, lane.key, `pause:${pause.id}`);
    return { kind: 'parked' };
  }

  const room = input.inFlightMax - (await countTakenJobs(tx, lane.key));
  const due = room > 0 ? await selectDueJobs(tx, lane.key, room) : [];
  if (due.length === 0) {
    // Whoever finishes a job in flight makes the lane ready again.
    const next = await selectNextDue(tx, lane.key);
    await updateLaneReady(tx, lane.key, next ?? never);
    return { kind: 'idle' };
  }
  for (const job of due) await updateJobTaken(tx, job.id, input.worker, lane.epoch);
  return {
    kind: 'taken',
    jobs: due.map((job) => ({
      id: job.id,
      lane: job.lane,
      kind: job.kind,
      ref: job.ref,
      orderKey: job.order_key,
      attempts: job.attempts + 1,
      worker: input.worker,
      epoch: lane.epoch,
    })),
  };
}

/** Those that had to wait go first: a lane that never runs dry would keep them for ever. */
async function selectDueJobs(tx: Tx, lane: string, limit: number) {
  const waited = await selectWaitedJobs(tx, lane, limit);
  return waited.length === limit ? waited : [...waited, ...(await selectFreshJobs(tx, lane, limit - waited.length))];
}

/** The lane if it is ours; one that was born a moment ago and has no owner yet becomes ours. */
export async function readOwnLane(tx: Tx, key: string, worker: Id<'wrk'>) {
  const lane = await selectLane(tx, key);
  if (lane?.owner === worker) return lane;
  if (lane?.owner !== null) return undefined;
  await updateLaneOwner(tx, key, worker);
  return selectLane(tx, key);
}

/** Removes a job that is done, and gives its lane the next turn. Throws `LaneLost` when it is no longer ours. */
export async function finishJob(tx: Tx, job: TakenJob): Promise<void> {
  const done = await deleteTakenJob(tx, job.id, job.worker, job.epoch);
  if (!done) throw new LaneLost(`job ${job.id} of ${job.lane} is not ours any more`);
  await updateFirstJobUnblocked(tx, job.lane, done.order_key);
  await updateLaneReadySooner(tx, job.lane, tx.now);
}

/** Puts a job back in its old place, to be taken again from `notBefore` on (milliseconds since the epoch, 0 for at once). */
export async function retryJob(tx: Tx, job: TakenJob, notBefore: number): Promise<void> {
  const { numUpdatedRows } = await updateTakenJobReleased(tx, job.id, job.worker, job.epoch, notBefore);
  if (numUpdatedRows === 0n) throw new LaneLost(`job ${job.id} of ${job.lane} is not ours any more`);
  await updateLaneReadySooner(tx, job.lane, Math.max(notBefore, tx.now));
}

/** Holds a whole lane until `unparkLane` or `unparkLanes`. */
export async function parkLane(tx: Tx, lane: string, by: ParkedBy): Promise<void> {
  await updateLaneParked(tx, lane, by);
}
