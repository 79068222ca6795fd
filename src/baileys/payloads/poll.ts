import { createHash, randomBytes } from 'node:crypto';
import { aesEncryptGCM, hmacSign, proto } from 'baileys';
import type { OutboundContent } from '../../network/index.ts';
import { authorJid, messageKey, ownJid, type Place, readContent } from './references.ts';

type Of<T extends OutboundContent['type']> = Extract<OutboundContent, { type: T }>;

const nonceBytes = 12;
const noSalt = new Uint8Array(32);

/** WhatsApp has a field of its own for polls in which one option may be chosen. */
export function buildPoll({ question, options, selectable }: Of<'poll'>): proto.IMessage {
  const poll = {
    name: question,
    options: options.map((optionName) => ({ optionName })),
    selectableOptionsCount: selectable,
  };
  return selectable === 1 ? { pollCreationMessageV3: poll } : { pollCreationMessage: poll };
}

/** A vote is sealed with a key that only those who got the poll can derive, for one voter and one poll. */
export function buildPollVote({ target, options }: Of<'poll_vote'>, place: Place & { atMs: number }): proto.IMessage {
  const secret = readContent(target)?.secret;
  if (secret === undefined) throw new Error(`poll ${target.networkId} came without its secret`);
  const voter = ownJid(place);
  const usage = Buffer.from(`${target.networkId}${authorJid(target, place)}${voter}Poll Vote\u0001`);
  const key = hmacSign(usage, hmacSign(secret, noSalt));
  const vote = proto.Message.PollVoteMessage.encode({ selectedOptions: options.map(hashOption) }).finish();
  const encIv = randomBytes(nonceBytes);
  const encPayload = aesEncryptGCM(vote, key, encIv, Buffer.from(`${target.networkId}\u0000${voter}`));
  return {
    pollUpdateMessage: {
      pollCreationMessageKey: messageKey(target, place),
      vote: { encIv, encPayload },
      senderTimestampMs: place.atMs,
    },
  };
}

function hashOption(option: string): Uint8Array {
  return createHash('sha256').update(option).digest();
}
