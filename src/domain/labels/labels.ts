import type { Reader, Tx } from '../../db/index.ts';
import { type Id, isId, newId } from '../../lib/index.ts';
import type { LabelFields } from '../../network/index.ts';
import { GatewayError } from '../../platform/index.ts';
import type { Caller } from '../customers/index.ts';
import type { InstanceRow } from '../instances/index.ts';
import {
  deleteAttachmentsOf,
  deleteAttachmentsTo,
  deleteLabel,
  insertAttachment,
  insertLabel,
  type LabelRow,
  selectAttachedTo,
  selectLabel,
  selectLabels,
  selectLabelsOfChats,
  selectNetworkIds,
  updateLabelsDeleted,
} from './labels.sql.ts';

/** As many as the WhatsApp Business app lets a business have. */
export const labelsMax = 20;
/** Colours are places in the palette of the app. */
export const labelColors = 20;

/** A label as the API and every event show it. Times are ISO-8601 in UTC. */
export type LabelView = {
  readonly id: Id<'lbl'>;
  readonly instance_id: Id<'ins'>;
  readonly name: string;
  readonly color: number;
  readonly created_at: string;
  readonly updated_at: string;
};

export const viewLabel = (row: LabelRow): LabelView => ({
  id: row.id,
  instance_id: row.instance_id,
  name: row.name,
  color: row.color,
  created_at: new Date(row.created_at).toISOString(),
  updated_at: new Date(row.updated_at).toISOString(),
});

/** All of an instance, the oldest first. The caller has made sure that the instance is its own. */
export const listLabels = (from: Reader, caller: Caller, instanceId: Id<'ins'>): Promise<LabelRow[]> =>
  selectLabels(from, caller.customerId, instanceId);

/** A label of an instance that the caller may see; throws `label_not_found` for every other id, and for one that is deleted. */
export async function requireLabel(
  from: Tx | Reader,
  caller: Caller,
  instanceId: Id<'ins'>,
  id: string,
): Promise<LabelRow> {
  const row = isId('lbl', id) ? await selectLabel(from, caller.customerId, id) : undefined;
  if (!row || row.instance_id !== instanceId || row.deleted_at !== null)
    throw new GatewayError('label_not_found', { id });
  return row;
}

/** A label as the network is asked about it. */
export const labelFieldsOf = (row: LabelRow): LabelFields => ({
  networkId: row.network_id,
  name: row.name,
  color: row.color,
  ...(row.predefined_id !== null && { predefinedId: row.predefined_id }),
  deleted: false,
});

/**
 * Takes an id of the network's for a new label, so that nobody else makes one under it meanwhile. The label is shown once
 * WhatsApp has it. Throws `limit_reached` when the phone has no room for one more.
 */
export async function reserveLabel(
  tx: Tx,
  instance: Pick<InstanceRow, 'id' | 'customer_id'>,
  wish: { readonly name: string; readonly color: number },
): Promise<LabelRow> {
  const there = await selectLabels(tx, instance.customer_id, instance.id);
  if (there.length >= labelsMax) throw new GatewayError('limit_reached', { limit: labelsMax });
  const taken = (await selectNetworkIds(tx, instance.id)).map(({ network_id: id }) => Number(id));
  const next = Math.max(0, ...taken.filter(Number.isSafeInteger)) + 1;
  return addHiddenLabel(tx, instance, { networkId: String(next), ...wish });
}

/** A label that is not on the phone, as far as anybody has said. */
export async function addHiddenLabel(
  tx: Tx,
  instance: Pick<InstanceRow, 'id' | 'customer_id'>,
  { networkId, name, color }: { readonly networkId: string; readonly name: string; readonly color: number },
): Promise<LabelRow> {
  const row = {
    id: newId('lbl', tx.now),
    customer_id: instance.customer_id,
    instance_id: instance.id,
    network_id: networkId,
    name,
    color,
    predefined_id: null,
    deleted_at: tx.now,
    created_at: tx.now,
    updated_at: tx.now,
  };
  await insertLabel(tx, row);
  return row;
}

/** WhatsApp did not make it: the network's id is free again. One that was made all the same stays. */
export async function releaseLabel(tx: Tx, reserved: LabelRow): Promise<void> {
  const row = await selectLabel(tx, reserved.customer_id, reserved.id);
  if (row && row.deleted_at !== null) await deleteLabel(tx, row.customer_id, row.id);
}

/** A phone was linked, and says next which labels it has: what another one had, or this one then, is no longer true. */
export async function forgetLabels(tx: Tx, instanceId: Id<'ins'>): Promise<void> {
  await deleteAttachmentsOf(tx, instanceId);
  await updateLabelsDeleted(tx, instanceId);
}

/** The labels of each chat that has any. */
export async function listChatLabels(
  from: Tx | Reader,
  chatIds: readonly Id<'cht'>[],
): Promise<ReadonlyMap<Id<'cht'>, Id<'lbl'>[]>> {
  const rows = chatIds.length === 0 ? [] : await selectLabelsOfChats(from, chatIds);
  const byChat = Map.groupBy(rows, ({ chat_id: id }) => id);
  return new Map([...byChat].map(([id, own]) => [id, own.map((row) => row.label_id)]));
}

/** Two chats turned out to be one, which has the labels of both. */
export async function moveChatLabels(tx: Tx, from: Id<'cht'>, into: Id<'cht'>): Promise<void> {
  for (const { label_id: labelId } of await selectAttachedTo(tx, from)) await insertAttachment(tx, labelId, into);
  await deleteAttachmentsTo(tx, from);
}
