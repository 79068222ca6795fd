import type { Db, NewRow, Reader, Tx } from '../db/index.ts';
import type { Id } from '../lib/index.ts';
import { laneKey } from './enqueue-job.ts';
import {
  deleteDeadWorkers,
  deleteOtherWorkers,
  deleteWorker,
  insertLane,
  selectBacklog,
  selectLane,
  selectLanesToAdopt,
  selectReadyLanes,
  updateJobsUntaken,
  updateLaneEpoch,
  updateLaneOwner,
  updateWorkerLease,
  upsertWorker,
} from './lanes.sql.ts';
import { shardOf } from './shard.ts';
import { LaneLost, readOwnLane } from './take-jobs.ts';
import type { Family, Lane } from './types.ts';

const adoptBatch = 500;

/** Writes the worker's row with its first lease, and clears away rows of workers whose lease is long over. */
export async function registerWorker(tx: Tx, worker: NewRow<'workers'>): Promise<void> {
  await deleteDeadWorkers(tx);
  await upsertWorker(tx, worker);
}

/**
 * Ends every other worker's claim, for a process that knows itself alone: it holds the data folder, so whoever held it
 * before is gone, and waiting for a dead lease to end would only keep everybody waiting.
 */
export async function retireOthers(tx: Tx, id: Id<'wrk'>): Promise<void> {
  await deleteOtherWorkers(tx, id);
}

/** Extends the lease to `leaseUntil` (milliseconds since the epoch). False when the row is gone: the lease is lost. */
export async function renewLease(tx: Tx, id: Id<'wrk'>, leaseUntil: number): Promise<boolean> {
  const { numUpdatedRows } = await updateWorkerLease(tx, id, leaseUntil);
  return numUpdatedRows > 0n;
}

/** Gives up the lease at once, so that others need not wait for its end. */
export async function retireWorker(tx: Tx, id: Id<'wrk'>): Promise<void> {
  await deleteWorker(tx, id);
}

/**
 * Takes over lanes that nobody owns or whose owner's lease has ended: the epoch goes up, so whatever the former owner
 * still writes fails, and jobs it had taken go back to the head. Answers true when there are more.
 */
export async function adoptLanes(tx: Tx, worker: Id<'wrk'>): Promise<boolean> {
  const lanes = await selectLanesToAdopt(tx, worker, adoptBatch);
  for (const { key } of lanes) {
    await updateLaneOwner(tx, key, worker);
    await updateJobsUntaken(tx, key);
    tx.announce(key);
  }
  return lanes.length === adoptBatch;
}

/** Lanes of ours that are due, the longest waiting first. */
export async function listReadyLanes(
  db: Db,
  input: { worker: Id<'wrk'>; family: Family; atMs: number; limit: number },
): Promise<readonly string[]> {
  const rows = await selectReadyLanes(db.read, input.worker, input.family, input.atMs, input.limit);
  return rows.map(({ key }) => key);
}

/** Waiting and taken jobs of each family. */
export const readBacklog = (reader: Reader) => selectBacklog(reader);

/** Makes sure that a lane exists and that `worker` owns it. Answers the epoch to write under; undefined when it is another's. */
export async function ownLane(tx: Tx, lane: Lane, worker: Id<'wrk'>): Promise<number | undefined> {
  const key = laneKey(lane);
  await insertLane(tx, { ...lane, key, shard: shardOf(lane.scopeId) });
  return (await readOwnLane(tx, key, worker))?.epoch;
}

/** Voids every claim on a lane, also its owner's, who has to own it anew. Jobs in flight are not touched. */
export async function endClaims(tx: Tx, lane: Pick<Lane, 'family' | 'scopeId'>): Promise<void> {
  await updateLaneEpoch(tx, laneKey(lane));
}

/** The fence before a write that no job stands for. Throws `LaneLost` when the lane has moved on. */
export async function requireOwnedLane(
  tx: Tx,
  lane: Pick<Lane, 'family' | 'scopeId'>,
  worker: Id<'wrk'>,
  epoch: number,
): Promise<void> {
  const row = await selectLane(tx, laneKey(lane));
  if (row?.owner !== worker || row.epoch !== epoch) throw new LaneLost(`${laneKey(lane)} is not ours any more`);
}
