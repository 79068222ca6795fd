import type { Insertable, Selectable, Updateable } from 'kysely';
import type { Reader, Tables, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';

export type EndpointRow = Selectable<Tables['endpoints']>;

export const insertEndpoint = (tx: Tx, row: Insertable<Tables['endpoints']>) =>
  tx.insertInto('endpoints').values(row).execute();

export const selectEndpoint = (from: Tx | Reader, customerId: Id<'cus'>, id: Id<'end'>) =>
  from
    .selectFrom('endpoints')
    .selectAll()
    .where('customer_id', '=', customerId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();

/** `instanceIds`, as it stands in the column, leaves those out that chose otherwise. */
export const selectEndpoints = (
  from: Tx | Reader,
  customerId: Id<'cus'>,
  page: { instanceIds: string | null; before: Id<'end'> | null; limit: number },
) =>
  from
    .selectFrom('endpoints')
    .selectAll()
    .where('customer_id', '=', customerId)
    .where('deleted_at', 'is', null)
    .$if(page.instanceIds !== null, (query) => query.where('instance_ids', '=', page.instanceIds))
    .$if(page.before !== null, (query) => query.where('id', '<', page.before))
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute();

export const countEndpoints = async (tx: Tx, customerId: Id<'cus'>) => {
  const row = await tx
    .selectFrom('endpoints')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('customer_id', '=', customerId)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(row.count);
};

export const updateEndpoint = (tx: Tx, customerId: Id<'cus'>, id: Id<'end'>, patch: Updateable<Tables['endpoints']>) =>
  tx
    .updateTable('endpoints')
    .set({ ...patch, updated_at: tx.now })
    .where('customer_id', '=', customerId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .execute();

/** Those that chose chats. */
export const selectEndpointsByChat = (tx: Tx, customerId: Id<'cus'>) =>
  tx
    .selectFrom('endpoints')
    .selectAll()
    .where('customer_id', '=', customerId)
    .where('deleted_at', 'is', null)
    .where('chat_ids', 'is not', null)
    .execute();

/** As below: nothing that the endpoint's owner changed. */
export const updateEndpointChats = (tx: Tx, customerId: Id<'cus'>, id: Id<'end'>, chatIds: string) =>
  tx
    .updateTable('endpoints')
    .set({ chat_ids: chatIds })
    .where('customer_id', '=', customerId)
    .where('id', '=', id)
    .execute();

/** The same; touches no row when it is known already that nothing gets through. */
export const updateEndpointUnanswered = (tx: Tx, customerId: Id<'cus'>, id: Id<'end'>) =>
  tx
    .updateTable('endpoints')
    .set({ unanswered_since: tx.now })
    .where('customer_id', '=', customerId)
    .where('id', '=', id)
    .where('unanswered_since', 'is', null)
    .executeTakeFirst();

export const updateEndpointAnswered = (tx: Tx, customerId: Id<'cus'>, id: Id<'end'>) =>
  tx
    .updateTable('endpoints')
    .set({ unanswered_since: null })
    .where('customer_id', '=', customerId)
    .where('id', '=', id)
    .where('unanswered_since', 'is not', null)
    .executeTakeFirst();

/** `updated_at` tells of what the endpoint's owner changed, and stays. */
export const updateEndpointFailing = (tx: Tx, customerId: Id<'cus'>, id: Id<'end'>, failingSince: number | null) =>
  tx
    .updateTable('endpoints')
    .set({ failing_since: failingSince })
    .where('customer_id', '=', customerId)
    .where('id', '=', id)
    .execute();
