import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { contentOf } from './content.ts';
import { deletePollVote, deleteReaction, insertPollVote, insertReaction } from './marks.sql.ts';
import { selectMessage, updateMessage } from './messages.sql.ts';
import type { MessageRow } from './messages.ts';

/** Whose mark it is: a contact's, or null for the number itself. */
type By = { readonly contactId: Id<'con'> | null; readonly atMs: number };

/** What WhatsApp took of ours and changes another message, changes it here as well. */
export async function applyOwnChange(tx: Tx, message: MessageRow, atMs: number): Promise<void> {
  const content = contentOf(message);
  const by = { contactId: null, atMs };
  switch (content.type) {
    case 'reaction':
      return recordReaction(tx, content.messageId, content.emoji, by);
    case 'poll_vote':
      return recordPollVote(tx, content.messageId, content.options, by);
    case 'edit':
      return recordEdit(tx, message.customer_id, content.messageId, content.text, atMs);
    case 'delete':
      return recordDeletion(tx, message.customer_id, content.messageId, atMs);
  }
}

/** A person has one reaction on a message; null takes it back. */
export async function recordReaction(tx: Tx, id: Id<'msg'>, emoji: string | null, by: By): Promise<void> {
  await deleteReaction(tx, id, by.contactId);
  if (emoji !== null) await insertReaction(tx, { message_id: id, contact_id: by.contactId, emoji, at: by.atMs });
}

/** A person's last vote counts; one for nothing takes it back. */
export async function recordPollVote(tx: Tx, id: Id<'msg'>, options: readonly string[], by: By): Promise<void> {
  await deletePollVote(tx, id, by.contactId);
  if (options.length === 0) return;
  const row = { message_id: id, contact_id: by.contactId, options: JSON.stringify(options), at: by.atMs };
  await insertPollVote(tx, row);
}

/** The message says something else from now on: its text, or its caption. What went out stays as it was, for resends. */
export async function recordEdit(
  tx: Tx,
  customerId: Id<'cus'>,
  id: Id<'msg'>,
  text: string,
  atMs: number,
): Promise<void> {
  const target = await selectMessage(tx, customerId, id);
  if (!target) return;
  const field = target.type === 'text' ? 'text' : 'caption';
  const content = JSON.stringify({ ...JSON.parse(target.content), [field]: text });
  await updateMessage(tx, customerId, id, { content, edited_at: atMs });
}

/** Taken back for everyone; what it said is kept here. */
export async function recordDeletion(tx: Tx, customerId: Id<'cus'>, id: Id<'msg'>, atMs: number): Promise<void> {
  await updateMessage(tx, customerId, id, { deleted_at: atMs });
}
