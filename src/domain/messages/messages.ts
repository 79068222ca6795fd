import type { Reader, Row, Tx } from '../../db/index.ts';
import { mergeOrderKeys } from '../../lanes/index.ts';
import { type Id, snakeKeys } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import { type ResolvedContact, viewContacts } from '../contacts/index.ts';
import type { Caller } from '../customers/index.ts';
import { moveMember } from '../groups/index.ts';
import { moveChatLabels } from '../labels/index.ts';
import { type MediaRow, readMediaOf } from '../media/index.ts';
import { replaceChat } from '../webhooks/index.ts';
import { updateEarlyChangesChat } from './early-changes.sql.ts';
import { type Marks, moveMarks, noMarks, readMarks } from './marks.ts';
import { selectMessage, selectMessages, updateMessagesChat, updateMessagesContact } from './messages.sql.ts';
import { recountChat } from './reading.ts';
import { updateReceiptsContact } from './receipts.sql.ts';
import { peopleOf, type Referred, readAnswered, viewReferences } from './references.ts';

export type MessageRow = Row<'messages'>;

export type MessageStatus =
  | 'scheduled'
  | 'queued'
  | 'sending'
  | 'sent'
  | 'delivered'
  | 'read'
  | 'played'
  | 'failed'
  | 'uncertain'
  | 'cancelled'
  | 'expired'
  | 'received';

/** A message as the API and every event show it. Times are ISO-8601 in UTC. */
export type MessageView = Readonly<Record<string, unknown>> & { readonly id: Id<'msg'> };

function viewMessage(row: MessageRow, referred: Referred, marks: Marks, file: MediaRow | undefined): MessageView {
  const { mentions: _mentions, reply_to: _replyTo, ...content } = asContent(row.content);
  return {
    id: row.id,
    instance_id: row.instance_id,
    chat_id: row.chat_id,
    chat_type: row.chat_kind,
    direction: row.direction,
    source: row.source,
    type: row.type,
    ...content,
    ...(file && { media: viewFile(content.media, file) }),
    status: row.status,
    contact: (row.contact_id && referred.contacts.get(row.contact_id)) ?? null,
    ...(row.recipient !== null && { to: row.recipient }),
    client_ref: row.client_ref,
    network_message_id: row.network_id,
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message },
    send_at: asTime(row.send_at),
    expires_at: asTime(row.expires_at),
    created_at: asTime(row.created_at),
    sent_at: asTime(row.sent_at),
    delivered_at: asTime(row.delivered_at),
    read_at: asTime(row.read_at),
    ...viewReferences(row, referred),
    edited_at: asTime(row.edited_at),
    deleted_at: asTime(row.deleted_at),
    reactions: marks.reactions,
    ...(row.type === 'poll' && { votes: marks.votes }),
  };
}

/** What the message says of its file, and what became of that here. */
function viewFile(said: unknown, file: MediaRow): Record<string, unknown> {
  const facts = typeof said === 'object' ? said : {};
  const kept = file.state === 'ready' ? { bytes: file.bytes, sha256: file.sha256 } : {};
  return { ...facts, ...kept, id: file.id, state: file.state };
}

const asTime = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

/** Only this folder writes the column: an object of the content's own fields, such as `text`, named as in our code. */
function asContent(json: string): Record<string, unknown> {
  return snakeKeys(JSON.parse(json)) as Record<string, unknown>;
}

/** Reads one message with its contact as the API shows it. */
export async function requireMessage(
  from: Tx | Reader,
  caller: Caller,
  id: Id<'msg'>,
): Promise<{ row: MessageRow; view: MessageView }> {
  const row = await selectMessage(from, caller.customerId, id);
  if (!row || (caller.instanceId && caller.instanceId !== row.instance_id)) {
    throw new GatewayError('message_not_found', { id });
  }
  return { row, view: await viewWithContact(from, row) };
}

/** A message as the API and every event show it, with everybody whom it names and what people put on it. */
export async function viewWithContact(from: Tx | Reader, row: MessageRow): Promise<MessageView> {
  const [view] = await viewMessages(from, row.customer_id, [row]);
  if (!view) throw new Error('one row has one view');
  return view;
}

async function viewMessages(
  from: Tx | Reader,
  customerId: Id<'cus'>,
  rows: readonly MessageRow[],
): Promise<MessageView[]> {
  const answered = await readAnswered(from, customerId, rows);
  const contacts = await viewContacts(from, customerId, peopleOf(rows, answered));
  const marks = await readMarks(from, rows);
  const fileIds = rows.map((row) => row.media_id);
  const files = await readMediaOf(from, customerId, fileIds);
  return rows.map((row) =>
    viewMessage(row, { contacts, answered }, marks.get(row.id) ?? noMarks, files.get(row.media_id ?? '')),
  );
}

export type MessageFilter = {
  readonly instanceId: Id<'ins'>;
  readonly before: Id<'msg'> | null;
  readonly limit: number;
  readonly status?: string | undefined;
  readonly direction?: string | undefined;
  readonly clientRef?: string | undefined;
  readonly contactId?: Id<'con'> | undefined;
  readonly chatId?: Id<'cht'> | undefined;
};

/** Newest first. The caller has made sure that the instance is its own. */
export async function listMessages(from: Reader, caller: Caller, filter: MessageFilter): Promise<MessageView[]> {
  const rows = await selectMessages(from, caller.customerId, filter);
  return viewMessages(from, caller.customerId, rows);
}

/** Moves the messages of contacts and chats that turned out to be others, and puts what waits for them into one order. */
export async function followMerges(tx: Tx, customerId: Id<'cus'>, resolved: ResolvedContact): Promise<void> {
  for (const contactId of resolved.mergedContacts) {
    await updateMessagesContact(tx, customerId, contactId, resolved.contactId);
    await moveMarks(tx, contactId, resolved.contactId);
    await updateReceiptsContact(tx, contactId, resolved.contactId);
    await moveMember(tx, contactId, resolved.contactId);
  }
  for (const { instanceId, from, into } of resolved.mergedChats) {
    await updateMessagesChat(tx, customerId, from, into);
    await updateEarlyChangesChat(tx, instanceId, from, into);
    await recountChat(tx, customerId, into);
    await replaceChat(tx, customerId, from, into);
    await moveChatLabels(tx, from, into);
    await mergeOrderKeys(tx, { family: 'send', scopeId: instanceId }, from, into);
  }
}
