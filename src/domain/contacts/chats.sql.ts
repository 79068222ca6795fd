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

/** People with a number who have a chat with the instance, the newest chats first. */
export const selectChatPeople = (tx: Tx, customerId: Id<'cus'>, instanceId: Id<'ins'>, limit: number) =>
  tx
    .selectFrom('chats')
    .select('contact_id')
    .where('customer_id', '=', customerId)
    .where('instance_id', '=', instanceId)
    .where('contact_id', 'is not', null)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('contact_identities')
          .select('contact_identities.value')
          .whereRef('contact_identities.contact_id', '=', 'chats.contact_id')
          .where('contact_identities.kind', '=', 'phone'),
      ),
    )
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();

const newChat = {
  opened_at: null,
  name: null,
  archived: 0,
  pinned_at: null,
  muted_until: null,
  marked_unread: 0,
  unread_count: 0,
  ephemeral_seconds: null,
  last_message_id: null,
  last_message_at: null,
  deleted_at: null,
};

export const insertChat = (
  tx: Tx,
  customerId: Id<'cus'>,
  row: Pick<ChatRow, 'id' | 'instance_id' | 'kind' | 'contact_id' | 'address'>,
) =>
  tx
    .insertInto('chats')
    .values({ ...row, customer_id: customerId, ...newChat, active_at: tx.now, created_at: tx.now })
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

type Absorbed =
  | 'opened_at'
  | 'archived'
  | 'pinned_at'
  | 'muted_until'
  | 'marked_unread'
  | 'ephemeral_seconds'
  | 'active_at'
  | 'deleted_at';

export const updateChatAbsorbing = (tx: Tx, customerId: Id<'cus'>, chatId: Id<'cht'>, known: Pick<ChatRow, Absorbed>) =>
  tx.updateTable('chats').set(known).where('customer_id', '=', customerId).where('id', '=', chatId).execute();

/** A message has come into a chat, or left from it. */
export const updateChatActive = (
  tx: Tx,
  customerId: Id<'cus'>,
  chatId: Id<'cht'>,
  message: { id: Id<'msg'>; unread: 0 | 1 },
) =>
  tx
    .updateTable('chats')
    .set((eb) => ({
      last_message_id: message.id,
      last_message_at: tx.now,
      active_at: tx.now,
      deleted_at: null,
      unread_count: eb('unread_count', '+', message.unread),
    }))
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

export const updateChatCounts = (
  tx: Tx,
  customerId: Id<'cus'>,
  chatId: Id<'cht'>,
  counts: { unread: number; last: { id: Id<'msg'>; created_at: number } | undefined },
) =>
  tx
    .updateTable('chats')
    .set({
      unread_count: counts.unread,
      last_message_id: counts.last?.id ?? null,
      last_message_at: counts.last?.created_at ?? null,
      ...(counts.last && { active_at: counts.last.created_at }),
    })
    .where('customer_id', '=', customerId)
    .where('id', '=', chatId)
    .execute();

export const updateChatName = (tx: Tx, customerId: Id<'cus'>, chatId: Id<'cht'>, name: string) =>
  tx.updateTable('chats').set({ name }).where('customer_id', '=', customerId).where('id', '=', chatId).execute();
