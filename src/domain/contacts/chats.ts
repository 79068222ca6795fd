import type { Reader, Tx } from '../../db/index.ts';
import { type Id, newId } from '../../lib/index.ts';
import type { ChatKind, ChatRef } from '../../network/index.ts';
import type { Caller } from '../customers/index.ts';
import {
  type ChatRow,
  insertChat,
  selectChat,
  selectChatAt,
  selectChatPeople,
  selectChatWith,
  updateChatActive,
  updateChatCounts,
  updateChatName,
} from './chats.sql.ts';
import { readContactIdentity } from './contacts.ts';

/** A chat of an instance, by what makes it that chat: the person, or the network's own word for it. */
export type ChatKey =
  | { readonly kind: 'person'; readonly contactId: Id<'con'> }
  | { readonly kind: Exclude<ChatKind, 'person'>; readonly address: string };

/** The chat of an instance, made when it is first heard of. */
export async function resolveChat(
  tx: Tx,
  customerId: Id<'cus'>,
  instanceId: Id<'ins'>,
  key: ChatKey,
): Promise<Id<'cht'>> {
  const known =
    key.kind === 'person'
      ? await selectChatWith(tx, customerId, instanceId, key.contactId)
      : await selectChatAt(tx, customerId, instanceId, key.address);
  if (known) return known.id;
  const id = newId('cht', tx.now);
  const contactId = key.kind === 'person' ? key.contactId : null;
  const address = key.kind === 'person' ? null : key.address;
  await insertChat(tx, customerId, { id, instance_id: instanceId, kind: key.kind, contact_id: contactId, address });
  return id;
}

/** The chat of an instance at an address, when it was heard of. */
export async function findChat(
  tx: Tx,
  customerId: Id<'cus'>,
  instanceId: Id<'ins'>,
  { address }: { readonly address: string },
): Promise<Id<'cht'> | undefined> {
  return (await selectChatAt(tx, customerId, instanceId, address))?.id;
}

/** People with a number who have a chat with the instance, those of the newest chats first. */
export async function listChatPeople(
  tx: Tx,
  customerId: Id<'cus'>,
  instanceId: Id<'ins'>,
  limit: number,
): Promise<Id<'con'>[]> {
  const rows = await selectChatPeople(tx, customerId, instanceId, limit);
  return rows.flatMap(({ contact_id: id }) => (id === null ? [] : [id]));
}

/** A chat of the customer's; undefined for every other id. */
export const readChat = (from: Tx | Reader, customerId: Id<'cus'>, id: Id<'cht'>): Promise<ChatRow | undefined> =>
  selectChat(from, customerId, id);

/** Whether there is such a chat for this caller. */
export async function isChat(from: Tx | Reader, caller: Caller, id: Id<'cht'>): Promise<boolean> {
  const row = await selectChat(from, caller.customerId, id);
  return row !== undefined && (caller.instanceId === null || caller.instanceId === row.instance_id);
}

/** A message is the last of its chat now, and unread if it came in. */
export const recordChatActive = (
  tx: Tx,
  chat: { readonly customerId: Id<'cus'>; readonly chatId: Id<'cht'> },
  message: { readonly id: Id<'msg'>; readonly unread: boolean },
) => updateChatActive(tx, chat.customerId, chat.chatId, { id: message.id, unread: message.unread ? 1 : 0 });

/** What a chat says of its messages, counted anew. */
export const recordChatCounts = (
  tx: Tx,
  customerId: Id<'cus'>,
  chatId: Id<'cht'>,
  counts: {
    readonly unread: number;
    readonly last: { readonly id: Id<'msg'>; readonly created_at: number } | undefined;
  },
) => updateChatCounts(tx, customerId, chatId, counts);

/** What a chat is called that is no single person's. */
export async function nameChat(tx: Tx, customerId: Id<'cus'>, id: Id<'cht'>, name: string): Promise<void> {
  await updateChatName(tx, customerId, id, name);
}

/** The key of a chat that is on record. A check of the table says that one of the two is there. */
export function chatKeyOf(row: Pick<ChatRow, 'id' | 'kind' | 'contact_id' | 'address'>): ChatKey {
  if (row.contact_id !== null) return { kind: 'person', contactId: row.contact_id };
  if (row.address === null) throw new Error(`chat ${row.id} is with nobody and nowhere`);
  return { kind: asSharedKind(row.kind), address: row.address };
}

/** A check of the column allows nothing else. */
function asSharedKind(kind: string): Exclude<ChatKind, 'person'> {
  return kind as Exclude<ChatKind, 'person'>;
}

/** A chat as the network is asked about it. */
export async function readChatRef(from: Tx | Reader, row: ChatRow): Promise<ChatRef> {
  const key = chatKeyOf(row);
  if (key.kind !== 'person') return key;
  return { kind: 'person', contact: (await readContactIdentity(from, row.customer_id, key.contactId)) ?? {} };
}
