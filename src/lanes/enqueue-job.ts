import type { Reader, Tx } from '../db/index.ts';
import {
  countJobs,
  deleteUntakenJob,
  insertJob,
  insertLane,
  selectJobByRef,
  updateFirstJobUnblocked,
  updateJobsDue,
  updateJobsOrderKey,
  updateLaneReadySooner,
  updateLaterJobsBlocked,
  updateUntakenJobDue,
} from './lanes.sql.ts';
import { shardOf } from './shard.ts';
import type { Lane, NewJob } from './types.ts';

/** The lane's name, which is also the topic that is announced when it has work. */
export const laneKey = (lane: Pick<Lane, 'family' | 'scopeId'>): string => `${lane.family}/${lane.scopeId}`;

/** Puts a job at the end of its lane, in the caller's transaction. Answers the job's number: a lane is in their order. */
export async function enqueueJob(tx: Tx, lane: Lane, job: NewJob): Promise<number> {
  const key = laneKey(lane);
  const notBefore = job.notBefore ?? 0;
  await insertLane(tx, { ...lane, key, shard: shardOf(lane.scopeId) });
  const { id } = await insertJob(tx, { ...job, lane: key, notBefore });
  await updateLaneReadySooner(tx, key, notBefore);
  tx.announce(key);
  return id;
}

/** Takes a job out of its lane before a worker has taken it. False when it is too late. */
export async function withdrawJob(tx: Tx, lane: Pick<Lane, 'family' | 'scopeId'>, ref: string): Promise<boolean> {
  const key = laneKey(lane);
  const withdrawn = await deleteUntakenJob(tx, key, ref);
  if (!withdrawn) return false;
  await updateFirstJobUnblocked(tx, key, withdrawn.order_key);
  // Those behind it need not wait for what it waited for.
  await updateLaneReadySooner(tx, key, tx.now);
  tx.announce(key);
  return true;
}

/** Lets a job go on that waits for a later moment. One that a worker has taken is left alone. */
export async function makeJobDue(tx: Tx, lane: Pick<Lane, 'family' | 'scopeId'>, ref: string): Promise<void> {
  const key = laneKey(lane);
  await updateUntakenJobDue(tx, key, ref);
  await updateLaneReadySooner(tx, key, 0);
  tx.announce(key);
}

/** Lets every job of a lane go on that waits for a later moment, for when what they waited for will not come. */
export async function makeLaneDue(tx: Tx, lane: Pick<Lane, 'family' | 'scopeId'>): Promise<void> {
  const key = laneKey(lane);
  await updateJobsDue(tx, key);
  await updateLaneReadySooner(tx, key, 0);
  tx.announce(key);
}

/** Two order keys turn out to be one: their jobs are done one after the other from now on, in the order of their numbers. */
export async function mergeOrderKeys(
  tx: Tx,
  lane: Pick<Lane, 'family' | 'scopeId'>,
  from: string,
  into: string,
): Promise<void> {
  const key = laneKey(lane);
  await updateJobsOrderKey(tx, key, from, into);
  await updateFirstJobUnblocked(tx, key, into);
  await updateLaterJobsBlocked(tx, key, into);
}

/** How many jobs wait in a lane, counted no further than `limit`. */
export const readDepth = (from: Tx | Reader, lane: Pick<Lane, 'family' | 'scopeId'>, limit: number): Promise<number> =>
  countJobs(from, laneKey(lane), limit);

/** A job's place in its lane, 1 for the next; undefined when it is not waiting. Counted no further than `limit`. */
export async function readPlace(
  from: Tx | Reader,
  lane: Pick<Lane, 'family' | 'scopeId'>,
  ref: string,
  limit: number,
): Promise<number | undefined> {
  const job = await selectJobByRef(from, laneKey(lane), ref);
  return job && countJobs(from, job.lane, limit, job.id);
}
