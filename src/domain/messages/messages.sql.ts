import { type Insertable, sql, type Updateable } from 'kysely';
import type { Reader, Tables, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';

export const insertMessage = (tx: Tx, row: Insertable<Tables['messages']>) =>
  tx.insertInto('messages').values(row).execute();

export const selectMessage = (from: Tx | Reader, customerId: Id<'cus'>, id: Id<'msg'>) =>
  from.selectFrom('messages').selectAll().where('customer_id', '=', customerId).where('id', '=', id).executeTakeFirst();

export const selectMessages = (
  from: Reader,
  customerId: Id<'cus'>,
  filter: {
    instanceId: Id<'ins'>;
    before: Id<'msg'> | null;
    limit: number;
    status?: string | undefined;
    direction?: string | undefined;
    clientRef?: string | undefined;
    contactId?: Id<'con'> | undefined;
    chatId?: Id<'cht'> | undefined;
  },
) => {
  const { before, status, direction, clientRef, contactId, chatId } = filter;
  return from
    .selectFrom('messages')
    .selectAll()
    .where('customer_id', '=', customerId)
    .where('instance_id', '=', filter.instanceId)
    .$if(before !== null, (query) => query.where('id', '<', before))
    .$if(status !== undefined, (query) => query.where('status', '=', status ?? ''))
    .$if(direction !== undefined, (query) => query.where('direction', '=', direction ?? ''))
    .$if(clientRef !== undefined, (query) => query.where('client_ref', '=', clientRef ?? ''))
    .$if(contactId !== undefined, (query) => query.where('contact_id', '=', contactId ?? null))
    .$if(chatId !== undefined, (query) => query.where('chat_id', '=', chatId ?? null))
    .orderBy('id', 'desc')
    .limit(filter.limit)
    .execute();
};

/** For the send loop, which serves all customers: a job names a message and nothing else. */
export const selectJobMessage = (tx: Tx, id: Id<'msg'>) =>
  tx.selectFrom('messages').selectAll().where('id', '=', id).executeTakeFirst();

export const selectAnyInbound = (tx: Tx, chatId: Id<'cht'>) =>
  tx
    .selectFrom('messages')
    .select('id')
    .where('chat_id', '=', chatId)
    .where('direction', '=', 'in')
    .limit(1)
    .executeTakeFirst();

/** The longest due first. */
export const selectDue = (tx: Tx, limit: number) =>
  tx
    .selectFrom('messages')
    .select(['id', 'customer_id', 'instance_id', 'chat_id', 'media_id'])
    .where('status', '=', sql.lit('scheduled'))
    .where('send_at', '<=', tx.now)
    .orderBy('send_at')
    .orderBy('id')
    .limit(limit)
    .execute();

export const updateScheduledDue = (tx: Tx, customerId: Id<'cus'>, instanceId: Id<'ins'>) =>
  tx
    .updateTable('messages')
    .set({ send_at: tx.now })
    .where('customer_id', '=', customerId)
    .where('instance_id', '=', instanceId)
    .where('status', '=', sql.lit('scheduled'))
    .execute();

/** No further than `limit`. */
export async function countScheduled(
  tx: Tx,
  customerId: Id<'cus'>,
  instanceId: Id<'ins'>,
  limit: number,
): Promise<number> {
  const rows = await tx
    .selectFrom('messages')
    .select('id')
    .where('customer_id', '=', customerId)
    .where('instance_id', '=', instanceId)
    .where('status', '=', sql.lit('scheduled'))
    .limit(limit)
    .execute();
  return rows.length;
}

export const selectExpired = (tx: Tx, limit: number) =>
  tx
    .selectFrom('messages')
    .selectAll()
    .where('status', '=', sql.lit('queued'))
    .where('expires_at', '<=', tx.now)
    .orderBy('expires_at')
    .limit(limit)
    .execute();

export const selectOutbound = (from: Tx | Reader, instanceId: Id<'ins'>, networkId: string) =>
  from
    .selectFrom('messages')
    .selectAll()
    .where('instance_id', '=', instanceId)
    .where('network_id', '=', networkId)
    .where('direction', '=', 'out')
    .executeTakeFirst();

/** Ids are chosen by who writes, so in a chat of many one person's must not hide another's. */
export const selectInbound = (
  tx: Tx,
  instanceId: Id<'ins'>,
  message: { chatId: Id<'cht'>; contactId: Id<'con'> | null; networkId: string },
) =>
  tx
    .selectFrom('messages')
    .select('id')
    .where('instance_id', '=', instanceId)
    .where('chat_id', '=', message.chatId)
    .where('network_id', '=', message.networkId)
    .where('contact_id', 'is not distinct from', message.contactId)
    .where('direction', '=', 'in')
    .executeTakeFirst();

/** What came into a chat under an id, by whomever: in a chat of many, several people can choose the same. */
export const selectInboundAs = (tx: Tx, instanceId: Id<'ins'>, chatId: Id<'cht'>, networkId: string) =>
  tx
    .selectFrom('messages')
    .selectAll()
    .where('instance_id', '=', instanceId)
    .where('chat_id', '=', chatId)
    .where('network_id', '=', networkId)
    .where('direction', '=', sql.lit('in'))
    .execute();

export const selectMessagesById = (from: Tx | Reader, customerId: Id<'cus'>, ids: readonly Id<'msg'>[]) =>
  from.selectFrom('messages').selectAll().where('customer_id', '=', customerId).where('id', 'in', ids).execute();

export const updateMessage = (tx: Tx, customerId: Id<'cus'>, id: Id<'msg'>, set: Updateable<Tables['messages']>) =>
  tx
    .updateTable('messages')
    .set({ ...set, updated_at: tx.now })
    .where('customer_id', '=', customerId)
    .where('id', '=', id)
    .execute();

/** Leaves behind what the other chat has already: a message that came by number and by LID, under one id. */
export const updateMessagesChat = (tx: Tx, customerId: Id<'cus'>, from: Id<'cht'>, into: Id<'cht'>) =>
  tx
    .updateTable('messages')
    .set({ chat_id: into })
    .where('customer_id', '=', customerId)
    .where('chat_id', '=', from)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('messages as twin')
            .select('twin.id')
            .whereRef('twin.instance_id', '=', 'messages.instance_id')
            .where('twin.chat_id', '=', into)
            .whereRef('twin.network_id', '=', 'messages.network_id')
            .whereRef('twin.direction', '=', 'messages.direction')
            .where('twin.direction', '=', sql.lit('in')),
        ),
      ),
    )
    .execute();

