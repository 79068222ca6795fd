import type { Reader, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { MessageName } from '../../network/index.ts';
import { readContactIdentity, recordChatCounts } from '../contacts/index.ts';
import {
  countUnread,
  selectGlances,
  selectLastId,
  selectLastOnNetwork,
  selectNewestInbound,
  selectUnread,
  updateRead,
} from './reading.sql.ts';

/** Unread messages of a chat as WhatsApp knows them, newest first, with the newest one's id of ours. */
export type Unread = { readonly newest: Id<'msg'>; readonly messages: readonly MessageName[] };

/** The newest messages of a chat that nobody has read here; undefined when all are read. */
export async function readUnread(
  from: Tx | Reader,
  chat: { readonly id: Id<'cht'>; readonly customer_id: Id<'cus'> },
  limit: number,
): Promise<Unread | undefined> {
  const rows = await selectUnread(from, chat.id, limit);
  const [newest] = rows;
  if (!newest) return undefined;
  const messages: MessageName[] = [];
  for (const row of rows) messages.push({ ...(await nameOf(from, chat.customer_id, row)), fromMe: false });
  return { newest: newest.id, messages };
}

/** The last message of a chat that WhatsApp has, which says how far a change of the chat goes. */
export async function readLastMessage(
  from: Reader,
  chat: { readonly id: Id<'cht'>; readonly customer_id: Id<'cus'> },
): Promise<(MessageName & { readonly atMs: number }) | undefined> {
  const row = await selectLastOnNetwork(from, chat.id);
  if (!row || row.sent_at === null) return undefined;
  const name = await nameOf(from, chat.customer_id, row);
  return { ...name, fromMe: row.direction === 'out', atMs: row.sent_at };
}

/** How WhatsApp knows a message: by its id and, where there is one, by who wrote it. */
export async function nameOf(
  from: Tx | Reader,
  customerId: Id<'cus'>,
  row: { readonly network_id: string; readonly contact_id: Id<'con'> | null },
): Promise<Pick<MessageName, 'networkId' | 'author'>> {
  const author = row.contact_id === null ? undefined : await readContactIdentity(from, customerId, row.contact_id);
  return { networkId: row.network_id, ...(author && { author }) };
}

/** What came into a chat up to a message counts as read from now on. Answers how many are still unread. */
export async function recordRead(tx: Tx, chatId: Id<'cht'>, upTo: Id<'msg'>, atMs: number): Promise<number> {
  await updateRead(tx, chatId, upTo, atMs);
  return countUnread(tx, chatId);
}

/** The newest of messages that WhatsApp names, as far as they came into this chat. */
export const findNewestInbound = async (
  tx: Tx,
  chatId: Id<'cht'>,
  networkIds: readonly string[],
): Promise<Id<'msg'> | undefined> => (await selectNewestInbound(tx, chatId, networkIds))?.id;

/** As much of a message as a list of chats shows. */
export type MessageGlance = {
  readonly id: Id<'msg'>;
  readonly direction: string;
  readonly type: string;
  /** Its words or its caption, as far as they fit; null when it has none or was deleted. */
  readonly text: string | null;
  readonly created_at: string;
};

const glanceCharsMax = 200;

/** Glances at several messages of one customer, by id. */
export async function viewGlances(
  from: Tx | Reader,
  customerId: Id<'cus'>,
  ids: readonly Id<'msg'>[],
): Promise<ReadonlyMap<Id<'msg'>, MessageGlance>> {
  const rows = ids.length === 0 ? [] : await selectGlances(from, customerId, ids);
  return new Map(
    rows.map(({ id, direction, type, content, created_at: at, deleted_at: deletedAt }) => [
      id,
      {
        id,
        direction,
        type,
        text: deletedAt === null ? wordsOf(content) : null,
        created_at: new Date(at).toISOString(),
      },
    ]),
  );
}

function wordsOf(content: string): string | null {
  const { text, caption } = asWords(JSON.parse(content));
  const words = typeof text === 'string' ? text : caption;
  return typeof words === 'string' ? words.slice(0, glanceCharsMax) : null;
}

/** Every content is an object; what of it is a text is asked of each. */
function asWords(content: unknown): { readonly text?: unknown; readonly caption?: unknown } {
  return content as { readonly text?: unknown; readonly caption?: unknown };
}

/** Counts anew what a chat says of its messages, after others have been moved into it. */
export async function recountChat(tx: Tx, customerId: Id<'cus'>, chatId: Id<'cht'>): Promise<void> {
  const last = await selectLastId(tx, chatId);
  await recordChatCounts(tx, customerId, chatId, { unread: await countUnread(tx, chatId), last });
}
