import type { proto } from 'baileys';
import { jidOf, storeAccount } from '../world/accounts.ts';
import type { ChatSettings, ShownMessage } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { isSet } from './describe-extra.ts';
import { unwrapMessage } from './describe-message.ts';
import { openReply } from './event-replies.ts';
import { messageKey, storeMessage } from './history.ts';
import { openVote } from './poll-votes.ts';

/** Longer than the fifteen minutes that senders have, since messages take their time. */
const EDIT_TAKEN_MS = 20 * 60_000;

const ADDRESSINGS = ['lid', 'pn'] as const;

const react = (target: ShownMessage, change: ShownMessage): boolean => {
  const others = (target.fate?.reactions ?? []).filter(({ from }) => from !== change.from);
  const own = change.text === undefined ? [] : [{ from: change.from, emoji: change.text }];
  target.fate = { ...target.fate, reactions: [...others, ...own] };
  return true;
};

const edit = (target: ShownMessage, change: ShownMessage): boolean => {
  if (change.from !== target.from || change.at - target.at > EDIT_TAKEN_MS) return false;
  target.text = change.text;
  target.fate = { ...target.fate, editedAt: change.at };
  return true;
};

const remove = (world: World, target: ShownMessage, change: ShownMessage): boolean => {
  // In a group, admins delete what others have written.
  const role = world.groups.get(change.chat)?.members.get(change.from) ?? 'member';
  if (change.from !== target.from && role === 'member') return false;
  target.fate = { ...target.fate, deletedBy: change.from };
  return true;
};

/** Somebody says whether they come to an event; all go by their numbers there. */
const attend = (world: World, target: ShownMessage, change: ShownMessage, message: proto.IMessage): boolean => {
  const sealed = unwrapMessage(message).message.encEventResponseMessage;
  const secret = target.details?.extras?.event?.secret;
  const [creator, guest] = [world.accounts.get(target.from), world.accounts.get(change.from)];
  if (!sealed || !secret || !creator || !guest) return false;
  const ballot = { questionId: target.id, creatorJid: jidOf(creator, 'pn'), answererJid: jidOf(guest, 'pn') };
  const reply = openReply(secret, ballot, sealed);
  if (!reply) return false;
  const others = (target.fate?.replies ?? []).filter(({ from }) => from !== change.from);
  target.fate = { ...target.fate, replies: [...others, { from: change.from, reply }] };
  return true;
};

/** Somebody pins a message for everybody in the chat, or keeps one that would disappear; or no longer. */
const mark = (target: ShownMessage, change: ShownMessage, field: 'pinnedBy' | 'keptBy', isSetNow: boolean): boolean => {
  target.fate = { ...target.fate, [field]: isSetNow ? change.from : undefined };
  return true;
};

const vote = (world: World, target: ShownMessage, change: ShownMessage, message: proto.IMessage): boolean => {
  const sealed = unwrapMessage(message).message.pollUpdateMessage?.vote;
  const poll = target.details?.poll;
  const creator = world.accounts.get(target.from);
  const voter = world.accounts.get(change.from);
  if (!sealed || !poll || !creator || !voter) return false;
  // Which of their two addresses a client has used is not said anywhere: only the right pair opens the vote.
  for (const creatorAs of ADDRESSINGS) {
    for (const voterAs of ADDRESSINGS) {
      const [creatorJid, answererJid] = [jidOf(creator, creatorAs), jidOf(voter, voterAs)];
      const ballot = { questionId: target.id, creatorJid, answererJid };
      const options = openVote(poll.secret, ballot, sealed, poll.options);
      if (!options || (poll.selectable > 0 && options.length > poll.selectable)) continue;
      const others = (target.fate?.votes ?? []).filter(({ from }) => from !== change.from);
      target.fate = { ...target.fate, votes: [...others, { from: change.from, options, at: change.at }] };
      return true;
    }
  }
  return false;
};

/** Changes what the person has set for one chat. */
export const changeChat = (world: World, state: AccountState, chat: string, settings: ChatSettings): void => {
  const chats = state.account.chats ?? {};
  state.account.chats = { ...chats, [chat]: { ...chats[chat], ...settings } };
  storeAccount(world, state);
};

/**
 * Applies what changes another message, or the chat, to what the person sees. False when the phone lets it pass: the
 * message is not there, or whoever sent it has no right to.
 */
export const applyChange = (
  world: World,
  state: AccountState,
  change: ShownMessage,
  message: proto.IMessage,
): boolean => {
  if (change.kind === 'timer') {
    changeChat(world, state, change.chat, { disappearingSeconds: change.details?.expiresSeconds ?? 0 });
    return true;
  }
  const target = state.messageById.get(messageKey(change.chat, change.target ?? ''));
  if (!target || target.fate?.deletedBy !== undefined) return false;
  const takes: Record<string, () => boolean> = {
    reaction: () => react(target, change),
    edit: () => edit(target, change),
    delete: () => remove(world, target, change),
    vote: () => vote(world, target, change, message),
    event_reply: () => attend(world, target, change, message),
    pin: () => mark(target, change, 'pinnedBy', isSet(unwrapMessage(message).message)),
    keep: () => mark(target, change, 'keptBy', isSet(unwrapMessage(message).message)),
  };
  const taken = takes[change.kind]?.() ?? false;
  if (taken) storeMessage(world, state, target);
  return taken;
};
