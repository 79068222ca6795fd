import { STORIES } from '../wire/jids.ts';
import type { ClientReceipt, Delivery, MessageStatus, ShownMessage } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { DELIVERIES_MAX, MESSAGES_MAX, RECEIPTS_MAX, sequenceKey } from '../world/world.ts';

/** What an account's phone remembers: everything that came in, and what of it a person sees. */

const trim = <T extends { sequence: number }>(
  world: World,
  list: T[],
  space: string,
  limit: number,
  forget?: (item: T) => void,
): void => {
  // In portions, so that a full list does not shift its items at every message.
  if (list.length < limit * 1.1) return;
  for (const item of list.splice(0, list.length - limit)) {
    world.store.remove(space, sequenceKey(item.sequence));
    forget?.(item);
  }
};

const STORY_SECONDS = 86_400;

export const messageKey = (chat: string, id: string): string => `${chat}|${id}`;

/** What changes another message, or a chat, is not a message that a person sees. */
export const isChange = ({ kind, target }: ShownMessage): boolean => target !== undefined || kind === 'timer';

/** When a message disappears, in milliseconds; undefined for those that stay. */
export const expiresAt = ({ at, kind, chat, details, fate }: ShownMessage): number | undefined => {
  if (fate?.keptBy !== undefined) return undefined;
  const seconds = chat === STORIES ? STORY_SECONDS : details?.expiresSeconds;
  return seconds && kind !== 'timer' ? at + seconds * 1000 : undefined;
};

export const storeMessage = (world: World, state: AccountState, message: ShownMessage): void => {
  world.store.put('message', sequenceKey(message.sequence), () => ({ ...message, owner: state.account.number }));
  world.changes.note(state.account.number);
};

/** Shows a message on the phone; false if one with this id is in the chat already. */
export const showMessage = (world: World, state: AccountState, message: ShownMessage): boolean => {
  const key = messageKey(message.chat, message.id);
  if (state.messageById.has(key)) return false;
  state.messages.push(message);
  state.messageById.set(key, message);
  storeMessage(world, state, message);
  trim(world, state.messages, 'message', MESSAGES_MAX, (old) => {
    state.messageById.delete(messageKey(old.chat, old.id));
  });
  return true;
};

/** Takes messages off the phone, as if they had never come. */
export const forgetMessages = (world: World, state: AccountState, isGone: (message: ShownMessage) => boolean): void => {
  const [gone, left] = [true, false].map((wanted) => state.messages.filter((message) => isGone(message) === wanted));
  state.messages = left ?? [];
  for (const { sequence, chat, id } of gone ?? []) {
    state.messageById.delete(messageKey(chat, id));
    world.store.remove('message', sequenceKey(sequence));
  }
  world.changes.note(state.account.number);
};

const RANK: Record<MessageStatus, number> = { sent: 0, delivered: 1, read: 2 };

/** A status only moves forward. */
export const raiseStatus = (world: World, state: AccountState, message: ShownMessage, status: MessageStatus): void => {
  if (RANK[status] <= RANK[message.status]) return;
  message.status = status;
  storeMessage(world, state, message);
};

export const recordDelivery = (world: World, state: AccountState, delivery: Delivery): void => {
  state.deliveries.push(delivery);
  const key = messageKey(delivery.from, delivery.id);
  state.seen.set(key, delivery.stanza);
  world.store.put('delivery', sequenceKey(delivery.sequence), () => ({ ...delivery, owner: state.account.number }));
  trim(world, state.deliveries, 'delivery', DELIVERIES_MAX, (old) => {
    const oldKey = messageKey(old.from, old.id);
    if (state.seen.get(oldKey) === old.stanza) state.seen.delete(oldKey);
  });
};

export const recordReceipt = (world: World, state: AccountState, receipt: ClientReceipt): void => {
  state.receipts.push(receipt);
  world.store.put('receipt', sequenceKey(receipt.sequence), () => ({ ...receipt, owner: state.account.number }));
  trim(world, state.receipts, 'receipt', RECEIPTS_MAX);
};
