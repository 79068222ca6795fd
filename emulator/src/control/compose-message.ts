import { proto } from 'baileys';
import type { z } from 'zod';
import { isAdmin, isSharedChat } from '../groups/groups.ts';
import { nowMs } from '../lib/clock.ts';
import { type AnnouncedMedia, buildMessage, type Draft } from '../phones/build-message.ts';
import { EVENT_REPLIES, sealReply } from '../phones/event-replies.ts';
import { isChange, messageKey } from '../phones/history.ts';
import { sealVote } from '../phones/poll-votes.ts';
import { STORIES } from '../wire/jids.ts';
import { jidOf } from '../world/accounts.ts';
import type { ShownMessage } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { composeExtras, type Destination } from './compose-extras.ts';
import { ControlError } from './errors.ts';
import type { sendInput } from './message-schemas.ts';

/** What was asked for; its file, if it has one, is at the media host already. */
export type SendInput = Omit<z.infer<typeof sendInput>, 'data'> & { media?: AnnouncedMedia | undefined };

/** Phones offer an edit for fifteen minutes and a deletion for about two days. */
const EDIT_OFFERED_MS = 15 * 60_000;
const DELETE_OFFERED_MS = 60 * 3_600_000;

/** A message that the person sees; in one chat, or in whichever has it. */
export const requireMessage = (state: AccountState, id: string, chat?: string): ShownMessage => {
  const found =
    chat === undefined
      ? state.messages.findLast((message) => message.id === id)
      : state.messageById.get(messageKey(chat, id));
  if (!found || isChange(found)) throw new ControlError('message_not_found', `there is no message ${id} on this phone`);
  return found;
};

const keyOf = (world: World, from: AccountState, to: Destination, message: ShownMessage): proto.IMessageKey => ({
  remoteJid: to.jid,
  id: message.id,
  fromMe: message.from === from.account.number,
  ...(isSharedChat(to.chat) ? { participant: authorJid(world, message, to) ?? null } : {}),
});

const authorJid = (world: World, message: ShownMessage, to: Destination): string | undefined => {
  const author = world.accounts.get(message.from);
  return author && jidOf(author, to.addressing);
};

const requireMayChange = (world: World, from: AccountState, target: ShownMessage, kind: 'edit' | 'delete'): void => {
  const age = nowMs() - target.at;
  const group = world.groups.get(target.chat);
  const mayDelete = kind === 'delete' && group && isAdmin(group, from);
  if (target.from !== from.account.number && !mayDelete) {
    throw new ControlError('not_allowed', 'only who has sent a message can edit it or delete it for everyone');
  }
  if (age > (kind === 'edit' ? EDIT_OFFERED_MS : DELETE_OFFERED_MS)) {
    throw new ControlError('not_allowed', `it is too late to ${kind} this message`);
  }
};

/** Kinds that are about another message. */
const TARGETED = new Set<string>(['reaction', 'edit', 'delete', 'vote', 'pin', 'keep', 'event_reply']);

const targetKey = (
  world: World,
  from: AccountState,
  to: Destination,
  input: SendInput,
): proto.IMessageKey | undefined => {
  const { kind, target } = input;
  if (!TARGETED.has(kind)) return undefined;
  if (target === undefined) throw new ControlError('invalid_message', `${kind} needs a target`);
  const message = from.messageById.get(messageKey(to.chat, target));
  // Somebody may react to what this phone has never seen; everything else needs the message.
  if (!message && kind === 'reaction') return { remoteJid: to.jid, id: target, fromMe: false };
  const found = message ?? requireMessage(from, target, to.chat);
  if (kind === 'edit' || kind === 'delete') requireMayChange(world, from, found, kind);
  return keyOf(world, from, to, found);
};

const sealChoice = (world: World, from: AccountState, to: Destination, input: SendInput) => {
  if (input.kind !== 'vote') return undefined;
  const target = requireMessage(from, input.target ?? '', to.chat);
  const poll = target.details?.poll;
  const creator = world.accounts.get(target.from);
  const options = input.options ?? [];
  if (!poll || !creator) throw new ControlError('invalid_message', 'only polls can be voted in');
  if (options.some((option) => !poll.options.includes(option))) {
    throw new ControlError('invalid_message', `the options of this poll are ${poll.options.join(', ')}`);
  }
  if (poll.selectable > 0 && options.length > poll.selectable) {
    throw new ControlError('invalid_message', `only ${poll.selectable} of the options can be chosen`);
  }
  const creatorJid = jidOf(creator, to.addressing);
  return sealVote(poll.secret, { questionId: target.id, creatorJid, answererJid: jidOf(from, to.addressing) }, options);
};

