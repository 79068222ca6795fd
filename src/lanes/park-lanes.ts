import type { Reader, Tx } from '../db/index.ts';
import { type Id, newId } from '../lib/index.ts';
import { laneKey } from './enqueue-job.ts';
import {
  deleteJobsOfLane,
  deletePause,
  insertPause,
  selectParkedLanes,
  selectPauseOf,
  selectPauseOver,
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
async function unparkLanes(tx: Tx, by: ParkedBy): Promise<boolean> {
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

/** Holds one lane until a moment, in milliseconds since the epoch, whatever becomes of this process. */
export async function pauseLane(
  tx: Tx,
  lane: { readonly family: 'send' | 'receive'; readonly scopeId: Id<'ins'> },
  pause: { readonly untilMs: number; readonly reason: string },
): Promise<void> {
  await insertPause(tx, {
    id: newId('pau', tx.now),
    family: lane.family,
    scope: 'instance',
    scope_id: lane.scopeId,
    mode: 'hold',
    reason: pause.reason,
    notice_id: null,
    until: pause.untilMs,
    created_at: tx.now,
  });
}

/**
 * Wakes a batch of what a pause held whose time is over, and takes the pause away behind the last: a crash in between
 * leaves no lane behind. True when there may be more: call again in another transaction.
 */
export async function endPausesOver(tx: Tx): Promise<boolean> {
  const over = await selectPauseOver(tx);
  if (!over) return false;
  if (!(await unparkLanes(tx, `pause:${over.id}`))) await deletePause(tx, over.id);
  return true;
}

/** The pause that a job of this lane would meet, if any. */
export const readPauseOf = (from: Tx | Reader, lane: Lane, atMs: number) => selectPauseOf(from, lane, atMs);
