import type { Insertable, Updateable } from 'kysely';
import type { Reader, Tables, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';

export const insertInstance = (tx: Tx, row: Insertable<Tables['instances']>) =>
  tx.insertInto('instances').values(row).execute();

export const selectInstance = (from: Tx | Reader, customerId: Id<'cus'>, id: Id<'ins'>) =>
  from
    .selectFrom('instances')
    .selectAll()
    .where('customer_id', '=', customerId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();

export const selectInstances = (
  from: Reader,
  customerId: Id<'cus'>,
  page: { only: Id<'ins'> | null; before: Id<'ins'> | null; limit: number },
) =>
  from
    .selectFrom('instances')
    .selectAll()
    .where('customer_id', '=', customerId)
    .where('deleted_at', 'is', null)
    .$if(page.only !== null, (query) => query.where('id', '=', page.only))
    .$if(page.before !== null, (query) => query.where('id', '<', page.before))
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute();

export const updateInstance = (tx: Tx, customerId: Id<'cus'>, id: Id<'ins'>, set: Updateable<Tables['instances']>) =>
  tx
    .updateTable('instances')
    .set({ ...set, updated_at: tx.now })
    .where('customer_id', '=', customerId)
    .where('id', '=', id)
    .execute();

/** For the worker, which serves all customers: the one lookup that starts from an instance alone. */
export const selectAnyInstance = (from: Tx | Reader, id: Id<'ins'>) =>
  from.selectFrom('instances').selectAll().where('id', '=', id).executeTakeFirst();

export const selectWantedInstances = (from: Reader, after: Id<'ins'> | null, limit: number) =>
  from
    .selectFrom('instances')
    .select(['id', 'wanted_since'])
    .where('wanted', '=', 1)
    .where('deleted_at', 'is', null)
    .$if(after !== null, (query) => query.where('id', '>', after))
    .orderBy('id')
    .limit(limit)
    .execute();

export const countWantedInstances = async (from: Tx | Reader) => {
  const row = await from
    .selectFrom('instances')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('wanted', '=', 1)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(row.count);
};

export const selectStateCounts = (from: Reader) =>
  from
    .selectFrom('instances')
    .select((eb) => ['state', eb.fn.countAll<number>().as('count')])
    .where('deleted_at', 'is', null)
    .groupBy('state')
    .execute();

export const selectRestrictionsOver = (tx: Tx) =>
  tx
    .selectFrom('instances')
    .select('id')
    .where('wanted', '=', 1)
    .where('deleted_at', 'is', null)
    .where('state', '=', 'restricted')
    .where('restricted_until', '<=', tx.now)
    .execute();
