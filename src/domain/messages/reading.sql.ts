import { sql } from 'kysely';
import type { Reader, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';

const unread = (from: Tx | Reader, chatId: Id<'cht'>) =>
  from
    .selectFrom('messages')
    .where('chat_id', '=', chatId)
    .where('direction', '=', sql.lit('in'))
    .where('read_at', 'is', null);

export const selectUnread = (from: Tx | Reader, chatId: Id<'cht'>, limit: number) =>
  unread(from, chatId).select(['id', 'network_id', 'contact_id']).orderBy('id', 'desc').limit(limit).execute();

export const countUnread = async (from: Tx | Reader, chatId: Id<'cht'>) => {
  const row = await unread(from, chatId)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(row.count);
};

export const updateRead = (tx: Tx, chatId: Id<'cht'>, upTo: Id<'msg'>, atMs: number) =>
  tx
    .updateTable('messages')
    .set({ read_at: atMs })
    .where('chat_id', '=', chatId)
    .where('direction', '=', sql.lit('in'))
    .where('read_at', 'is', null)
    .where('id', '<=', upTo)
    .execute();

/** The newest of some messages that came into a chat. */
export const selectNewestInbound = (tx: Tx, chatId: Id<'cht'>, networkIds: readonly string[]) =>
  tx
    .selectFrom('messages')
    .select('id')
    .where('chat_id', '=', chatId)
    .where('direction', '=', sql.lit('in'))
    .where('network_id', 'in', networkIds)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();

/** The last message of a chat that WhatsApp has. */
export const selectLastOnNetwork = (from: Reader, chatId: Id<'cht'>) =>
  from
    .selectFrom('messages')
    .select(['network_id', 'contact_id', 'direction', 'sent_at'])
    .where('chat_id', '=', chatId)
    .where('sent_at', 'is not', null)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();

export const selectGlances = (from: Tx | Reader, customerId: Id<'cus'>, ids: readonly Id<'msg'>[]) =>
  from
    .selectFrom('messages')
    .select(['id', 'type', 'direction', 'content', 'created_at', 'deleted_at'])
    .where('customer_id', '=', customerId)
    .where('id', 'in', ids)
    .execute();

export const selectLastId = (tx: Tx, chatId: Id<'cht'>) =>
  tx
    .selectFrom('messages')
    .select(['id', 'created_at'])
    .where('chat_id', '=', chatId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
