import type { Reader, Tx } from '../db/index.ts';
import type { Id } from '../lib/index.ts';
import { laneKey } from './enqueue-job.ts';
import {
  deleteJobsOfLane,
  deletePause,
  selectParkedLanes,
  selectPauseOf,
  selectPausesOver,
  updateLaneUnparked,
} from './lanes.sql.ts';
import type { Lane, ParkedBy } from './types.ts';

/** How many lanes one transaction wakes: a resume of a hundred thousand must not hold everybody else up. */
const unparkBatch = 500;

/** Lets one lane go on, whatever parked it; a pause that still holds parks it again at its next turn. */
export async function unparkLane(tx: Tx, lane: Pick<Lane, 'family' | 'scopeId'>): Promise<void> {
  const key = laneKey(lane);
  const { numUpdatedRows } = await updateLaneUnparked(tx, key);
  if (numUpdatedRows > 0n) tx.announce(key);
}

/** Lets a batch of lanes go on that `by` parked. True when there are more: call again in another transaction. */
export async function unparkLanes(tx: Tx, by: ParkedBy): Promise<boolean> {
  const lanes = await selectParkedLanes(tx, by, unparkBatch);
  for (const { key } of lanes) {
    await updateLaneUnparked(tx, key);
    tx.announce(key);
  }
  return lanes.length === unparkBatch;
}

/** Drops everything that waits in a lane, for when what it belongs to is deleted. */
export async function clearLane(tx: Tx, lane: Pick<Lane, 'family' | 'scopeId'>): Promise<void> {
  await deleteJobsOfLane(tx, laneKey(lane));
}

/** Takes away the pauses whose time is over, and names them. */
export async function endPausesOver(tx: Tx): Promise<readonly Id<'pau'>[]> {
  const over = await selectPausesOver(tx);
  for (const { id } of over) await deletePause(tx, id);
  return over.map(({ id }) => id);
}

/** The pause that a job of this lane would meet, if any. */
export const readPauseOf = (from: Tx | Reader, lane: Lane, atMs: number) => selectPauseOf(from, lane, atMs);
