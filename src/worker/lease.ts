import type { Db } from '../db/index.ts';
import { schemaMax, schemaMin } from '../db/index.ts';
import { registerWorker, renewLease, retireOthers, retireWorker } from '../lanes/index.ts';
import { type Id, newId } from '../lib/index.ts';
import type { Clock, Log } from '../platform/index.ts';

export type Lease = {
  readonly worker: Id<'wrk'>;
  /** Synchronous and cheap: asked wherever a frame leaves. False from the margin before the lease's end on. */
  mayWrite(): boolean;
  /** Takes the lease and keeps renewing it. */
  start(): Promise<void>;
  /** Gives the lease up. */
  stop(): Promise<void>;
};

/**
 * This worker's claim. Its end is measured by the clock that a frozen process cannot turn back, from before the renewal
 * was asked for: a worker that wakes late finds its lease over before it can do harm.
 */
export function createLease(deps: {
  db: Db;
  clock: Clock;
  log: Log;
  leaseMs: number;
  renewMs: number;
  marginMs: number;
  capacity: number;
  build: string;
  configFingerprint: string;
  /** True when no other process can be at work on this database. */
  alone: boolean;
  /** Called at the margin before the end of a lease that was not renewed: sockets have to go. */
  onLost: () => void;
}): Lease {
  const { db, clock, log } = deps;
  const worker = newId('wrk', clock.now());
  const stopping = new AbortController();
  let endsAtMs = Number.NEGATIVE_INFINITY;
  let renewing: Promise<void> = Promise.resolve();

  /** A renewal that hangs must not keep the sockets open, so the end is watched apart from it. */
  let cancelEnd = (): void => {};
  const extend = (untilMs: number): void => {
    endsAtMs = untilMs;
    cancelEnd();
    cancelEnd = clock.startTimer(untilMs - deps.marginMs - clock.elapsed(), deps.onLost);
  };

  const mayWrite = (): boolean => clock.elapsed() < endsAtMs - deps.marginMs;

  const take = async (): Promise<void> => {
    const askedAtMs = clock.elapsed();
    await db.tx(async (tx) => {
      if (deps.alone) await retireOthers(tx, worker);
      await registerWorker(tx, {
        id: worker,
        lease_until: tx.now + deps.leaseMs,
        build: deps.build,
        config_fingerprint: deps.configFingerprint,
        schema_min: schemaMin,
        schema_max: schemaMax,
        capacity: deps.capacity,
        control_version: 0,
        started_at: tx.now,
      });
    });
    extend(askedAtMs + deps.leaseMs);
  };

  const renew = async (): Promise<void> => {
    const late = !mayWrite();
    const askedAtMs = clock.elapsed();
    try {
      const kept = await db.tx((tx) => renewLease(tx, worker, tx.now + deps.leaseMs));
      if (kept) extend(askedAtMs + deps.leaseMs);
      else await take();
      if (late) log.warn({ worker }, 'the lease had run out and was taken again');
    } catch (error) {
      // Unknown is not lost: the sockets stay until the margin.
      log.warn({ worker, err: error }, 'the lease could not be renewed');
    }
  };

  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await clock.sleep(deps.renewMs, stopping.signal);
      if (!stopping.signal.aborted) await renew();
    }
  };

  return {
    worker,
    mayWrite,
    start: async () => {
      await take();
      renewing = loop();
    },
    stop: async () => {
      stopping.abort();
      await renewing;
      cancelEnd();
      endsAtMs = Number.NEGATIVE_INFINITY;
      await db.tx((tx) => retireWorker(tx, worker)).catch(() => {});
    },
  };
}
