import { createHash } from 'node:crypto';
import { aesDecryptGCM, hmacSign, proto } from 'baileys';
import type { Identity, MessageChange, SealedInput } from '../network/index.ts';
import { createBounds, wholeOf } from './bounds.ts';
import { contentOf, pollIn } from './content-of.ts';
import { lidJid, phoneJid } from './jids.ts';
import { unwrapMessage } from './unwrap-message.ts';

const noSalt = new Uint8Array(32);
const emojiCharsMax = 64;
const optionCharsMax = 1024;
const guestsMax = 1000;

/** What a change is sealed for: part of its key, so that one cannot be passed off as another. */
type Usage = 'Poll Vote' | 'Event Response' | 'Enc Reaction' | 'Event Edit' | 'Message Edit';

type Seal = {
  readonly usage: Usage;
  readonly sealed: Uint8Array;
  readonly nonce: Uint8Array;
  /** Votes and answers are bound to whose they are beside their key. */
  readonly bound: boolean;
  read(plain: Uint8Array, target: proto.IMessage): MessageChange | undefined;
};

/**
 * Opens a change with the secret that came with the message which it is about. Undefined for what this person has not sealed for
 * this message, and for a vote for what is not there to choose.
 */
export function openSealed({ raw, author, target }: SealedInput): MessageChange | undefined {
  try {
    const outer = proto.Message.decode(target.raw);
    const { message } = unwrapMessage(outer);
    const secret = (outer.messageContextInfo ?? message.messageContextInfo)?.messageSecret;
    const seal = sealIn(unwrapMessage(proto.Message.decode(raw)).message);
    if (!secret || !seal) return undefined;
    // Which of their two addresses somebody has used is not said anywhere: only the right pair opens it.
    for (const creator of jidsOf(target.author)) {
      for (const changer of jidsOf(author)) {
        const plain = unseal(seal, secret, { id: target.networkId, creator, changer });
        if (plain) return seal.read(plain, message);
      }
    }
    return undefined;
  } catch {
    return undefined;
  }
}

function jidsOf({ phone, lid }: Identity): readonly string[] {
  return [...(lid === undefined ? [] : [lidJid(lid)]), ...(phone === undefined ? [] : [phoneJid(phone)])];
}

function unseal(seal: Seal, secret: Uint8Array, of: { id: string; creator: string; changer: string }) {
  const usage = Buffer.from(`${of.id}${of.creator}${of.changer}${seal.usage}\u0001`);
  const key = hmacSign(usage, hmacSign(secret, noSalt));
  const bound = seal.bound ? Buffer.from(`${of.id}\u0000${of.changer}`) : Buffer.alloc(0);
  try {
    return aesDecryptGCM(seal.sealed, key, seal.nonce, bound);
  } catch {
    return undefined;
  }
}

function sealIn(message: proto.IMessage): Seal | undefined {
  const { pollUpdateMessage: vote, encEventResponseMessage: answer, encReactionMessage: reaction } = message;
  if (vote?.vote) return sealOf('Poll Vote', vote.vote, true, readVote);
  if (answer) return sealOf('Event Response', answer, true, readResponse);
  if (reaction) return sealOf('Enc Reaction', reaction, false, readReaction);
  const edit = message.secretEncryptedMessage;
  const isEvent = edit?.secretEncType === proto.Message.SecretEncryptedMessage.SecretEncType.EVENT_EDIT;
  return edit ? sealOf(isEvent ? 'Event Edit' : 'Message Edit', edit, false, readEdit) : undefined;
}

function sealOf(usage: Usage, box: proto.Message.IPollEncValue, bound: boolean, read: Seal['read']): Seal | undefined {
  const { encPayload: sealed, encIv: nonce } = box;
  return sealed && nonce ? { usage, sealed, nonce, bound, read } : undefined;
}

function readVote(plain: Uint8Array, target: proto.IMessage): MessageChange | undefined {
  const chosen = proto.Message.PollVoteMessage.decode(plain).selectedOptions.map((hash) => Buffer.from(hash));
  const bounds = createBounds();
  const names = (pollIn(target)?.options ?? []).map(({ optionName }) => optionName ?? '');
  const options = names.filter((name) => chosen.some((hash) => hash.equals(hashOf(name))));
  if (new Set(options).size !== new Set(chosen.map((hash) => hash.toString('hex'))).size) return undefined;
  return { type: 'poll_vote', options: [...new Set(options)].map((name) => bounds.text(name, optionCharsMax) ?? '') };
}

const hashOf = (option: string): Uint8Array => createHash('sha256').update(option).digest();

const { EventResponseType } = proto.Message.EventResponseMessage;
const responses: ReadonlyMap<unknown, 'going' | 'not_going' | 'maybe'> = new Map([
  [EventResponseType.GOING, 'going'],
  [EventResponseType.NOT_GOING, 'not_going'],
  [EventResponseType.MAYBE, 'maybe'],
]);

function readResponse(plain: Uint8Array): MessageChange {
  const { response, extraGuestCount } = proto.Message.EventResponseMessage.decode(plain);
  const extraGuests = Math.min(wholeOf(extraGuestCount) ?? 0, guestsMax);
  return { type: 'event_response', response: responses.get(response) ?? 'unknown', extraGuests };
}

function readReaction(plain: Uint8Array): MessageChange {
  const { text } = proto.Message.ReactionMessage.decode(plain);
  return { type: 'reaction', emoji: createBounds().text(text, emojiCharsMax) ?? null };
}

function readEdit(plain: Uint8Array): MessageChange | undefined {
  const { message } = unwrapMessage(proto.Message.decode(plain));
  const content = contentOf(message.protocolMessage?.editedMessage ?? message);
  return content && { type: 'edit', content };
}
