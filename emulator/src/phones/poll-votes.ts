import { createHash, randomBytes } from 'node:crypto';
import { proto } from 'baileys';
import { hmacSha256, seal, toKey, unseal } from '../lib/ciphers.ts';

/** Votes are sealed with a key that only those who have the poll's secret can derive, for one voter. */

export type Ballot = { pollId: string; creatorJid: string; voterJid: string };

const NONCE_BYTES = 12;
const NO_SALT = Buffer.alloc(32);

const keyFor = (secret: Buffer, { pollId, creatorJid, voterJid }: Ballot): Buffer => {
  const usage = Buffer.concat([Buffer.from(`${pollId}${creatorJid}${voterJid}Poll Vote`), Buffer.from([1])]);
  return hmacSha256(hmacSha256(NO_SALT, secret), usage);
};

const associatedWith = ({ pollId, voterJid }: Ballot): Buffer => Buffer.from(`${pollId}\u0000${voterJid}`);

const hashOption = (option: string): Buffer => createHash('sha256').update(option).digest();

export const sealVote = (secret: Buffer, ballot: Ballot, options: string[]): proto.Message.IPollEncValue => {
  const vote = proto.Message.PollVoteMessage.encode({ selectedOptions: options.map(hashOption) }).finish();
  const encIv = randomBytes(NONCE_BYTES);
  return { encIv, encPayload: seal(toKey(keyFor(secret, ballot)), encIv, vote, associatedWith(ballot)) };
};

/** Which of the poll's options were chosen; undefined if the vote is not this voter's, or chooses what is not there. */
export const openVote = (
  secret: Buffer,
  ballot: Ballot,
  vote: proto.Message.IPollEncValue,
  options: string[],
): string[] | undefined => {
  try {
    const nonce = Buffer.from(vote.encIv ?? []);
    const sealed = Buffer.from(vote.encPayload ?? []);
    const plain = unseal(toKey(keyFor(secret, ballot)), nonce, sealed, associatedWith(ballot));
    const chosen = proto.Message.PollVoteMessage.decode(plain).selectedOptions.map((hash) => Buffer.from(hash));
    const named = options.filter((option) => chosen.some((hash) => hash.equals(hashOption(option))));
    return named.length === chosen.length ? named : undefined;
  } catch {
    return undefined;
  }
};
