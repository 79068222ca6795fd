import type { Db, Tx } from '../db/index.ts';
import { recordGroupList } from '../domain/groups/index.ts';
import {
  type InstanceRow,
  ignoresChats,
  readAnyInstance,
  readJournaled,
  settleJournaled,
} from '../domain/instances/index.ts';
import { recordSetAside, resolveMember } from '../domain/messages/index.ts';
import { finishJob, LaneLost, retryJob, type TakenJob, takeJobs } from '../lanes/index.ts';
import type { Network } from '../network/index.ts';
import { type Config, GatewayError, type Log, type Vault } from '../platform/index.ts';
import { type GroupLists, groupListJob } from './group-lists.ts';
import { instanceOfLane } from './lane-names.ts';
import type { LaneStep } from './lane-runner.ts';
import type { Lease } from './lease.ts';
import { recordUpdate } from './record-update.ts';

type Deps = {
  readonly db: Db;
  readonly vault: Vault;
  readonly network: Network;
  readonly lease: Lease;
  readonly groupLists: GroupLists;
  readonly log: Log;
  readonly config: Pick<Config, 'mediaAutoFetchMaxBytes'>;
};

/**
 * Turns the oldest journaled stanza of a lane into message, contact, event and deliveries, in one transaction with the
 * end of its job. One that cannot be turned is set aside with an event, and those behind it go on.
 */
export function createReceiveStep(deps: Deps): LaneStep {
  const { db, log } = deps;
  return async (lane) => {
    try {
      return await db.tx((tx) => takeTurn(tx, deps, lane, recordJournaled));
    } catch (error) {
      if (error instanceof GatewayError || error instanceof LaneLost) throw error;
      log.error({ lane, err: error }, 'a received stanza could not be recorded and is set aside');
      return db.tx((tx) => takeTurn(tx, deps, lane, setAside));
    }
  };
}

/** Answers whether the job needs another turn. */
type Recording = (tx: Tx, deps: Deps, instance: InstanceRow, job: TakenJob) => Promise<boolean>;

async function takeTurn(tx: Tx, deps: Deps, lane: string, record: Recording): Promise<boolean> {
  const taking = await takeJobs(tx, { lane, worker: deps.lease.worker, inFlightMax: 1 });
  const job = taking.kind === 'taken' ? taking.jobs[0] : undefined;
  if (!job) return false;
  const instance = await readAnyInstance(tx, instanceOfLane(lane));
  const more = instance?.deleted_at === null && (await record(tx, deps, instance, job));
  if (more) await retryJob(tx, job, 0);
  else await finishJob(tx, job);
  return true;
}

async function recordJournaled(tx: Tx, deps: Deps, instance: InstanceRow, job: TakenJob): Promise<boolean> {
  if (job.kind === groupListJob) return compareGroups(tx, deps, instance, job);
  const journaled = await readJournaled(tx, deps.vault, instance, job.ref);
  if (!journaled) return false;
  const policy = {
    openSealed: deps.network.openSealed,
    autoFetchBytesMax: deps.config.mediaAutoFetchMaxBytes,
  };
  for (const update of deps.network.interpret(journaled)) await recordUpdate(tx, instance, update, policy);
  await settleJournaled(tx, job.ref);
  return false;
}

/** One that a restart has lost is asked for again with the next connection. */
async function compareGroups(tx: Tx, { groupLists }: Deps, instance: InstanceRow, { ref }: TakenJob): Promise<boolean> {
  const groups = groupLists.read(ref);
  const isWanted = groups !== undefined && !ignoresChats(instance, 'group');
  const more = isWanted && (await recordGroupList(tx, instance, groups, resolveMember));
  if (!more) groupLists.drop(ref);
  return more;
}

async function setAside(tx: Tx, { groupLists }: Deps, instance: InstanceRow, job: TakenJob): Promise<boolean> {
  if (job.kind === groupListJob) {
    groupLists.drop(job.ref);
    return false;
  }
  await recordSetAside(tx, instance, job.ref);
  await settleJournaled(tx, job.ref, 'could_not_be_recorded');
  return false;
}
