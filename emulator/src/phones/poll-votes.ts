import { createHash } from 'node:crypto';
import { proto } from 'baileys';
import { type Ballot, openAnswer, sealAnswer } from './sealed-answers.ts';

/** Votes in polls: which options, by their hashes. */

const hashOption = (option: string): Buffer => createHash('sha256').update(option).digest();

export const sealVote = (secret: Buffer, ballot: Ballot, options: string[]): proto.Message.IPollEncValue => {
  const vote = proto.Message.PollVoteMessage.encode({ selectedOptions: options.map(hashOption) }).finish();
  return sealAnswer(secret, ballot, 'Poll Vote', vote);
};

/** Which of the poll's options were chosen; undefined if the vote is not this voter's, or chooses what is not there. */
export const openVote = (
  secret: Buffer,
  ballot: Ballot,
  vote: proto.Message.IPollEncValue,
  options: string[],
): string[] | undefined => {
  try {
    const plain = openAnswer(secret, ballot, 'Poll Vote', vote);
    const chosen = proto.Message.PollVoteMessage.decode(plain).selectedOptions.map((hash) => Buffer.from(hash));
    const named = options.filter((option) => chosen.some((hash) => hash.equals(hashOption(option))));
    return named.length === chosen.length ? named : undefined;
  } catch {
    return undefined;
  }
};
