import { type Insertable, type Selectable, sql, type Updateable } from 'kysely';
import type { Reader, Tables, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';

export type ReplayRow = Selectable<Tables['replays']>;
export type PartRow = Selectable<Tables['replay_parts']>;

/** Constants in the statement's text: a partial index is only used for what the text itself implies. */
const open = sql.lit(0);
const running = sql.lit('running');

export const insertReplay = (tx: Tx, row: Insertable<Tables['replays']>) =>
  tx.insertInto('replays').values(row).execute();

export const insertPart = (tx: Tx, row: Insertable<Tables['replay_parts']>) =>
  tx.insertInto('replay_parts').values(row).execute();

/** `boundTo` leaves those out that another key asked for. */
const replaysOf = (from: Tx | Reader, customerId: Id<'cus'>, boundTo: Id<'ins'> | null) =>
  from
    .selectFrom('replays')
    .selectAll()
    .where('customer_id', '=', customerId)
    .$if(boundTo !== null, (query) => query.where('bound_to', '=', boundTo));

export const selectReplay = (from: Tx | Reader, customerId: Id<'cus'>, boundTo: Id<'ins'> | null, id: Id<'rpl'>) =>
  replaysOf(from, customerId, boundTo).where('id', '=', id).executeTakeFirst();

export const selectReplays = (
  from: Reader,
  customerId: Id<'cus'>,
  boundTo: Id<'ins'> | null,
  page: { readonly before: Id<'rpl'> | null; readonly limit: number },
) =>
  replaysOf(from, customerId, boundTo)
    .$if(page.before !== null, (query) => query.where('id', '<', page.before))
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute();

export const countRunningReplays = async (tx: Tx, customerId: Id<'cus'>) => {
  const row = await tx
    .selectFrom('replays')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('customer_id', '=', customerId)
    .where('status', '=', running)
    .executeTakeFirstOrThrow();
  return Number(row.count);
};

export const updateReplay = (tx: Tx, customerId: Id<'cus'>, id: Id<'rpl'>, patch: Updateable<Tables['replays']>) =>
  tx.updateTable('replays').set(patch).where('customer_id', '=', customerId).where('id', '=', id).execute();

export const selectPartSums = (from: Tx | Reader, replayIds: readonly Id<'rpl'>[]) =>
  from
    .selectFrom('replay_parts')
    .select((eb) => [
      'replay_id',
      eb.fn.sum<number>('replayed').as('replayed'),
      eb.fn.sum<number>('skipped').as('skipped'),
    ])
    .where('replay_id', 'in', replayIds)
    .groupBy('replay_id')
    .execute();

/** For the sweep: what is left to do, whoever asked for it. */
export const selectOpenParts = (from: Reader, limit: number) =>
  from
    .selectFrom('replay_parts')
    .select(['replay_id', 'endpoint_id'])
    .where('done', '=', open)
    .orderBy('replay_id')
    .limit(limit)
    .execute();

export const selectOpenPart = (tx: Tx, replayId: Id<'rpl'>, endpointId: Id<'end'>) =>
  tx
    .selectFrom('replay_parts')
    .innerJoin('replays', 'replays.id', 'replay_parts.replay_id')
    .selectAll('replay_parts')
    .select(['replays.customer_id', 'replays.source', 'replays.filter', 'replays.bound_to'])
    .where('replay_parts.replay_id', '=', replayId)
    .where('replay_parts.endpoint_id', '=', endpointId)
    .where('replay_parts.done', '=', 0)
    .executeTakeFirst();

export const updatePart = (
  tx: Tx,
  replayId: Id<'rpl'>,
  endpointId: Id<'end'>,
  patch: Updateable<Tables['replay_parts']>,
) =>
  tx
    .updateTable('replay_parts')
    .set(patch)
    .where('replay_id', '=', replayId)
    .where('endpoint_id', '=', endpointId)
    .execute();

export const updatePartsDone = (tx: Tx, replayId: Id<'rpl'>) =>
  tx.updateTable('replay_parts').set({ done: 1 }).where('replay_id', '=', replayId).execute();

export const selectAnyOpenPart = (tx: Tx, replayId: Id<'rpl'>) =>
  tx
    .selectFrom('replay_parts')
    .select('endpoint_id')
    .where('replay_id', '=', replayId)
    .where('done', '=', open)
    .limit(1)
    .executeTakeFirst();
