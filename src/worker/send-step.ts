import type { Db, Tx } from '../db/index.ts';
import { recordRecipientCheck } from '../domain/contacts/index.ts';
import {
  type InstanceRow,
  isRestricted,
  readAnyInstance,
  readSettings,
  recordRestricted,
} from '../domain/instances/index.ts';
import {
  abandonMessage,
  beginChat,
  enqueueUpload,
  isChange,
  readSendTask,
  recordLookUp,
  recordOutcome,
  recordPreview,
  recordUnsendable,
  type SendTask,
  sendTask,
  startAttempt,
} from '../domain/messages/index.ts';
import { finishJob, LaneLost, parkLane, pauseLane, retryJob, type TakenJob, takeJobs } from '../lanes/index.ts';
import { exponential, type Id } from '../lib/index.ts';
import type { Network, NetworkSession, RefusalCode, SendOutcome } from '../network/index.ts';
import { type Clock, type Config, type Egress, GatewayError, type Log } from '../platform/index.ts';
import { fetchPreview } from './fetch-preview.ts';
import { instanceOfLane, messageOfJob } from './lane-names.ts';
import type { LaneStep } from './lane-runner.ts';
import type { Lease } from './lease.ts';
import type { Pace } from './pace.ts';
import { seemToType } from './seem-to-type.ts';
import type { Sessions } from './sessions.ts';
import { writeUntilKept } from './write-until-kept.ts';

type Deps = {
  readonly db: Db;
  readonly network: Network;
  readonly sessions: Pick<Sessions, 'readConnected'>;
  readonly egress: Pick<Egress, 'download'>;
  readonly lease: Lease;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly config: Pick<
    Config,
    | 'rateLimitHoldMs'
    | 'restrictionHoldMs'
    | 'paceMessagesPerMinute'
    | 'paceNewChatsPerDay'
    | 'typingMsPerChar'
    | 'typingMsMax'
  >;
  readonly log: Log;
  readonly random: () => number;
  /** How long to wait before writing down again what the disk refused. */
  readonly pauseMs: number;
  readonly stopping: AbortSignal;
};

type SendNow = Extract<SendTask, { kind: 'send' }>;

/** What the head of a lane asks for, once its transaction is over. */
type Turn =
  | { readonly kind: 'idle' }
  | { readonly kind: 'wait'; readonly waitMs: number }
  | { readonly kind: 'settled' }
  | { readonly kind: 'look_up'; readonly job: TakenJob; readonly task: Extract<SendTask, { kind: 'look_up' }> }
  | { readonly kind: 'preview'; readonly job: TakenJob; readonly task: Extract<SendTask, { kind: 'preview' }> }
  | { readonly kind: 'send'; readonly job: TakenJob; readonly task: SendNow; readonly typing: boolean };

/**
 * Sends the head of a send lane: first it is written down that an attempt starts and with which bytes, then they leave,
 * then what became of them is written down. Killed in between, the next attempt repeats the same bytes under the same id.
 */
export function createSendStep(deps: Deps): LaneStep {
  const { db, sessions, log } = deps;

  const takeTurnOrSetAside = async (lane: string): Promise<Turn> => {
    try {
      return await db.tx((tx) => takeTurn(deps, tx, lane));
    } catch (error) {
      if (error instanceof GatewayError || error instanceof LaneLost) throw error;
      log.error({ lane, err: error }, 'a message could not be built and is set aside');
      return db.tx((tx) => settleHead(deps, tx, lane, recordUnsendable));
    }
  };

  return async (lane) => {
    const instanceId = instanceOfLane(lane);
    const turn = await takeTurnOrSetAside(lane);
    switch (turn.kind) {
      case 'idle':
        return false;
      case 'wait':
        return { againInMs: turn.waitMs };
      case 'settled':
        return true;
      case 'preview':
        return addPreview(deps, turn.job, turn.task);
      case 'look_up':
        return lookUp(deps, turn.job, turn.task, sessions.readConnected(instanceId));
      case 'send': {
        const session = sessions.readConnected(instanceId);
        if (session && turn.typing) await seemToType(deps, session, typed(turn.task));
        const outcome: SendOutcome = session
          ? await session.send(turn.task)
          : { kind: 'not_sent', reason: 'the connection closed before the message left' };
        log.info({ instance_id: instanceId, message_id: turn.job.ref, outcome: outcome.kind }, 'send');
        // What did not leave waits for the next sweep: until a closing session has said so, all others would fare the same.
        return writeUntilKept(deps, (tx) => settle(deps, tx, turn.job, instanceId, outcome));
      }
    }
  };
}

