import type { Insertable, Selectable } from 'kysely';
import type { Reader, Tables, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';

export type EventRow = Selectable<Tables['events']>;

export const insertEvent = (tx: Tx, row: Insertable<Tables['events']>) => tx.insertInto('events').values(row).execute();

export type EventPage = {
  /** Set when the caller sees one instance only, or asks for one. */
  readonly instanceId: Id<'ins'> | null;
  readonly type: string | null;
  readonly limit: number;
};

export const selectEventsAfter = (
  from: Tx | Reader,
  customerId: Id<'cus'>,
  page: EventPage & { readonly after: Id<'evt'> | null },
) =>
  eventsOf(from, customerId, page)
    .$if(page.after !== null, (query) => query.where('id', '>', page.after))
    .orderBy('id')
    .execute();

const eventsOf = (from: Tx | Reader, customerId: Id<'cus'>, page: EventPage) =>
  from
    .selectFrom('events')
    .selectAll()
    .where('customer_id', '=', customerId)
    .$if(page.instanceId !== null, (query) => query.where('instance_id', '=', page.instanceId))
    .$if(page.type !== null, (query) => query.where('type', '=', page.type))
    .limit(page.limit);

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

/** For the deliver loop, which starts from deliveries alone. */
export const selectAnyEvents = (from: Tx | Reader, ids: readonly Id<'evt'>[]) =>
  from.selectFrom('events').selectAll().where('id', 'in', ids).execute();
