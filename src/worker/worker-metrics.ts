import type { Db } from '../db/index.ts';
import { readStateCounts } from '../domain/instances/index.ts';
import { readBacklog } from '../lanes/index.ts';
import type { Metrics } from '../platform/index.ts';
import type { WorkerStatus } from './worker-status.ts';

/** What an operator watches: how much waits and where, and what the numbers are doing. Read when asked, never kept. */
export function createWorkerMetrics(deps: { metrics: Metrics; db: Db; readStatus: () => WorkerStatus }): void {
  const { metrics, db, readStatus } = deps;
  metrics.createGauge({
    name: 'lane_jobs',
    help: 'Jobs in the lanes of a family, waiting or in flight.',
    labels: ['family', 'place'],
    read: async (gauge) => {
      for (const { family, depth, taken } of await readBacklog(db.read)) {
        gauge.set({ family, place: 'waiting' }, Number(depth) - Number(taken));
        gauge.set({ family, place: 'in_flight' }, Number(taken));
      }
    },
  });
  metrics.createGauge({
    name: 'instances',
    help: 'Instances by connection state.',
    labels: ['state'],
    read: async (gauge) => {
      for (const { state, count } of await readStateCounts(db.read)) gauge.set({ state }, Number(count));
    },
  });
  metrics.createGauge({
    name: 'sessions',
    help: 'Sessions of this process: all that it holds, those that are connected, and those whose sends get no answer.',
    labels: ['kind'],
    read: (gauge) => {
      const { sessions, connected, stalled } = readStatus();
      gauge.set({ kind: 'held' }, sessions);
      gauge.set({ kind: 'connected' }, connected);
      gauge.set({ kind: 'stalled' }, stalled);
    },
  });
}
