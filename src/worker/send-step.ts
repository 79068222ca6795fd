import type { Db, Tx } from '../db/index.ts';
import { recordRecipientCheck } from '../domain/contacts/index.ts';
import { readAnyInstance } from '../domain/instances/index.ts';
import { readSendTask, recordLookUp, recordOutcome, type SendTask, startAttempt } from '../domain/messages/index.ts';
import { finishJob, parkLane, retryJob, type TakenJob, takeJobs, unparkLane } from '../lanes/index.ts';
import type { Id } from '../lib/index.ts';
import type { Network, NetworkSession, SendOutcome } from '../network/index.ts';
import { type Clock, type Config, GatewayError, type Log } from '../platform/index.ts';
import { instanceOfLane, messageOfJob } from './lane-names.ts';
import type { LaneStep } from './lane-runner.ts';
import type { Lease } from './lease.ts';
import type { Sessions } from './sessions.ts';
import { writeUntilKept } from './write-until-kept.ts';

type Deps = {
  readonly db: Db;
  readonly network: Network;
  readonly sessions: Pick<Sessions, 'readConnected'>;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly config: Pick<Config, 'rateLimitHoldMs'>;
  readonly log: Log;
  /** How long to wait before writing down again what the disk refused. */
  readonly pauseMs: number;
  readonly stopping: AbortSignal;
};

type SendNow = Extract<SendTask, { kind: 'send' }>;

/** What the head of a lane asks for, once its transaction is over. */
type Turn =
  | { readonly kind: 'idle' }
  | { readonly kind: 'settled' }
  | { readonly kind: 'look_up'; readonly job: TakenJob; readonly task: Extract<SendTask, { kind: 'look_up' }> }
  | { readonly kind: 'send'; readonly job: TakenJob; readonly task: SendNow };

/**
 * Sends the head of a send lane: first it is written down that an attempt starts and with which bytes, then they leave,
 * then what became of them is written down. Killed in between, the next attempt repeats the same bytes under the same id.
 */
export function createSendStep(deps: Deps): LaneStep {
  const { db, sessions } = deps;

  return async (lane) => {
    const instanceId = instanceOfLane(lane);
    const turn = await db.tx((tx) => takeTurn(deps, tx, lane, instanceId));
    switch (turn.kind) {
      case 'idle':
        return false;
      case 'settled':
        return true;
      case 'look_up':
        await lookUp(deps, turn.job, turn.task, sessions.readConnected(instanceId));
        return true;
      case 'send': {
        const session = sessions.readConnected(instanceId);
        const outcome: SendOutcome = session
          ? await session.send(turn.task)
          : { kind: 'not_sent', reason: 'the connection closed before the message left' };
        deps.log.info({ instance_id: instanceId, message_id: turn.job.ref, outcome: outcome.kind }, 'send');
        await writeUntilKept(deps, (tx) => settle(deps, tx, turn.job, instanceId, outcome));
        if (outcome.kind === 'refused' && outcome.code === 'rate_limited') startRateHold(deps, instanceId);
        return true;
      }
    }
  };
}

async function takeTurn(deps: Deps, tx: Tx, lane: string, instanceId: Id<'ins'>): Promise<Turn> {
  if (!deps.sessions.readConnected(instanceId)) {
    // Inside the transaction: `connected` is known before its row is written, and that row's transaction unparks.
    await parkLane(tx, lane, 'connection');
    return { kind: 'idle' };
  }
  const taking = await takeJobs(tx, { lane, worker: deps.lease.worker, inFlightMax: 1 });
  const job = taking.kind === 'taken' ? taking.jobs[0] : undefined;
  if (!job) return { kind: 'idle' };

  const task = await readSendTask(tx, messageOfJob(job));
  switch (task.kind) {
    case 'settled':
      await finishJob(tx, job);
      return { kind: 'settled' };
    case 'look_up':
      return { kind: 'look_up', job, task };
    case 'build': {
      const payload = deps.network.buildPayload(task.content);
      await startAttempt(tx, task.message, payload);
      const { message, destination } = task;
      return {
        kind: 'send',
        job,
        task: { kind: 'send', message, networkId: message.network_id, destination, payload, again: false },
      };
    }
    case 'send':
      await startAttempt(tx, task.message, task.payload);
      return { kind: 'send', job, task };
  }
}

/** A message that was accepted while WhatsApp could not be asked about its recipient. */
async function lookUp(
  deps: Deps,
  job: TakenJob,
  task: Extract<SendTask, { kind: 'look_up' }>,
  session: NetworkSession | undefined,
): Promise<void> {
  const [answer] = session ? await session.lookUp([task.phone]).catch(() => []) : [];
  await writeUntilKept(deps, async (tx) => {
    if (!answer) return retryJob(tx, job, tx.now + 1000);
    await recordRecipientCheck(tx, deps.network.name, answer);
    await recordLookUp(tx, task.message, answer);
    if (answer.exists) await retryJob(tx, job, 0);
    else await finishJob(tx, job);
  });
}

async function settle(deps: Deps, tx: Tx, job: TakenJob, instanceId: Id<'ins'>, outcome: SendOutcome): Promise<void> {
  const { settled } = await recordOutcome(tx, messageOfJob(job), outcome);
  if (settled) await finishJob(tx, job);
  else await retryJob(tx, job, 0);
  if (outcome.kind === 'refused' && outcome.scope === 'instance') {
    await parkLane(tx, job.lane, outcome.code === 'rate_limited' ? 'rate' : 'restriction');
    return;
  }
  const instance = settled ? undefined : await readAnyInstance(tx, instanceId);
  if (instance && !deps.sessions.readConnected(instanceId)) await parkLane(tx, job.lane, 'connection');
}

function startRateHold(deps: Deps, instanceId: Id<'ins'>): void {
  deps.clock.startTimer(deps.config.rateLimitHoldMs, () => {
    deps.db
      .tx((tx) => unparkLane(tx, { family: 'send', scopeId: instanceId }))
      .catch((error: unknown) => {
        if (!(error instanceof GatewayError)) throw error;
        deps.log.warn({ instance_id: instanceId, err: error }, 'a lane could not be woken');
      });
  });
}
