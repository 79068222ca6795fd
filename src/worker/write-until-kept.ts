import type { Db, Tx } from '../db/index.ts';
import { LaneLost } from '../lanes/index.ts';
import type { Clock, Log } from '../platform/index.ts';

/**
 * Writes down what has happened already, as often as it takes: giving up would leave a job taken by nobody who works on
 * it. Ends with the write, with `LaneLost` when the lane has moved on, or, undone, when the worker stops.
 */
export async function writeUntilKept<T>(
  deps: { db: Db; clock: Clock; log: Log; pauseMs: number; stopping: AbortSignal },
  write: (tx: Tx) => Promise<T>,
): Promise<T> {
  while (true) {
    try {
      return await deps.db.tx(write);
    } catch (error) {
      if (error instanceof LaneLost || deps.stopping.aborted) throw error;
      deps.log.error({ err: error }, 'what happened could not be written down yet');
    }
    await deps.clock.sleep(deps.pauseMs, deps.stopping);
  }
}