async function takeTurn(deps: Deps, tx: Tx, lane: string): Promise<Turn> {
  const instanceId = instanceOfLane(lane);
  const instance = await readAnyInstance(tx, instanceId);
  if (!instance || instance.deleted_at !== null) return settleHead(deps, tx, lane, abandonMessage);
  const hold = holdOf(deps, instance, tx.now);
  if (hold) {
    await parkLane(tx, lane, hold);
    return { kind: 'idle' };
  }
  const limits = limitsOf(deps, instance);
  const waitMs = deps.pace.readWaitMs(instanceId, limits.perMinute);
  if (waitMs > 0) return { kind: 'wait', waitMs };
  const job = await takeHead(deps, tx, lane);
  return job ? prepareTurn(deps, tx, { instance, job, limits }) : { kind: 'idle' };
}

type Limits = { readonly perMinute: number; readonly newChatsMax: number; readonly typing: boolean };

/** What the instance was set to, or the installation. */
function limitsOf({ config }: Deps, instance: InstanceRow): Limits {
  const settings = readSettings(instance);
  return {
    perMinute: settings.messages_per_minute ?? config.paceMessagesPerMinute,
    newChatsMax: settings.new_chats_per_day ?? config.paceNewChatsPerDay,
    typing: settings.typing === 'on',
  };
}

/** Does what a job needs before its message leaves, and writes down that an attempt starts. */
async function prepareTurn(
  deps: Deps,
  tx: Tx,
  { instance, job, limits }: { instance: InstanceRow; job: TakenJob; limits: Limits },
): Promise<Turn> {
  const startSend = async (task: SendNow, typing: boolean): Promise<Turn> => {
    deps.pace.take(instance.id, limits.perMinute);
    await startAttempt(tx, task.message, task.payload);
    return { kind: 'send', job, task, typing };
  };

  const task = await readSendTask(tx, instance, messageOfJob(job));
  switch (task.kind) {
    case 'settled':
      await finishJob(tx, job);
      return { kind: 'settled' };
    case 'upload':
      await enqueueUpload(tx, task.message);
      // Whoever has uploaded it makes it due; until then those of other chats go on.
      await retryJob(tx, job, untilUploaded);
      return { kind: 'settled' };
    case 'preview':
      return { kind: 'preview', job, task };
    case 'look_up':
      return { kind: 'look_up', job, task };
    case 'build': {
      const { message, outbound } = task;
      const heldUntilMs = await beginChat(tx, message, limits.newChatsMax);
      if (heldUntilMs !== undefined) {
        // The limit may be raised meanwhile.
        await retryJob(tx, job, Math.min(heldUntilMs, tx.now + newChatLookMs));
        return { kind: 'settled' };
      }
      const payload = deps.network.buildPayload(outbound);
      const { destination } = outbound;
      return startSend(sendTask(message, { destination, payload, again: false }), limits.typing && isTyped(message));
    }
    case 'send':
      return startSend(task, false);
  }
}

/** Only in a chat somebody can see it, and nobody types a reaction. */
const isTyped = (message: SendNow['message']): boolean =>
  (message.chat_kind === 'person' || message.chat_kind === 'group') && !isChange(message);

const typed = ({ message, destination }: SendNow) => ({
  type: message.type,
  chars: message.content.length,
  destination,
});

