import type { Reader, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { selectPollVotes, selectReactions, updatePollVotesContact, updateReactionsContact } from './marks.sql.ts';

/** What people put on a message: reactions, and votes on a poll. `contact_id` is null for the number itself. */
export type Marks = {
  readonly reactions: readonly MarkView<{ readonly emoji: string }>[];
  readonly votes: readonly MarkView<{ readonly options: readonly string[] }>[];
};

type MarkView<T> = T & { readonly contact_id: Id<'con'> | null; readonly at: string };

/** A page of messages in a lively group stays an answer that can be read; the oldest are shown. */
const marksReadMax = 10_000;

export const noMarks: Marks = { reactions: [], votes: [] };

/** The marks of several messages at once, by message, oldest first. */
export async function readMarks(
  from: Tx | Reader,
  messages: readonly { readonly id: Id<'msg'>; readonly type: string }[],
): Promise<ReadonlyMap<Id<'msg'>, Marks>> {
  const ids = messages.map(({ id }) => id);
  const polls = messages.flatMap(({ id, type }) => (type === 'poll' ? [id] : []));
  const reactions = ids.length === 0 ? [] : await selectReactions(from, ids, marksReadMax);
  const votes = polls.length === 0 ? [] : await selectPollVotes(from, polls, marksReadMax);
  const reactionsOf = Map.groupBy(reactions, (row) => row.message_id);
  const votesOf = Map.groupBy(votes, (row) => row.message_id);
  return new Map(
    ids.map((id) => [
      id,
      {
        reactions: (reactionsOf.get(id) ?? []).map(({ contact_id, emoji, at }) => ({
          contact_id,
          emoji,
          at: timeOf(at),
        })),
        votes: (votesOf.get(id) ?? []).map(({ contact_id, options, at }) => ({
          contact_id,
          options: asOptions(options),
          at: timeOf(at),
        })),
      },
    ]),
  );
}

const timeOf = (ms: number): string => new Date(ms).toISOString();

/** Only this module's writers fill the column: a list of texts. */
function asOptions(json: string): string[] {
  return JSON.parse(json) as string[];
}

/** What one of two contacts that are one person did, the person did. */
export async function moveMarks(tx: Tx, from: Id<'con'>, into: Id<'con'>): Promise<void> {
  await updateReactionsContact(tx, from, into);
  await updatePollVotesContact(tx, from, into);
}
