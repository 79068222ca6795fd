import { isGroupJid, isMember, membersOf } from '../groups/groups.ts';
import { nowMs } from '../lib/clock.ts';
import type { Addressing } from '../wire/jids.ts';
import { type BinaryNode, node } from '../wire/nodes.ts';
import { jidOf } from '../world/accounts.ts';
import type { AccountState, World } from '../world/world.ts';
import { allows, hasBlocked } from './privacy.ts';

/** Who is there and who is typing. It is told to clients that are connected, and never kept for others. */

export type TypingState = 'composing' | 'recording' | 'paused';

/** Clients that one person may have told to listen for others. */
const SUBSCRIBERS_MAX = 10_000;

const isHiddenFrom = (state: AccountState, other: AccountState): boolean =>
  hasBlocked(state, other) || !allows(state, 'last', other);

const presenceNode = (state: AccountState, addressing: Addressing): BinaryNode => {
  const { availableOn, lastSeenAt } = state.presence;
  const isThere = availableOn.size > 0;
  return node('presence', {
    from: jidOf(state, addressing),
    type: isThere ? undefined : 'unavailable',
    last: isThere || lastSeenAt === undefined ? undefined : Math.floor(lastSeenAt / 1000).toString(),
  });
};

const tellSubscribers = (world: World, state: AccountState): void => {
  for (const [key, addressing] of state.presence.subscribers) {
    const [number = '', device] = key.split(':');
    const subscriber = world.accounts.get(number);
    const connection = subscriber?.connections.get(Number(device));
    if (!subscriber || !connection) state.presence.subscribers.delete(key);
    else if (!isHiddenFrom(state, subscriber)) connection.send(presenceNode(state, addressing));
  }
};

/** The person looks at WhatsApp on one of their devices, or no longer does. */
export const setAvailable = (world: World, state: AccountState, device: number, available: boolean): void => {
  const { presence } = state;
  const before = presence.availableOn.size > 0;
  if (available) presence.availableOn.add(device);
  else presence.availableOn.delete(device);
  const after = presence.availableOn.size > 0;
  if (before === after) return;
  if (!after) {
    presence.lastSeenAt = nowMs();
    presence.typing.clear();
  }
  world.changes.note(state.account.number);
  tellSubscribers(world, state);
};

/** A client wants to know about a person, and learns at once how it is now. */
export const subscribe = (
  state: AccountState,
  subscriber: AccountState,
  device: number,
  addressing: Addressing,
): void => {
  const { subscribers } = state.presence;
  const [oldest] = subscribers.keys();
  if (subscribers.size >= SUBSCRIBERS_MAX && oldest !== undefined) subscribers.delete(oldest);
  subscribers.set(`${subscriber.account.number}:${device}`, addressing);
  if (!isHiddenFrom(state, subscriber)) subscriber.connections.get(device)?.send(presenceNode(state, addressing));
};

const typingNode = (from: Record<string, string>, typing: TypingState): BinaryNode => {
  const content = typing === 'recording' ? node('composing', { media: 'audio' }) : node(typing);
  return node('chatstate', from, [content]);
};

const tellClients = (state: AccountState, stanza: BinaryNode): void => {
  for (const connection of state.connections.values()) connection.send(stanza);
};

/** The person types or speaks into a chat, or stops. Gives false when there is nobody to see it. */
export const setTyping = (
  world: World,
  state: AccountState,
  chat: string,
  typing: TypingState,
  addressing: Addressing = 'lid',
): boolean => {
  const group = world.groups.get(chat);
  const other = world.accounts.get(chat);
  if (isGroupJid(chat) ? !group || !isMember(group, state) : !other) return false;
  if (typing === 'paused') state.presence.typing.delete(chat);
  else state.presence.typing.set(chat, typing);
  world.changes.note(state.account.number);
  if (group) {
    const stanza = typingNode({ from: group.jid, participant: jidOf(state, 'lid') }, typing);
    for (const member of membersOf(world, group)) if (member !== state) tellClients(member, stanza);
  } else if (other && other !== state && !hasBlocked(other, state)) {
    tellClients(other, typingNode({ from: jidOf(state, addressing) }, typing));
  }
  return true;
};
