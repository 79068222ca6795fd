import type { Insertable, Selectable } from 'kysely';
import type { Reader, Tables, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';

export type EventRow = Selectable<Tables['events']>;

export const insertEvent = (tx: Tx, row: Insertable<Tables['events']>) => tx.insertInto('events').values(row).execute();

/** What filters go by, of the events behind one and before another, oldest first. */
export const selectEventHeads = (
  from: Tx | Reader,
  customerId: Id<'cus'>,
  {
    after,
    before,
    limit,
  }: { readonly after: Id<'evt'> | null; readonly before: Id<'evt'> | null; readonly limit: number },
) =>
  from
    .selectFrom('events')
    .select(['id', 'type', 'instance_id', 'chat_id', 'chat_type'])
    .where('customer_id', '=', customerId)
    .$if(after !== null, (query) => query.where('id', '>', after))
    .$if(before !== null, (query) => query.where('id', '<', before))
    .orderBy('id')
    .limit(limit)
    .execute();

export const selectNewestEvent = (from: Reader, customerId: Id<'cus'>) =>
  from
    .selectFrom('events')
    .select('id')
    .where('customer_id', '=', customerId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();

export const selectEvent = (from: Tx | Reader, customerId: Id<'cus'>, id: Id<'evt'>) =>
  from.selectFrom('events').selectAll().where('customer_id', '=', customerId).where('id', '=', id).executeTakeFirst();

export const selectEventsOfMessage = (from: Tx | Reader, customerId: Id<'cus'>, messageId: Id<'msg'>, limit: number) =>
  from
    .selectFrom('events')
    .selectAll()
    .where('customer_id', '=', customerId)
    .where('message_id', '=', messageId)
    .orderBy('id')
    .limit(limit)
    .execute();

/** For those who have ids from elsewhere. */
export const selectAnyEvents = (from: Tx | Reader, ids: readonly Id<'evt'>[]) =>
  from.selectFrom('events').selectAll().where('id', 'in', ids).orderBy('id').execute();
