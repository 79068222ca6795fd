import type { Reader, Tx } from '../../db/index.ts';
import { readDepth } from '../../lanes/index.ts';
import type { Id } from '../../lib/index.ts';
import { type Caller, systemCaller } from '../customers/index.ts';
import { createDelivery, type Endpoint, readEndpoint, restartDelivery } from '../webhooks/index.ts';
import { findReplayable } from './find-replayable.ts';
import { selectAnyOpenPart, selectOpenPart, selectOpenParts, updatePart, updateReplay } from './replays.sql.ts';
import { parseWish } from './replays.ts';

/** What a replay puts into lanes in one transaction: a long one holds nobody else up. */
const batch = 100;

/** A lane with so much in it gets no more from a replay: what happens now waits behind no more than this. */
const waitingMax = 500;

/** Parts looked at in one sweep, the oldest replays first. */
const partsMax = 1_000;

export type ReplayPart = { readonly replayId: Id<'rpl'>; readonly endpointId: Id<'end'> };

/** What is left to do of all replays, endpoint by endpoint. */
export const listOpenReplays = async (from: Reader): Promise<readonly ReplayPart[]> =>
  (await selectOpenParts(from, partsMax)).map((row) => ({ replayId: row.replay_id, endpointId: row.endpoint_id }));

/**
 * Goes on with a replay for one endpoint, from where it is written down that it stopped. True when there is more to do at once: call
 * again in another transaction.
 */
export async function workReplay(tx: Tx, { replayId, endpointId }: ReplayPart): Promise<boolean> {
  const part = await selectOpenPart(tx, replayId, endpointId);
  if (!part) return false;
  const caller: Caller = { ...systemCaller(part.customer_id), instanceId: part.bound_to };
  const endpoint = await readEndpoint(tx, caller, endpointId);
  if (!endpoint?.enabled) {
    await endPart(tx, part.customer_id, replayId, endpointId);
    return false;
  }
  const room = waitingMax - (await readDepth(tx, { family: 'deliver', scopeId: endpointId }, waitingMax));
  if (room <= 0) return false;
  const place = { after: part.position, limit: Math.min(batch, room) };
  const found = await findReplayable(tx, caller, endpoint, parseWish(part.filter), place);
  await deliverAgain(tx, endpoint, found);
  const count = found.restarts.length + found.additions.length;
  await updatePart(tx, replayId, endpointId, {
    position: found.upTo,
    replayed: part.replayed + count,
    skipped: part.skipped + found.skipped,
  });
  if (!found.more) await endPart(tx, part.customer_id, replayId, endpointId);
  return found.more && room > count;
}

async function deliverAgain(
  tx: Tx,
  endpoint: Endpoint,
  { restarts, additions }: Awaited<ReturnType<typeof findReplayable>>,
): Promise<void> {
  for (const delivery of restarts) await restartDelivery(tx, endpoint, delivery);
  for (const event of additions) await createDelivery(tx, endpoint, event);
}

async function endPart(tx: Tx, customerId: Id<'cus'>, replayId: Id<'rpl'>, endpointId: Id<'end'>): Promise<void> {
  await updatePart(tx, replayId, endpointId, { done: 1 });
  if (await selectAnyOpenPart(tx, replayId)) return;
  await updateReplay(tx, customerId, replayId, { status: 'done', finished_at: tx.now });
}
