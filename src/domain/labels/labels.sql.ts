import type { Insertable, Updateable } from 'kysely';
import type { Reader, Row, Tables, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';

export type LabelRow = Row<'labels'>;

export const insertLabel = (tx: Tx, row: Insertable<Tables['labels']>) => tx.insertInto('labels').values(row).execute();

export const selectLabel = (from: Tx | Reader, customerId: Id<'cus'>, id: Id<'lbl'>) =>
  from.selectFrom('labels').selectAll().where('customer_id', '=', customerId).where('id', '=', id).executeTakeFirst();

export const selectLabelOnNetwork = (tx: Tx, instanceId: Id<'ins'>, networkId: string) =>
  tx
    .selectFrom('labels')
    .selectAll()
    .where('instance_id', '=', instanceId)
    .where('network_id', '=', networkId)
    .executeTakeFirst();

/** Those on the phone, in the order in which they came to be. */
export const selectLabels = (from: Tx | Reader, customerId: Id<'cus'>, instanceId: Id<'ins'>) =>
  from
    .selectFrom('labels')
    .selectAll()
    .where('customer_id', '=', customerId)
    .where('instance_id', '=', instanceId)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .execute();

/** Of every label that there is or was. */
export const selectNetworkIds = (tx: Tx, instanceId: Id<'ins'>) =>
  tx.selectFrom('labels').select('network_id').where('instance_id', '=', instanceId).execute();

export const updateLabel = (tx: Tx, customerId: Id<'cus'>, id: Id<'lbl'>, set: Updateable<Tables['labels']>) =>
  tx
    .updateTable('labels')
    .set({ ...set, updated_at: tx.now })
    .where('customer_id', '=', customerId)
    .where('id', '=', id)
    .execute();

export const deleteLabel = (tx: Tx, customerId: Id<'cus'>, id: Id<'lbl'>) =>
  tx.deleteFrom('labels').where('customer_id', '=', customerId).where('id', '=', id).execute();

/** For the worker: takes all labels of an instance off its list. */
export const updateLabelsDeleted = (tx: Tx, instanceId: Id<'ins'>) =>
  tx
    .updateTable('labels')
    .set({ deleted_at: tx.now })
    .where('instance_id', '=', instanceId)
    .where('deleted_at', 'is', null)
    .execute();

/** For the worker: takes all labels of an instance off its chats. */
export const deleteAttachmentsOf = (tx: Tx, instanceId: Id<'ins'>) =>
  tx
    .deleteFrom('label_chats')
    .where('label_id', 'in', ({ selectFrom }) =>
      selectFrom('labels').select('labels.id').where('labels.instance_id', '=', instanceId),
    )
    .execute();

/** Whether it was not there before. */
export async function insertAttachment(tx: Tx, labelId: Id<'lbl'>, chatId: Id<'cht'>): Promise<boolean> {
  const [result] = await tx
    .insertInto('label_chats')
    .values({ label_id: labelId, chat_id: chatId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return Number(result?.numInsertedOrUpdatedRows ?? 0) > 0;
}

/** Whether it was there. */
export async function deleteAttachment(tx: Tx, labelId: Id<'lbl'>, chatId: Id<'cht'>): Promise<boolean> {
  const result = await tx
    .deleteFrom('label_chats')
    .where('label_id', '=', labelId)
    .where('chat_id', '=', chatId)
    .executeTakeFirst();
  return Number(result.numDeletedRows) > 0;
}

export const deleteAttachments = (tx: Tx, labelId: Id<'lbl'>) =>
  tx.deleteFrom('label_chats').where('label_id', '=', labelId).execute();

export const selectLabelsOfChats = (from: Tx | Reader, chatIds: readonly Id<'cht'>[]) =>
  from
    .selectFrom('label_chats')
    .innerJoin('labels', 'labels.id', 'label_chats.label_id')
    .select(['label_chats.chat_id', 'label_chats.label_id'])
    .where('label_chats.chat_id', 'in', chatIds)
    .where('labels.deleted_at', 'is', null)
    .orderBy('label_chats.label_id')
    .execute();

export const selectAttachedTo = (tx: Tx, chatId: Id<'cht'>) =>
  tx.selectFrom('label_chats').select('label_id').where('chat_id', '=', chatId).execute();

export const deleteAttachmentsTo = (tx: Tx, chatId: Id<'cht'>) =>
  tx.deleteFrom('label_chats').where('chat_id', '=', chatId).execute();