const untilUploaded = Number.MAX_SAFE_INTEGER;
const newChatLookMs = 10 * 60_000;

/** Asked inside the transaction: `connected` is known before its row is written, and that row's transaction unparks. */
function holdOf(deps: Deps, instance: InstanceRow, nowMs: number): 'connection' | 'restriction' | undefined {
  if (!deps.sessions.readConnected(instance.id)) return 'connection';
  return isRestricted(instance, nowMs) ? 'restriction' : undefined;
}

async function takeHead(deps: Deps, tx: Tx, lane: string): Promise<TakenJob | undefined> {
  const taking = await takeJobs(tx, { lane, worker: deps.lease.worker, inFlightMax: 1 });
  return taking.kind === 'taken' ? taking.jobs[0] : undefined;
}

/** Ends the head of a lane without sending it. */
async function settleHead(
  deps: Deps,
  tx: Tx,
  lane: string,
  record: (tx: Tx, id: Id<'msg'>) => Promise<void>,
): Promise<Turn> {
  const job = await takeHead(deps, tx, lane);
  if (!job) return { kind: 'idle' };
  await record(tx, messageOfJob(job));
  await finishJob(tx, job);
  return { kind: 'settled' };
}

/** Fetches what is shown of the link in a message, for a bounded time; without it the message goes all the same. */
async function addPreview(
  deps: Deps,
  job: TakenJob,
  { message, url }: Extract<SendTask, { kind: 'preview' }>,
): Promise<boolean> {
  const preview = await fetchPreview(deps.egress, url, deps.stopping);
  return writeUntilKept(deps, async (tx) => {
    await recordPreview(tx, message, preview);
    await retryJob(tx, job, 0);
    return true;
  });
}

/** A message that was accepted while WhatsApp could not be asked about its recipient. Answers whether it could be now. */
async function lookUp(
  deps: Deps,
  job: TakenJob,
  task: Extract<SendTask, { kind: 'look_up' }>,
  session: NetworkSession | undefined,
): Promise<boolean> {
  const [answer] = session ? await session.lookUp([task.phone]).catch(() => []) : [];
  return writeUntilKept(deps, async (tx) => {
    if (!answer) {
      await retryJob(tx, job, tx.now + retryWaitMs(deps, job));
      return false;
    }
    await recordRecipientCheck(tx, deps.network.name, answer);
    await recordLookUp(tx, task.message, answer);
    if (answer.exists) await retryJob(tx, job, 0);
    else await finishJob(tx, job);
    return true;
  });
}

/** Answers whether the message is done with. */
async function settle(
  deps: Deps,
  tx: Tx,
  job: TakenJob,
  instanceId: Id<'ins'>,
  outcome: SendOutcome,
): Promise<boolean> {
  const { settled } = await recordOutcome(tx, messageOfJob(job), outcome);
  if (settled) await finishJob(tx, job);
  else await retryJob(tx, job, tx.now + retryWaitMs(deps, job));
  if (outcome.kind === 'refused' && outcome.scope === 'instance')
    await holdInstance(deps, tx, instanceId, outcome.code);
  return settled;
}

/** A hold is a row, so that neither a restart nor a reconnect ends it. */
async function holdInstance(deps: Deps, tx: Tx, instanceId: Id<'ins'>, code: RefusalCode): Promise<void> {
  if (code === 'rate_limited') {
    const untilMs = tx.now + deps.config.rateLimitHoldMs;
    await pauseLane(tx, { family: 'send', scopeId: instanceId }, { untilMs, reason: code });
  } else {
    const holdMs = deps.config.restrictionHoldMs;
    await recordRestricted(tx, instanceId, { code: code === 'new_chat_limit' ? 475 : 463, holdMs });
  }
}

/** A message that never leaves must not keep those of other chats from their turns. */
const retryWaitMs = (deps: Deps, job: TakenJob): number =>
  exponential({ baseMs: deps.pauseMs, maxMs: retryMsMax, attempt: job.attempts - 1, random: deps.random });

const retryMsMax = 30_000;
