import type { Insertable, Updateable } from 'kysely';
import type { Reader, Row, Tables, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';

export type NewsletterRow = Row<'newsletters'>;

export const insertNewsletter = (tx: Tx, row: Insertable<Tables['newsletters']>) =>
  tx.insertInto('newsletters').values(row).execute();

export const updateNewsletter = (
  tx: Tx,
  customerId: Id<'cus'>,
  chatId: Id<'cht'>,
  set: Updateable<Tables['newsletters']>,
) =>
  tx
    .updateTable('newsletters')
    .set({ ...set, updated_at: tx.now })
    .where('customer_id', '=', customerId)
    .where('chat_id', '=', chatId)
    .execute();

export const deleteNewsletter = (tx: Tx, customerId: Id<'cus'>, chatId: Id<'cht'>) =>
  tx.deleteFrom('newsletters').where('customer_id', '=', customerId).where('chat_id', '=', chatId).execute();

export const selectNewsletter = (from: Tx | Reader, customerId: Id<'cus'>, chatId: Id<'cht'>) =>
  from
    .selectFrom('newsletters')
    .innerJoin('chats', 'chats.id', 'newsletters.chat_id')
    .selectAll('newsletters')
    .select('chats.address')
    .where('newsletters.customer_id', '=', customerId)
    .where('newsletters.chat_id', '=', chatId)
    .executeTakeFirst();

export type NewsletterPage = {
  readonly instanceId: Id<'ins'>;
  readonly before: Id<'cht'> | null;
  readonly limit: number;
};

export const selectNewsletters = (from: Reader, customerId: Id<'cus'>, page: NewsletterPage) =>
  from
    .selectFrom('newsletters')
    .selectAll()
    .where('customer_id', '=', customerId)
    .where('instance_id', '=', page.instanceId)
    .$if(page.before !== null, (query) => query.where('chat_id', '<', page.before))
    .orderBy('chat_id', 'desc')
    .limit(page.limit)
    .execute();
