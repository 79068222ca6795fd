import type { proto } from 'baileys';
import { isOutboxFull } from '../clients/outbox.ts';
import { nowMs } from '../lib/clock.ts';
import { hasBlocked } from '../people/privacy.ts';
import { STORIES } from '../wire/jids.ts';
import type { ShownMessage } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { expiresAt, isChange, messageKey, storeMessage } from './history.ts';
import { sendToMany } from './send-to-many.ts';

/** Stories: what a person shows to others for a day. */

/** Whom a person's stories are for when nothing else is said: the address book, and those with whom there is a chat. */
const usualAudience = (world: World, author: AccountState): AccountState[] => {
  const chats = author.messages.map(({ chat }) => chat);
  const numbers = new Set([...Object.keys(author.account.contacts ?? {}), ...chats]);
  return [...numbers].flatMap((number) => world.accounts.get(number) ?? []);
};

/** Who gets what is sent to the chat of all stories: a story's public, or, for what is about one, its author or public. */
const peopleFor = (
  world: World,
  author: AccountState,
  audience: AccountState[] | undefined,
  target: ShownMessage | undefined,
): AccountState[] => {
  if (!target) return audience ?? usualAudience(world, author);
  const isOwn = target.from === author.account.number;
  const numbers = isOwn ? (target.details?.audience ?? []) : [target.from];
  return numbers.flatMap((number) => world.accounts.get(number) ?? []);
};

/** A story is for a day: nobody wants it whose clients have not come for what is far older. */
const hasRoom = (state: AccountState): boolean =>
  [...state.outboxes.keys()].every((device) => !isOutboxFull(state, device));

export type Story = {
  message: proto.IMessage;
  id?: string | undefined;
  audience?: AccountState[] | undefined;
  /** The story that a reaction or a deletion is about. */
  target?: ShownMessage | undefined;
};

/** A person posts a story on the phone, or something about one. Gives its id. */
export const postStory = (world: World, author: AccountState, { message, id, audience, target }: Story): string => {
  const others = peopleFor(world, author, audience, target).filter(
    (one) => one !== author && !hasBlocked(one, author) && hasRoom(one),
  );
  const posted = sendToMany(world, author, { chat: STORIES, people: [author, ...others], message, id });
  const shown = author.messageById.get(messageKey(STORIES, posted));
  if (shown && !isChange(shown)) {
    shown.details = { ...shown.details, audience: others.map(({ account }) => account.number) };
    storeMessage(world, author, shown);
  }
  return posted;
};

/** The stories that a phone shows right now, oldest first; one's own among them. */
export const storiesOn = (state: AccountState): ShownMessage[] =>
  state.messages.filter(
    (message) =>
      message.chat === STORIES &&
      !isChange(message) &&
      message.fate?.deletedBy === undefined &&
      (expiresAt(message) ?? 0) > nowMs(),
  );
