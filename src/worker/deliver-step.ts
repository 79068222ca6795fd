import type { Db } from '../db/index.ts';
import { buildEnvelope } from '../domain/events/index.ts';
import type { AttemptPolicy } from '../domain/webhooks/index.ts';
import { LaneLost, retryJob, type TakenJob, takeJobs } from '../lanes/index.ts';
import type { Id, Random } from '../lib/index.ts';
import type { Clock, Config, Egress, EgressOutcome, Log, Metrics, Vault } from '../platform/index.ts';
import { createTxBatches, type RunTx } from './deliver-batches.ts';
import { buildHeaders } from './deliver-headers.ts';
import { createDeliverMetrics } from './deliver-metrics.ts';
import { dropJob, type Post, postponeJob, type Recorded, readPosts, recordOutcome } from './deliver-records.ts';
import { createOriginSlots } from './deliver-slots.ts';

type DeliverConfig = Pick<
  Config,
  | 'webhookRetryWaitsMs'
  | 'webhookDisableAfterMs'
  | 'webhookRetryAfterMaxMs'
  | 'webhookMaxPerEndpoint'
  | 'webhookMaxPerHost'
  | 'webhookTimeoutMs'
  | 'webhookHeaderPrefix'
  | 'shutdownGraceMs'
  | 'sweepIntervalMs'
>;

export type DelivererDeps = {
  readonly db: Db;
  readonly egress: Pick<Egress, 'post'>;
  readonly vault: Vault;
  readonly worker: () => Id<'wrk'>;
  readonly config: DeliverConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
};

export type Deliverer = {
  /**
   * Takes all that may be in flight of a `deliver/` lane and starts to post it. Answers false, without waiting for any
   * receiver: whatever ends announces its lane, which then has its next turn.
   */
  step(lane: string): Promise<boolean>;
  /**
   * Starts nothing more, gives what is in flight `shutdownGraceMs` to end, then cuts it off. The jobs of what was cut
   * off stay, to be posted again under the same event id.
   */
  drain(): Promise<void>;
};

/** The deliver loop: signs, posts and records. A receiver that hangs keeps its own endpoint's turns busy, and nobody else's. */
export function createDeliverer(deps: DelivererDeps): Deliverer {
  const { db, vault, config, clock } = deps;
  const inSharedTx = createTxBatches(db.txVolatile, isLaneLost);
  const inSharedDurableTx = createTxBatches(db.tx, isLaneLost);
  const draining = new AbortController();
  const deliver = createJobDelivery({ ...deps, inSharedTx, draining: draining.signal });
  const underWay = new Set<Promise<void>>();

  const step = async (lane: string): Promise<boolean> => {
    if (draining.signal.aborted) return false;
    const input = { lane, worker: deps.worker(), inFlightMax: config.webhookMaxPerEndpoint };
    const taking = await inSharedTx((tx) => takeJobs(tx, input));
    if (taking.kind !== 'taken') return false;
    const batch = deliverBatch(taking.jobs).finally(() => underWay.delete(batch));
    underWay.add(batch);
    // Whatever could be taken has been: the lane has nothing more before one of these ends, and then it is announced.
    return false;
  };

  const deliverBatch = async (jobs: readonly TakenJob[]): Promise<void> => {
    try {
      // Waits for the disk: a power cut must not undo an event that a receiver has seen.
      const posts = await inSharedDurableTx((tx) => readPosts(tx, vault, jobs));
      await Promise.all(jobs.map((job) => deliver.run(job, posts.get(job.ref)).catch((error) => giveBack(job, error))));
    } catch (error) {
      await Promise.all(jobs.map((job) => giveBack(job, error)));
    }
  };

  /** The fault is ours: the job must not stay taken, or its lane would stand still for as long as this worker lives. */
  const giveBack = async (job: TakenJob, cause: unknown): Promise<void> => {
    let error = cause;
    while (!isLaneLost(error) && !draining.signal.aborted) {
      deps.log.error({ jobId: job.id, lane: job.lane, deliveryId: job.ref, err: error }, 'delivery interrupted');
      try {
        await db.txVolatile((tx) => retryJob(tx, job, tx.now + config.sweepIntervalMs));
        return;
      } catch (again) {
        error = again;
        await clock.sleep(config.sweepIntervalMs, draining.signal);
      }
    }
  };

  const drain = async (): Promise<void> => {
    draining.abort();
    const ended = new AbortController();
    const all = Promise.allSettled(underWay).then(() => ended.abort());
    await clock.sleep(config.shutdownGraceMs, ended.signal);
    deliver.cutOff();
    await all;
  };

  return { step, drain };
}

