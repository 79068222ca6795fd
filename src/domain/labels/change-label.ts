import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { LabelFields, LabelUpdate } from '../../network/index.ts';
import { recordAudit } from '../audit/index.ts';
import { chatKeyOf, readChat } from '../contacts/index.ts';
import type { Caller } from '../customers/index.ts';
import { recordEvent } from '../events/index.ts';
import type { InstanceRow } from '../instances/index.ts';
import {
  deleteAttachment,
  deleteAttachments,
  insertAttachment,
  type LabelRow,
  selectLabel,
  selectLabelOnNetwork,
  updateLabel,
} from './labels.sql.ts';
import { addHiddenLabel, viewLabel } from './labels.ts';

type LabelEvent = 'label.created' | 'label.updated' | 'label.deleted';
type How = { readonly silent: boolean; readonly correlationId: string | null };

/** What a label has become is news when it differs from what is on record; undefined when it is so already. */
function eventOf(row: LabelRow, { name, color, deleted }: LabelFields): LabelEvent | undefined {
  if (row.deleted_at !== null) return deleted ? undefined : 'label.created';
  if (deleted) return 'label.deleted';
  return row.name === name && row.color === color ? undefined : 'label.updated';
}

/** Brings a label in line with what has happened to it, and says so. */
async function applyEdit(tx: Tx, row: LabelRow, fields: LabelFields, how: How): Promise<void> {
  const event = eventOf(row, fields);
  if (!event) return;
  const { name, color, predefinedId = null } = fields;
  const shown = { name, color, predefined_id: predefinedId, deleted_at: null };
  await updateLabel(tx, row.customer_id, row.id, fields.deleted ? { deleted_at: tx.now } : shown);
  if (fields.deleted) await deleteAttachments(tx, row.id);
  if (how.silent) return;
  await recordEvent(tx, {
    customerId: row.customer_id,
    instanceId: row.instance_id,
    type: event,
    data: { label: viewLabel(await requireStored(tx, row)) },
    correlationId: how.correlationId,
  });
}

async function requireStored(tx: Tx, { customer_id: customerId, id }: LabelRow): Promise<LabelRow> {
  const row = await selectLabel(tx, customerId, id);
  if (!row) throw new Error(`label ${id} vanished inside its transaction`);
  return row;
}

/** Puts a label on a chat or takes it off, and says so. A label that nobody has told of yet is no news. */
async function applyAttachment(tx: Tx, row: LabelRow, chatId: Id<'cht'>, on: boolean, how: How): Promise<void> {
  const isNews = on ? await insertAttachment(tx, row.id, chatId) : await deleteAttachment(tx, row.id, chatId);
  const chat = await readChat(tx, row.customer_id, chatId);
  if (!isNews || how.silent || row.deleted_at !== null || !chat) return;
  await recordEvent(tx, {
    customerId: row.customer_id,
    instanceId: row.instance_id,
    chat: { id: chatId, type: chatKeyOf(chat).kind },
    type: on ? 'label.attached' : 'label.detached',
    data: { label: viewLabel(row), chat_id: chatId },
    correlationId: how.correlationId,
  });
}

const heard = (initial: boolean): How => ({ silent: initial, correlationId: null });

/** A label was made, changed or deleted on a device of the number. What it had before it was linked is taken over in silence. */
export async function recordLabelEdit(
  tx: Tx,
  instance: InstanceRow,
  { label, initial }: Extract<LabelUpdate, { kind: 'label_edited' }>,
): Promise<void> {
  const known = await selectLabelOnNetwork(tx, instance.id, label.networkId);
  if (!known && label.deleted) return;
  await applyEdit(tx, known ?? (await addHiddenLabel(tx, instance, label)), label, heard(initial));
}

/** A label was put on a chat, or taken off it, on a device of the number. It may be told before the label is. */
export async function recordLabelAttached(
  tx: Tx,
  instance: InstanceRow,
  { networkId, on, initial }: Extract<LabelUpdate, { kind: 'label_attached' }>,
  chatId: Id<'cht'>,
): Promise<void> {
  const known = await selectLabelOnNetwork(tx, instance.id, networkId);
  const label = known ?? (await addHiddenLabel(tx, instance, { networkId, name: '', color: 0 }));
  await applyAttachment(tx, label, chatId, on, heard(initial));
}

/** WhatsApp has made, changed or deleted a label for a caller. Answers what it is now. */
export async function recordLabelByCaller(
  tx: Tx,
  caller: Caller,
  label: LabelRow,
  fields: LabelFields,
): Promise<LabelRow> {
  const row = await requireStored(tx, label);
  await applyEdit(tx, row, fields, { silent: false, correlationId: caller.correlationId });
  const what = fields.deleted ? 'deleted' : label.deleted_at === null ? 'updated' : 'created';
  await recordAudit(tx, caller, { action: `label.${what}`, target: row.id, instanceId: row.instance_id });
  return requireStored(tx, row);
}

/** WhatsApp has put a label on a chat for a caller, or taken it off. */
export async function recordAttachmentByCaller(
  tx: Tx,
  caller: Caller,
  label: LabelRow,
  change: { readonly chatId: Id<'cht'>; readonly on: boolean },
): Promise<void> {
  const row = await requireStored(tx, label);
  await applyAttachment(tx, row, change.chatId, change.on, { silent: false, correlationId: caller.correlationId });
  await recordAudit(tx, caller, {
    action: change.on ? 'label.attached' : 'label.detached',
    target: row.id,
    instanceId: row.instance_id,
    detail: { chat_id: change.chatId },
  });
}