/** The same for what came in one chat of many from somebody under two names. */
export const updateMessagesContact = (tx: Tx, customerId: Id<'cus'>, from: Id<'con'>, into: Id<'con'>) =>
  tx
    .updateTable('messages')
    .set({ contact_id: into })
    .where('customer_id', '=', customerId)
    .where('contact_id', '=', from)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('messages as twin')
            .select('twin.id')
            .whereRef('twin.instance_id', '=', 'messages.instance_id')
            .whereRef('twin.chat_id', '=', 'messages.chat_id')
            .whereRef('twin.network_id', '=', 'messages.network_id')
            .whereRef('twin.direction', '=', 'messages.direction')
            .where('twin.contact_id', '=', into)
            .where('twin.direction', '=', sql.lit('in')),
        ),
      ),
    )
    .execute();

export const insertStep = (tx: Tx, messageId: Id<'msg'>, step: string, detail: string) =>
  tx.insertInto('message_steps').values({ message_id: messageId, step, detail, at: tx.now }).execute();

export const selectHasStep = async (tx: Tx, messageId: Id<'msg'>, step: string): Promise<boolean> =>
  (await tx
    .selectFrom('message_steps')
    .select('id')
    .where('message_id', '=', messageId)
    .where('step', '=', step)
    .limit(1)
    .executeTakeFirst()) !== undefined;

export const selectSteps = (from: Reader, messageId: Id<'msg'>) =>
  from
    .selectFrom('message_steps')
    .select(['step', 'detail', 'at'])
    .where('message_id', '=', messageId)
    .orderBy('id')
    .execute();
