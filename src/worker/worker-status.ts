import type { SessionsStatus } from './sessions.ts';

/** What this process says of itself. */
export type WorkerStatus = SessionsStatus & {
  /** As many sessions as it may hold. */
  readonly capacity: number;
  /** True once a stop was asked for: no new work is taken. */
  readonly draining: boolean;
};
