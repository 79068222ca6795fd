import { sql } from 'kysely';
import type { Reader, Row, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';

export type ChatRow = Row<'chats'>;

export const selectChat = (from: Tx | Reader, customerId: Id<'cus'>, id: Id<'cht'>) =>
  from.selectFrom('chats').selectAll().where('customer_id', '=', customerId).where('id', '=', id).executeTakeFirst();

export const selectChatWith = (tx: Tx, customerId: Id<'cus'>, instanceId: Id<'ins'>, contactId: Id<'con'>) =>
  tx
    .selectFrom('chats')
    .select('id')
    .where('customer_id', '=', customerId)
    .where('instance_id', '=', instanceId)
    .where('contact_id', '=', contactId)
    .executeTakeFirst();

export const selectChatAt = (tx: Tx, customerId: Id<'cus'>, instanceId: Id<'ins'>, address: string) =>
  tx
    .selectFrom('chats')
    .select('id')
    .where('customer_id', '=', customerId)
    .where('instance_id', '=', instanceId)
    .where('address', '=', address)
    .executeTakeFirst();

export const insertChat = (
  tx: Tx,
  customerId: Id<'cus'>,
  row: Pick<ChatRow, 'id' | 'instance_id' | 'kind' | 'contact_id' | 'address'>,
) =>
  tx
    .insertInto('chats')
    .values({ ...row, customer_id: customerId, opened_at: null, name: null, last_message_at: null, created_at: tx.now })
    .execute();

export const selectChatsOfContact = (tx: Tx, customerId: Id<'cus'>, contactId: Id<'con'>) =>
  tx
    .selectFrom('chats')
    .select(['id', 'instance_id'])
    .where('customer_id', '=', customerId)
    .where('contact_id', '=', contactId)
    .execute();

export const updateChatContact = (tx: Tx, customerId: Id<'cus'>, chatId: Id<'cht'>, contactId: Id<'con'>) =>
  tx
    .updateTable('chats')
    .set({ contact_id: contactId })
    .where('customer_id', '=', customerId)
    .where('id', '=', chatId)
    .execute();

export const deleteChat = (tx: Tx, customerId: Id<'cus'>, chatId: Id<'cht'>) =>
  tx.deleteFrom('chats').where('customer_id', '=', customerId).where('id', '=', chatId).execute();

export const updateChatOpened = (tx: Tx, customerId: Id<'cus'>, chatId: Id<'cht'>, openedAt: number) =>
  tx
    .updateTable('chats')
    .set({ opened_at: openedAt })
    .where('customer_id', '=', customerId)
    .where('id', '=', chatId)
    .execute();

/** When an instance began chats, the latest first. */
export async function selectOpenings(tx: Tx, instanceId: Id<'ins'>, sinceMs: number, limit: number): Promise<number[]> {
  const rows = await tx
    .selectFrom('chats')
    .select('opened_at')
    .where('instance_id', '=', instanceId)
    .where('opened_at', '>', sinceMs)
    .where('opened_at', '>', sql.lit(0))
    .orderBy('opened_at', 'desc')
    .limit(limit)
    .execute();
  return rows.flatMap(({ opened_at: at }) => (at === null ? [] : [at]));
}
