import type { Reader, Tx } from '../../db/index.ts';
import { type Id, newId } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Caller } from '../customers/index.ts';
import { type Endpoint, listEndpoints, requireEndpoint } from '../webhooks/index.ts';
import { findReplayable, type ReplayWish } from './find-replayable.ts';
import {
  countRunningReplays,
  insertPart,
  insertReplay,
  type ReplayRow,
  selectPartSums,
  selectReplay,
  selectReplays,
  updatePartsDone,
  updateReplay,
} from './replays.sql.ts';

/** Each goes over what may be a long history. */
const runningMax = 5;

/** More than a customer can have endpoints. */
const endpointsMax = 100;

/** Rows that are counted at once, and how often: a dry run goes no further. */
const countBatch = 500;
const countWindowsMax = 2_000;

export type Replay = {
  readonly id: Id<'rpl'>;
  readonly endpointId: Id<'end'> | null;
  readonly wish: ReplayWish;
  readonly status: 'running' | 'done' | 'cancelled';
  /** Put into the endpoints' lanes again so far. */
  readonly replayed: number;
  /** Left out, being tried anyway or delivered already. */
  readonly skipped: number;
  readonly createdAt: number;
  readonly finishedAt: number | null;
};

/**
 * Begins to deliver again, under the same event ids, what the wish says; the sweep does the work, as fast as the endpoints take it.
 * Null stands for all endpoints that are enabled. Throws `endpoint_not_found`, `endpoint_disabled` and `limit_reached`.
 */
export async function startReplay(
  tx: Tx,
  caller: Caller,
  endpointId: Id<'end'> | null,
  wish: ReplayWish,
): Promise<Replay> {
  if ((await countRunningReplays(tx, caller.customerId)) >= runningMax) {
    throw new GatewayError('limit_reached', { limit: runningMax });
  }
  const endpoints = await listConcerned(tx, caller, endpointId);
  const id = newId('rpl', tx.now);
  const isEmpty = endpoints.length === 0;
  await insertReplay(tx, {
    id,
    customer_id: caller.customerId,
    bound_to: caller.instanceId,
    source: wish.source,
    endpoint_id: endpointId,
    filter: JSON.stringify(wish),
    status: isEmpty ? 'done' : 'running',
    created_at: tx.now,
    finished_at: isEmpty ? tx.now : null,
  });
  for (const endpoint of endpoints) await insertPart(tx, { replay_id: id, endpoint_id: endpoint.id, position: null });
  await recordReplayAudit(tx, caller, 'started', id, { endpoint_id: endpointId, ...wish });
  return requireReplay(tx, caller, id);
}

/** How much a wish would deliver again; `more` when counting was given up. `pause` lets others at the database. */
export async function countReplayable(
  from: Reader,
  caller: Caller,
  endpointId: Id<'end'> | null,
  wish: ReplayWish,
  pause: () => Promise<void>,
): Promise<{ count: number; more: boolean }> {
  let count = 0;
  let windows = 0;
  for (const endpoint of await listConcerned(from, caller, endpointId)) {
    let after: string | null = null;
    let more = true;
    while (more) {
      if (windows === countWindowsMax) return { count, more };
      const found = await findReplayable(from, caller, endpoint, wish, { after, limit: countBatch });
      count += found.restarts.length + found.additions.length;
      ({ upTo: after, more } = found);
      windows += 1;
      await pause();
    }
  }
  return { count, more: false };
}

async function listConcerned(from: Tx | Reader, caller: Caller, id: Id<'end'> | null): Promise<Endpoint[]> {
  if (id === null) {
    const all = await listEndpoints(from, caller, { before: null, limit: endpointsMax });
    return all.filter(({ enabled }) => enabled);
  }
  const endpoint = await requireEndpoint(from, caller, id);
  if (!endpoint.enabled) throw new GatewayError('endpoint_disabled', { reason: endpoint.disabledReason });
  return [endpoint];
}

/** What it has put into lanes stays there. Nothing happens to one that has ended. */
export async function cancelReplay(tx: Tx, caller: Caller, id: Id<'rpl'>): Promise<Replay> {
  const replay = await requireReplay(tx, caller, id);
  if (replay.status !== 'running') return replay;
  await updatePartsDone(tx, id);
  await updateReplay(tx, caller.customerId, id, { status: 'cancelled', finished_at: tx.now });
  await recordReplayAudit(tx, caller, 'cancelled', id, {});
  return requireReplay(tx, caller, id);
}

/** A replay that this caller may see; throws `replay_not_found`, whoever else may have it. */
export async function requireReplay(from: Tx | Reader, caller: Caller, id: Id<'rpl'>): Promise<Replay> {
  const row = await selectReplay(from, caller.customerId, caller.instanceId, id);
  const [replay] = row ? await toReplays(from, [row]) : [];
  if (!replay) throw new GatewayError('replay_not_found', { id });
  return replay;
}

/** Newest first, those before `before`. A bound key sees those that keys of its instance asked for. */
export async function listReplays(
  from: Reader,
  caller: Caller,
  page: { readonly before: Id<'rpl'> | null; readonly limit: number },
): Promise<Replay[]> {
  return toReplays(from, await selectReplays(from, caller.customerId, caller.instanceId, page));
}

async function toReplays(from: Tx | Reader, rows: readonly ReplayRow[]): Promise<Replay[]> {
  const ids = rows.map(({ id }) => id);
  const sums = new Map((ids.length > 0 ? await selectPartSums(from, ids) : []).map((sum) => [sum.replay_id, sum]));
  return rows.map((row) => ({
    id: row.id,
    endpointId: row.endpoint_id,
    wish: parseWish(row.filter),
    status: asStatus(row.status),
    replayed: Number(sums.get(row.id)?.replayed ?? 0),
    skipped: Number(sums.get(row.id)?.skipped ?? 0),
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  }));
}

const recordReplayAudit = (
  tx: Tx,
  caller: Caller,
  what: string,
  id: Id<'rpl'>,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> =>
  recordAudit(tx, caller, {
    action: `replay.${what}`,
    target: id,
    ...(caller.instanceId && { instanceId: caller.instanceId }),
    detail,
  });

/** Only `startReplay` writes the column. */
export function parseWish(json: string): ReplayWish {
  return JSON.parse(json) as ReplayWish;
}

/** A check of the column allows nothing else. */
function asStatus(status: string): Replay['status'] {
  return status as Replay['status'];
}
