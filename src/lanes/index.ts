/**
 * Lanes, jobs, pauses and the leases of those who work on them. A lane is an ordered queue in the database, taken from
 * the head; what a job means is its owner's business. No WhatsApp, no HTTP, no noun of the domain.
 *
 * Imports db, platform and lib.
 */
export {
  enqueueJob,
  laneKey,
  makeJobDue,
  makeLaneDue,
  mergeOrderKeys,
  readDepth,
  readPlace,
  withdrawJob,
} from './enqueue-job.ts';
export {
  adoptLanes,
  endClaims,
  listReadyLanes,
  ownLane,
  readBacklog,
  registerWorker,
  renewLease,
  requireOwnedLane,
  retireOthers,
  retireWorker,
} from './own-lanes.ts';
export {
  clearLane,
  endPausesOver,
  pauseLane,
  readPauseOf,
  unparkLane,
} from './park-lanes.ts';
export { finishJob, LaneLost, parkLane, retryJob, type Taking, takeJobs } from './take-jobs.ts';
export type { Family, Lane, NewJob, ParkedBy, PauseScope, TakenJob } from './types.ts';
