import type { Reader, Row, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';

export const selectReactions = (from: Tx | Reader, messageIds: readonly Id<'msg'>[], limit: number) =>
  from
    .selectFrom('reactions')
    .select(['message_id', 'contact_id', 'emoji', 'at'])
    .where('message_id', 'in', messageIds)
    .orderBy('at')
    .limit(limit)
    .execute();

export const selectPollVotes = (from: Tx | Reader, messageIds: readonly Id<'msg'>[], limit: number) =>
  from
    .selectFrom('poll_votes')
    .select(['message_id', 'contact_id', 'options', 'at'])
    .where('message_id', 'in', messageIds)
    .orderBy('at')
    .limit(limit)
    .execute();

export const insertReaction = (tx: Tx, row: Row<'reactions'>) => tx.insertInto('reactions').values(row).execute();

export const deleteReaction = (tx: Tx, messageId: Id<'msg'>, contactId: Id<'con'> | null) =>
  tx
    .deleteFrom('reactions')
    .where('message_id', '=', messageId)
    .where('contact_id', 'is not distinct from', contactId)
    .execute();

export const insertPollVote = (tx: Tx, row: Row<'poll_votes'>) => tx.insertInto('poll_votes').values(row).execute();

export const deletePollVote = (tx: Tx, messageId: Id<'msg'>, contactId: Id<'con'> | null) =>
  tx
    .deleteFrom('poll_votes')
    .where('message_id', '=', messageId)
    .where('contact_id', 'is not distinct from', contactId)
    .execute();

/** Leaves behind what the other contact has on the same message. */
export const updateReactionsContact = (tx: Tx, from: Id<'con'>, into: Id<'con'>) =>
  tx
    .updateTable('reactions')
    .set({ contact_id: into })
    .where('contact_id', '=', from)
    .where('message_id', 'not in', (query) =>
      query.selectFrom('reactions as twin').select('twin.message_id').where('twin.contact_id', '=', into),
    )
    .execute();

/** The same for votes. */
export const updatePollVotesContact = (tx: Tx, from: Id<'con'>, into: Id<'con'>) =>
  tx
    .updateTable('poll_votes')
    .set({ contact_id: into })
    .where('contact_id', '=', from)
    .where('message_id', 'not in', (query) =>
      query.selectFrom('poll_votes as twin').select('twin.message_id').where('twin.contact_id', '=', into),
    )
    .execute();
