import type { Reader, Row, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { ContactView } from '../contacts/index.ts';
import { selectMessagesById } from './messages.sql.ts';

type MessageRow = Row<'messages'>;

/** What the content of a message says of people and of another message, in ids of ours. */
type References = {
  readonly mentions: readonly Id<'con'>[];
  readonly replyTo: {
    readonly networkId: string;
    /** Null when this number wrote it, or when nobody knows who did. */
    readonly contactId: Id<'con'> | null;
    readonly quoted?: { readonly type: string; readonly text?: string };
  } | null;
};

/** What a view of messages needs beside their rows. */
export type Referred = {
  readonly contacts: ReadonlyMap<Id<'con'>, ContactView>;
  readonly answered: ReadonlyMap<Id<'msg'>, MessageRow>;
};

/** Reads the messages that these answer, where their own content does not say which they are. */
export async function readAnswered(
  from: Tx | Reader,
  customerId: Id<'cus'>,
  rows: readonly MessageRow[],
): Promise<ReadonlyMap<Id<'msg'>, MessageRow>> {
  const ids = rows.flatMap((row) => (row.reply_to !== null && row.direction === 'out' ? [row.reply_to] : []));
  const answered = ids.length === 0 ? [] : await selectMessagesById(from, customerId, ids);
  return new Map(answered.map((row) => [row.id, row]));
}

/** Everybody whom the views of these messages show. */
export function peopleOf(rows: readonly MessageRow[], answered: Referred['answered']): readonly Id<'con'>[] {
  const ids = rows.flatMap((row) => {
    const { mentions, replyTo } = referencesOf(row);
    const target = row.reply_to === null ? undefined : answered.get(row.reply_to);
    return [row.contact_id, ...mentions, replyTo?.contactId ?? null, incomingAuthor(target)];
  });
  return [...new Set(ids.flatMap((id) => (id === null ? [] : [id])))];
}

/** Whom a message names and which one it answers, as the API shows it. */
export function viewReferences(row: MessageRow, { contacts, answered }: Referred) {
  const { mentions, replyTo } = referencesOf(row);
  const people = mentions.flatMap((id) => contacts.get(id) ?? []);
  return {
    ...(people.length > 0 && { mentions: people }),
    reply_to: replyTo ? viewReply(row, replyTo, contacts) : viewAnswered(row, { contacts, answered }),
  };
}

function viewReply(row: MessageRow, replyTo: NonNullable<References['replyTo']>, contacts: Referred['contacts']) {
  return {
    message_id: row.reply_to,
    network_message_id: replyTo.networkId,
    contact: (replyTo.contactId && contacts.get(replyTo.contactId)) ?? null,
    type: replyTo.quoted?.type ?? null,
    text: replyTo.quoted?.text ?? null,
  };
}

function viewAnswered(row: MessageRow, { contacts, answered }: Referred) {
  const target = row.reply_to === null ? undefined : answered.get(row.reply_to);
  if (!target) return null;
  const contactId = incomingAuthor(target);
  return {
    message_id: target.id,
    network_message_id: target.network_id,
    contact: (contactId && contacts.get(contactId)) ?? null,
    type: target.type,
    text: wordsOf(target),
  };
}

const incomingAuthor = (row: MessageRow | undefined): Id<'con'> | null =>
  row?.direction === 'in' ? row.contact_id : null;

function wordsOf({ content }: MessageRow): string | null {
  const said: { text?: string; caption?: string; question?: string } = JSON.parse(content);
  return said.text ?? said.caption ?? said.question ?? null;
}

/** Only this folder writes the column, these members by `keepContext` and by whoever accepts a message. */
function referencesOf({ content }: MessageRow): References {
  const { mentions = [], replyTo = null }: Partial<References> = JSON.parse(content);
  return { mentions, replyTo };
}