/** Whether the person comes to an event. Those who create and answer go by their numbers here, whatever the chat goes by. */
const sealAttendance = (world: World, from: AccountState, to: Destination, input: SendInput) => {
  if (input.kind !== 'event_reply') return undefined;
  const target = requireMessage(from, input.target ?? '', to.chat);
  const secret = target.details?.extras?.event?.secret;
  const creator = world.accounts.get(target.from);
  const reply = EVENT_REPLIES.find((one) => one === input.choice);
  if (!secret?.length || !creator) throw new ControlError('invalid_message', 'only events can be answered so');
  if (!reply) throw new ControlError('invalid_message', `the choice is one of ${EVENT_REPLIES.join(', ')}`);
  const ballot = { questionId: target.id, creatorJid: jidOf(creator, 'pn'), answererJid: jidOf(from, 'pn') };
  return sealReply(secret, ballot, reply);
};

const quoteOf = (world: World, from: AccountState, to: Destination, id: string): proto.IContextInfo => {
  // People answer stories in private.
  const story = from.messageById.get(messageKey(STORIES, id));
  const quoted = story ?? requireMessage(from, id, to.chat);
  return {
    stanzaId: id,
    ...(story ? { remoteJid: STORIES } : {}),
    participant: authorJid(world, quoted, to) ?? null,
    quotedMessage: { conversation: quoted.text ?? '' },
  };
};

const contextOf = (world: World, from: AccountState, to: Destination, input: SendInput) => {
  const mentioned = (input.mentions ?? []).flatMap((number) => world.accounts.get(number) ?? []);
  const expiration = from.account.chats?.[to.chat]?.disappearingSeconds;
  const context: proto.IContextInfo = {
    ...(input.quote === undefined ? {} : quoteOf(world, from, to, input.quote)),
    ...(mentioned.length ? { mentionedJid: mentioned.map((state) => jidOf(state, to.addressing)) } : {}),
    ...(input.forwarded ? { isForwarded: true, forwardingScore: 1 } : {}),
    ...(expiration ? { expiration } : {}),
  };
  return Object.keys(context).length ? context : undefined;
};

const requireSense = ({ kind, text, options = [], seconds }: SendInput): void => {
  if (kind === 'poll' && (text === '' || options.length < 2 || new Set(options).size < options.length)) {
    throw new ControlError('invalid_message', 'a poll needs a question and at least two different options');
  }
  if (kind === 'edit' && text === '') throw new ControlError('invalid_message', 'an edit needs the new text');
  if (kind === 'timer' && seconds === undefined) throw new ControlError('invalid_message', 'a timer needs its seconds');
};

/** A Message from JSON; what is none is refused. */
const readJson = (json: Record<string, unknown>): proto.IMessage => {
  try {
    const message = proto.Message.fromObject(json);
    if (proto.Message.encode(message).finish().length > 0) return message;
  } catch {
    // Said below, with what is empty.
  }
  throw new ControlError('invalid_message', 'message is not a Message in JSON');
};

/** What the person's phone makes of an instruction to send; refuses what it would not offer. */
export const composeMessage = (
  world: World,
  from: AccountState,
  to: Destination,
  input: SendInput,
  text: string,
): proto.IMessage => {
  if (input.raw !== undefined) {
    try {
      return proto.Message.decode(Buffer.from(input.raw, 'base64'));
    } catch {
      throw new ControlError('invalid_message', 'raw is not an encoded Message');
    }
  }
  if (input.message) return readJson(input.message);
  requireSense(input);
  const {
    kind,
    media,
    latitude,
    longitude,
    address,
    contacts,
    options,
    selectable,
    seconds,
    view_once: viewOnce,
  } = input;
  const target = targetKey(world, from, to, input);
  const vote = sealChoice(world, from, to, input);
  const context = contextOf(world, from, to, input);
  const place = { latitude, longitude, address };
  const draft: Draft = {
    kind,
    media,
    text,
    target,
    ...place,
    contacts,
    options,
    selectable,
    vote,
    seconds,
    viewOnce,
    choice: input.choice,
    reply: sealAttendance(world, from, to, input),
    ...composeExtras(world, from, to, input),
    context,
  };
  return buildMessage(draft);
};
