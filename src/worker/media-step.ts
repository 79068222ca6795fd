import type { Db, Tx } from '../db/index.ts';
import { type InstanceRow, readAnyInstance } from '../domain/instances/index.ts';
import { recordUploadTry } from '../domain/messages/index.ts';
import { finishJob, LaneLost, parkLane, retryJob, type TakenJob, takeJobs } from '../lanes/index.ts';
import { exponential } from '../lib/index.ts';
import type { BlobStore, Clock, ConvertVoice, Log, Metrics } from '../platform/index.ts';
import { instanceOfLane, messageOfJob } from './lane-names.ts';
import type { LaneStep } from './lane-runner.ts';
import type { Lease } from './lease.ts';
import { downloadFile, giveUpDownload } from './media-download.ts';
import { createMediaMetrics } from './media-metrics.ts';
import type { Ending, MediaConfig } from './media-transfer.ts';
import { giveUpUpload, uploadFile } from './media-upload.ts';
import type { Sessions } from './sessions.ts';
import { writeUntilKept } from './write-until-kept.ts';

type Deps = {
  readonly db: Db;
  readonly blobs: BlobStore;
  readonly sessions: Pick<Sessions, 'readConnected'>;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly config: MediaConfig;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly random: () => number;
  readonly pauseMs: number;
  readonly convertVoice: ConvertVoice | undefined;
};

export type MediaTransfers = {
  /** Takes what may be under way of a `media/` lane and starts it. Answers false without waiting for any of it. */
  step: LaneStep;
  /** Starts nothing more and cuts off what is under way; its jobs stay. */
  stop(): Promise<void>;
};

const inFlightMax = 4;
const retryMsMax = 60_000;

const giveUp = (tx: Tx, job: TakenJob, ending: Extract<Ending, { kind: 'again' }>): Promise<void> =>
  job.kind === 'upload' ? giveUpUpload(tx, job.ref, ending.detail) : giveUpDownload(tx, job.ref, ending.code);

/** Brings files to WhatsApp and fetches them, several at once beside the lanes of messages. */
export function createMediaStep(deps: Deps): MediaTransfers {
  const { db, clock, log } = deps;
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();
  const metrics = createMediaMetrics(deps.metrics);
  const kept = { db, clock, log, pauseMs: deps.pauseMs, stopping: stopping.signal };

  const take = async (
    tx: Tx,
    lane: string,
  ): Promise<{ instance: InstanceRow; jobs: readonly TakenJob[] } | undefined> => {
    const instanceId = instanceOfLane(lane);
    const instance = await readAnyInstance(tx, instanceId);
    if (!instance) throw new Error(`${lane} belongs to an instance that never was`);
    if (instance.deleted_at === null && !deps.sessions.readConnected(instanceId)) {
      await parkLane(tx, lane, 'connection');
      return undefined;
    }
    const taking = await takeJobs(tx, { lane, worker: deps.lease.worker, inFlightMax });
    return taking.kind === 'taken' ? { instance, jobs: taking.jobs } : undefined;
  };

  const transfer = async (instance: InstanceRow, job: TakenJob): Promise<Ending> => {
    const over = new AbortController();
    const stop = (): void => over.abort();
    stopping.signal.addEventListener('abort', stop, { once: true });
    const stopTimer = clock.startTimer(deps.config.mediaTransferTimeoutMs, stop);
    try {
      const session = deps.sessions.readConnected(instance.id);
      const run = job.kind === 'upload' ? uploadFile : downloadFile;
      return await run({ ...deps, session, instance, signal: over.signal, metrics }, job.ref);
    } finally {
      stopTimer();
      stopping.signal.removeEventListener('abort', stop);
    }
  };

  const run = async (instance: InstanceRow, job: TakenJob): Promise<void> => {
    const ending = await transfer(instance, job).catch((error: unknown): Ending => {
      log.error({ lane: job.lane, ref: job.ref, err: error }, 'a file could not be transferred');
      return { kind: 'again', detail: 'the gateway failed; its log says why' };
    });
    const last = job.attempts >= deps.config.mediaTriesMax;
    const told = { instance_id: instance.id, ref: job.ref, kind: job.kind, outcome: ending.kind, last };
    if (ending.kind === 'done') log.info(told, 'file transfer');
    else log.warn({ ...told, detail: ending.detail }, 'file transfer');
    try {
      await writeUntilKept(kept, async (tx) => {
        if (ending.kind === 'again' && !last) {
          if (job.kind === 'upload') await recordUploadTry(tx, messageOfJob(job), ending.detail);
          await retryJob(tx, job, tx.now + retryWaitMs(job));
        } else {
          await (ending.kind === 'done' ? ending.end(tx) : giveUp(tx, job, ending));
          await finishJob(tx, job);
        }
        tx.announce(job.lane);
      });
    } finally {
      if (ending.kind === 'done') await ending.clean?.();
    }
  };

  const retryWaitMs = (job: TakenJob): number =>
    exponential({ baseMs: deps.pauseMs, maxMs: retryMsMax, attempt: job.attempts - 1, random: deps.random });

  const step: LaneStep = async (lane) => {
    if (stopping.signal.aborted) return false;
    const taken = await db.tx((tx) => take(tx, lane));
    if (!taken) return false;
    for (const job of taken.jobs) {
      const running = run(taken.instance, job)
        .catch((error: unknown) => {
          if (!(error instanceof LaneLost))
            log.error({ lane, err: error }, 'what became of a file was not written down');
        })
        .finally(() => underWay.delete(running));
      underWay.add(running);
    }
    // Whatever ends announces its lane.
    return false;
  };

  return {
    step,
    stop: async () => {
      stopping.abort();
      await Promise.all(underWay);
    },
  };
}
