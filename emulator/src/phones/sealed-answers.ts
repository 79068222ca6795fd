import { randomBytes } from 'node:crypto';
import { hmacSha256, seal, toKey, unseal } from '../lib/ciphers.ts';

/** Answers that are sealed with a key which only those who have the question's secret can derive, for one who answers. */

/** Who answers what, by the addresses that both sides go by. */
export type Ballot = { questionId: string; creatorJid: string; answererJid: string };

/** What the answer is, in the words that the key is derived with. */
export type AnswerUse = 'Poll Vote' | 'Event Response';

const NONCE_BYTES = 12;
const NO_SALT = Buffer.alloc(32);

const keyFor = (secret: Buffer, { questionId, creatorJid, answererJid }: Ballot, use: AnswerUse) => {
  const usage = Buffer.concat([Buffer.from(`${questionId}${creatorJid}${answererJid}${use}`), Buffer.from([1])]);
  return toKey(hmacSha256(hmacSha256(NO_SALT, secret), usage));
};

const associatedWith = ({ questionId, answererJid }: Ballot): Buffer =>
  Buffer.from(`${questionId}\u0000${answererJid}`);

export const sealAnswer = (secret: Buffer, ballot: Ballot, use: AnswerUse, plain: Uint8Array) => {
  const encIv = randomBytes(NONCE_BYTES);
  return { encIv, encPayload: seal(keyFor(secret, ballot, use), encIv, plain, associatedWith(ballot)) };
};

/** Throws if it was not sealed for this ballot. */
export const openAnswer = (
  secret: Buffer,
  ballot: Ballot,
  use: AnswerUse,
  sealed: { encIv?: Uint8Array | null; encPayload?: Uint8Array | null },
): Buffer => {
  const nonce = Buffer.from(sealed.encIv ?? []);
  return unseal(keyFor(secret, ballot, use), nonce, Buffer.from(sealed.encPayload ?? []), associatedWith(ballot));
};
