import { GatewayError } from '../platform/index.ts';

/** Forces what was written to a file onto the disk. */
export type Sync = () => Promise<void>;

/**
 * The barrier between "committed" and "promised". `durable()` resolves after a sync that began after it was called, so
 * whatever was committed before is on disk. Callers that arrive while a sync runs share the next one.
 *
 * After a failed sync nobody can know what the disk holds (the kernel may have dropped the pages), so every later call
 * fails too and `onBroken` is told: the process has to end, and restart reads what is really there.
 */
export function createDurability(deps: { sync: Sync; onBroken: (error: unknown) => void }): { durable: Sync } {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let broken: GatewayError | undefined;

  const run = async (): Promise<void> => {
    try {
      await deps.sync();
    } catch (error) {
      broken ??= new GatewayError('storage_unavailable', {}, { cause: error });
      deps.onBroken(error);
    }
  };

  const start = (): Promise<void> => {
    const current = run().finally(() => {
      if (running === current) running = undefined;
    });
    running = current;
    return current;
  };

  const nextSync = (): Promise<void> => {
    if (!running) return start();
    next ??= running.then(() => {
      next = undefined;
      return start();
    });
    return next;
  };

  return {
    durable: async () => {
      if (!broken) await nextSync();
      if (broken) throw broken;
    },
  };
}