const isLaneLost = (error: unknown): boolean => error instanceof LaneLost;

type JobDelivery = {
  /** From a taken job to its recorded outcome. Rejects when the job could not be brought to an end. */
  run(job: TakenJob, post: Post | undefined): Promise<void>;
  cutOff(): void;
};

function createJobDelivery(
  deps: DelivererDeps & { readonly inSharedTx: RunTx; readonly draining: AbortSignal },
): JobDelivery {
  const { db, vault, config, clock, draining } = deps;
  const policy: AttemptPolicy = {
    retryWaitsMs: config.webhookRetryWaitsMs,
    retryAfterMaxMs: config.webhookRetryAfterMaxMs,
    disableAfterMs: config.webhookDisableAfterMs,
    random: deps.random,
  };
  const slots = createOriginSlots(config.webhookMaxPerHost);
  const cutOff = new AbortController();
  let inFlight = 0;
  const metrics = createDeliverMetrics(deps.metrics, () => inFlight);

  const run = async (job: TakenJob, first: Post | undefined): Promise<void> => {
    if (!first) return dropJob(db, job);
    const { customerId, endpointId, url } = first.target;
    const slot = await slots.take(`${customerId} ${new URL(url).origin}`, endpointId, draining);
    if (!slot) return;
    try {
      await runInSlot(job, slot.waited ? await readAgain(job) : first, slot.release);
    } finally {
      slot.release();
    }
  };

  const readAgain = async (job: TakenJob): Promise<Post | undefined> =>
    (await db.tx((tx) => readPosts(tx, vault, [job]))).get(job.ref);

  const runInSlot = async (job: TakenJob, post: Post | undefined, release: () => void): Promise<void> => {
    if (!post) return dropJob(db, job);
    if (await postponeJob(db, vault, job, post.target, policy)) return;
    if (draining.aborted) return;
    const startedAtMs = clock.now();
    inFlight += 1;
    const outcome = await send(post, startedAtMs).finally(() => {
      inFlight -= 1;
    });
    release();
    if (outcome.kind === 'failed' && outcome.code === 'cancelled') return;
    // Not waiting for the disk: what a power cut undoes here is posted again under the same event id.
    const recorded = await deps.inSharedTx((tx) => recordOutcome(tx, job, post, outcome, startedAtMs, policy));
    metrics.countAttempt(recorded.verdict.kind, outcome);
    logAttempt(deps.log, job, post, outcome, recorded);
  };

  const send = ({ target, event }: Post, nowMs: number): Promise<EgressOutcome> => {
    const body = buildEnvelope(event);
    const { secrets, endpointId, headers: own } = target;
    const prefix = config.webhookHeaderPrefix;
    const headers = buildHeaders({ prefix, secrets, event, endpointId, own, body, nowMs });
    return deps.egress.post({
      url: target.url,
      headers,
      body,
      timeoutMs: config.webhookTimeoutMs,
      signal: cutOff.signal,
    });
  };

  return { run, cutOff: () => cutOff.abort() };
}

function logAttempt(log: Log, job: TakenJob, post: Post, outcome: EgressOutcome, recorded: Recorded): void {
  const fields = {
    deliveryId: post.target.deliveryId,
    endpointId: post.target.endpointId,
    eventId: post.event.id,
    jobId: job.id,
    correlationId: post.event.correlation_id,
    attempt: post.target.attempts + 1,
    outcome: recorded.verdict.kind,
    statusCode: outcome.kind === 'answered' ? outcome.statusCode : undefined,
    error: outcome.kind === 'failed' ? outcome.code : undefined,
    durationMs: Math.round(outcome.timings.totalMs),
    disabled: recorded.disabled || undefined,
  };
  if (recorded.verdict.kind === 'delivered') log.debug(fields, 'event delivered');
  else log.info(fields, 'delivery attempt failed');
}
