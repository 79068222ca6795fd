import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';

type Of = { readonly instanceId: Id<'ins'>; readonly chatId: Id<'cht'>; readonly networkId: string };

export const insertEarlyChange = (tx: Tx, of: Of, change: { said: string; raw: Uint8Array }) =>
  tx
    .insertInto('early_changes')
    .values({ instance_id: of.instanceId, chat_id: of.chatId, network_id: of.networkId, at: tx.now, ...change })
    .execute();

export const selectEarlyChanges = (tx: Tx, of: Of) =>
  tx
    .selectFrom('early_changes')
    .select(['said', 'raw'])
    .where('instance_id', '=', of.instanceId)
    .where('chat_id', '=', of.chatId)
    .where('network_id', '=', of.networkId)
    .orderBy('id')
    .execute();

/** No further than `max`. */
export const countEarlyChanges = async (tx: Tx, of: Of, max: number): Promise<number> => {
  const rows = await tx
    .selectFrom('early_changes')
    .select('id')
    .where('instance_id', '=', of.instanceId)
    .where('chat_id', '=', of.chatId)
    .where('network_id', '=', of.networkId)
    .limit(max)
    .execute();
  return rows.length;
};

export const deleteEarlyChanges = (tx: Tx, of: Of) =>
  tx
    .deleteFrom('early_changes')
    .where('instance_id', '=', of.instanceId)
    .where('chat_id', '=', of.chatId)
    .where('network_id', '=', of.networkId)
    .execute();

export const updateEarlyChangesChat = (tx: Tx, instanceId: Id<'ins'>, from: Id<'cht'>, into: Id<'cht'>) =>
  tx
    .updateTable('early_changes')
    .set({ chat_id: into })
    .where('instance_id', '=', instanceId)
    .where('chat_id', '=', from)
    .execute();

export const deleteEarlyChangesBefore = (tx: Tx, instanceId: Id<'ins'>, before: number) =>
  tx.deleteFrom('early_changes').where('instance_id', '=', instanceId).where('at', '<', before).execute();
