import type { Bus } from '../bus/index.ts';
import type { Db } from '../db/index.ts';
import { type Family, listReadyLanes } from '../lanes/index.ts';
import { isId } from '../lib/index.ts';
import type { Network } from '../network/index.ts';
import type { BlobStore, Clock, Config, ConvertVoice, Egress, Log, Metrics, Vault } from '../platform/index.ts';
import { createAttendStep } from './attend-step.ts';
import type { Deliverer } from './deliver-step.ts';
import { createGroupLists } from './group-lists.ts';
import { createLaneRunner, type LaneRunner, type LaneStep } from './lane-runner.ts';
import { createLease } from './lease.ts';
import { createMediaStep } from './media-step.ts';
import { createNetworkProbe } from './network-probe.ts';
import { createPace } from './pace.ts';
import { createReceiveStep } from './receive-step.ts';
import { createSendStep } from './send-step.ts';
import { createSessions, type SessionsStatus } from './sessions.ts';
import { createSweeper } from './sweeper.ts';
import { createWorkerMetrics } from './worker-metrics.ts';
import type { WorkerStatus } from './worker-status.ts';

export type Worker = {
  start(): Promise<void>;
  status(): WorkerStatus;
  /** Takes no new work, finishes what is in flight, closes the sockets and gives up the lease. */
  stop(): Promise<void>;
};

/** How many lanes of a family have a turn at once. Sending mostly waits for WhatsApp, so many lanes fit. */
const lanesAtOnceMax: Readonly<Record<Family, number>> = { send: 500, receive: 16, deliver: 64, media: 32 };
const readyBatch = 1000;
const attendedAtOnceMax = 64;

/** The loops and the sessions of one process. */
export function createWorker(deps: {
  db: Db;
  bus: Bus;
  vault: Vault;
  egress: Pick<Egress, 'findAddress' | 'download'>;
  network: Network;
  clock: Clock;
  log: Log;
  random: () => number;
  metrics: Metrics;
  blobs: BlobStore;
  /** Undefined where there is no program for it. */
  convertVoice: ConvertVoice | undefined;
  config: Config;
  build: string;
  configFingerprint: string;
  createDeliverer: (worker: { readonly worker: ReturnType<typeof createLease>['worker'] }) => Deliverer;
  retentions: readonly ((db: Db) => Promise<boolean>)[];
}): Worker {
  const { db, bus, clock, config, log } = deps;
  const lease = createLease({
    ...deps,
    leaseMs: config.leaseMs,
    renewMs: config.leaseRenewMs,
    marginMs: config.leaseMarginMs,
    capacity: config.maxSessionsPerWorker,
    // SQLite is opened by the one process that holds the data folder.
    alone: true,
    onLost: () => sessions.dropAll(),
  });
  const stopping = new AbortController();
  const groupLists = createGroupLists(deps);
  const sessions = createSessions({ ...deps, lease, groupLists });
  const probe = createNetworkProbe({
    ...deps,
    intervalMs: config.probeIntervalMs,
    isProven: () => sessions.status().network === 'reachable',
  });
  const deliverer = deps.createDeliverer(lease);
  const transfers = createMediaStep({ ...deps, sessions, lease, pauseMs: config.sweepIntervalMs });
  const sweeper = createSweeper({ ...deps, lease, intervalMs: config.sweepIntervalMs });

  const createRunner = (family: Family, step: LaneStep): LaneRunner =>
    createLaneRunner({
      name: family,
      step,
      listReady: () => listReadyLanes(db, { worker: lease.worker, family, atMs: db.now(), limit: readyBatch }),
      lanesAtOnceMax: lanesAtOnceMax[family],
      sweepIntervalMs: config.sweepIntervalMs,
      clock,
      log,
    });
  const runners: Readonly<Record<Family, LaneRunner>> = {
    send: createRunner(
      'send',
      createSendStep({
        ...deps,
        sessions,
        lease,
        pace: createPace(deps),
        pauseMs: config.sweepIntervalMs,
        stopping: stopping.signal,
      }),
    ),
    receive: createRunner('receive', createReceiveStep({ ...deps, lease, groupLists })),
    deliver: createRunner('deliver', deliverer.step),
    media: createRunner('media', transfers.step),
  };

  /** Nothing of it waits in a lane: a bell that is lost is made up for by the next one, and by the next connection. */
  const attending = createLaneRunner({
    name: 'attend',
    step: createAttendStep({ ...deps, sessions, groupLists }),
    listReady: async () => [],
    lanesAtOnceMax: attendedAtOnceMax,
    sweepIntervalMs: config.sweepIntervalMs,
    clock,
    log,
  });

  const hear = (topic: string): void => {
    const [head = '', rest = ''] = topic.split('/', 2);
    if (head === 'send' || head === 'receive' || head === 'deliver' || head === 'media') runners[head].wake(topic);
    else if (head === 'attend') attending.wake(topic);
    else if (head === 'control' && isId('ins', rest)) sessions.reconcile(rest);
  };
  let stopHearing = (): void => {};
  let draining = false;

  const readStatus = (): WorkerStatus => {
    const status = sessions.status();
    const probed = probe.read();
    const network = status.network === 'unknown' && probed !== undefined ? reachability(probed) : status.network;
    return { ...status, network, capacity: config.maxSessionsPerWorker, draining };
  };
  createWorkerMetrics({ ...deps, readStatus });

  return {
    start: async () => {
      await lease.start();
      await sweeper.start();
      stopHearing = bus.onRing(hear);
      for (const runner of Object.values(runners)) runner.start();
      attending.start();
      await sessions.start();
      probe.start();
    },
    status: readStatus,
    stop: async () => {
      draining = true;
      stopping.abort();
      stopHearing();
      const drained = deliverer.drain();
      await transfers.stop();
      await sweeper.stop();
      // Sends first: closing a socket under a message leaves its outcome unknown. One that hangs must not use up the whole grace.
      const sent = runners.send.stop();
      await waitAtMost(clock, config.shutdownGraceMs / 2, sent);
      await sessions.stop();
      await attending.stop();
      await Promise.all([sent, runners.receive.stop(), runners.deliver.stop(), runners.media.stop(), drained]);
      await probe.stop();
      await lease.stop();
    },
  };
}

async function waitAtMost(clock: Clock, waitMs: number, done: Promise<void>): Promise<void> {
  const over = new AbortController();
  await Promise.race([done, clock.sleep(waitMs, over.signal)]);
  over.abort();
}

const reachability = (reached: boolean): SessionsStatus['network'] => (reached ? 'reachable' : 'unreachable');
