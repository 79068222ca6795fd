import type { Db } from '../db/index.ts';
import { listOpenReplays, workReplay } from '../domain/events/index.ts';
import { liftRestrictions, sweepJournal } from '../domain/instances/index.ts';
import { enqueueDue, expireMessages } from '../domain/messages/index.ts';
import { adoptLanes, endPausesOver } from '../lanes/index.ts';
import type { Clock, Log } from '../platform/index.ts';
import type { Lease } from './lease.ts';

/** Deleting what is past its time is never urgent. */
const retentionIntervalMs = 60_000;

/** What has to be looked at now and then because no bell rings for it: lanes without owner; scheduled messages that are due; pauses, restrictions and messages whose time is over; rows to delete. */
export function createSweeper(deps: {
  db: Db;
  lease: Lease;
  clock: Clock;
  log: Log;
  intervalMs: number;
  /** Further deletions, each a small batch a call, answering whether there is more. */
  retentions: readonly ((db: Db) => Promise<boolean>)[];
}): { start(): Promise<void>; stop(): Promise<void> } {
  const { db, clock, log } = deps;
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let nextRetentionMs = clock.elapsed() + retentionIntervalMs;

  const adopt = async (): Promise<void> => {
    while (await db.tx((tx) => adoptLanes(tx, deps.lease.worker)));
  };

  /** As much as the lanes have room for. */
  const replay = async (): Promise<void> => {
    for (const part of await listOpenReplays(db.read)) {
      while (!stopping.signal.aborted && (await db.tx((tx) => workReplay(tx, part))));
    }
  };

  const sweep = async (): Promise<void> => {
    await adopt();
    while (await db.tx(endPausesOver));
    await db.tx((tx) => liftRestrictions(tx));
    while (await db.tx(enqueueDue));
    while (await db.tx(expireMessages));
    await replay();
    if (clock.elapsed() < nextRetentionMs) return;
    nextRetentionMs = clock.elapsed() + retentionIntervalMs;
    for (const retain of [sweepJournal, ...deps.retentions]) {
      while (!stopping.signal.aborted && (await retain(db)));
    }
  };

  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await clock.sleep(deps.intervalMs, stopping.signal);
      if (stopping.signal.aborted) return;
      await sweep().catch((error: unknown) => log.warn({ err: error }, 'a sweep failed'));
    }
  };

  return {
    start: async () => {
      await adopt();
      running = loop();
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
