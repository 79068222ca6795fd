import type { proto } from 'baileys';
import { nowMs } from '../lib/clock.ts';
import { jidOf } from '../world/accounts.ts';
import type { ShownMessage } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { appendPatch, type CollectionName, collectionOf, isCollectionFull, sumOf } from './collections.ts';
import { isChange } from './history.ts';
import { type Mutation, sealPatch } from './sealed-settings.ts';
import { settingsKeyOf } from './settings.ts';
import { jidOfChat } from './web-message.ts';

/** Shared settings that the person changes on the phone: sealed, numbered and announced as any other device's. */

/** A change and the collection that WhatsApp keeps its kind in. */
type Setting = { collection: CollectionName; mutation: Mutation };

const setting = (
  collection: CollectionName,
  version: number,
  index: string[],
  value: proto.ISyncActionValue,
  operation: 'set' | 'remove' = 'set',
): Setting => ({ collection, mutation: { operation, index, value: { ...value, timestamp: nowMs() }, version } });

/** Up to which message of the chat a change reaches. */
const rangeOf = (world: World, state: AccountState, chat: string): proto.SyncActionValue.ISyncActionMessageRange => {
  const last = state.messages.findLast((message) => message.chat === chat && !isChange(message));
  if (!last) return {};
  const timestamp = Math.floor(last.at / 1000);
  const key = { remoteJid: jidOfChat(world, chat), id: last.id, fromMe: last.direction === 'out' };
  return { lastMessageTimestamp: timestamp, messages: [{ key, timestamp }] };
};

export type ChatChange = {
  pinned?: boolean | undefined;
  archived?: boolean | undefined;
  /** In milliseconds, -1 for ever; null is not muted. */
  mutedUntil?: number | null | undefined;
  unread?: boolean | undefined;
};

export const chatSettings = (world: World, state: AccountState, chat: string, change: ChatChange): Setting[] => {
  const { pinned, archived, mutedUntil, unread } = change;
  const jid = jidOfChat(world, chat);
  const messageRange = rangeOf(world, state, chat);
  const settings = [
    pinned !== undefined && setting('regular_low', 5, ['pin_v1', jid], { pinAction: { pinned } }),
    archived !== undefined &&
      setting('regular_low', 3, ['archive', jid], { archiveChatAction: { archived, messageRange } }),
    mutedUntil !== undefined &&
      setting('regular_high', 2, ['mute', jid], {
        muteAction: { muted: mutedUntil !== null, muteEndTimestamp: mutedUntil },
      }),
    unread !== undefined &&
      setting('regular_low', 3, ['markChatAsRead', jid], { markChatAsReadAction: { read: !unread, messageRange } }),
  ];
  return settings.filter((one) => one !== false);
};

export const chatDeletion = (world: World, state: AccountState, chat: string): Setting =>
  setting('regular_high', 6, ['deleteChat', jidOfChat(world, chat), '1'], {
    deleteChatAction: { messageRange: rangeOf(world, state, chat) },
  });

const messageIndex = (world: World, kind: string, message: ShownMessage): string[] => {
  const fromMe = message.direction === 'out';
  const author = world.accounts.get(message.from);
  const isGroup = world.groups.has(message.chat);
  const participant = isGroup && !fromMe && author ? jidOf(author, 'lid') : '0';
  return [kind, jidOfChat(world, message.chat), message.id, fromMe ? '1' : '0', participant];
};

export const star = (world: World, message: ShownMessage, starred: boolean): Setting =>
  setting('regular_low', 2, messageIndex(world, 'star', message), { starAction: { starred } });

export const hiding = (world: World, message: ShownMessage): Setting =>
  setting('regular_high', 3, messageIndex(world, 'deleteMessageForMe', message), {
    deleteMessageForMeAction: { deleteMedia: false, messageTimestamp: Math.floor(message.at / 1000) },
  });

/** The address book goes by numbers, and says the LID beside it. */
export const contact = (other: AccountState, name: string | undefined): Setting => {
  const index = ['contact', jidOf(other, 'pn')];
  if (name === undefined) return setting('critical_unblock_low', 2, index, { contactAction: {} }, 'remove');
  const contactAction = { fullName: name, firstName: name.split(' ')[0] ?? name, lidJid: jidOf(other, 'lid') };
  return setting('critical_unblock_low', 2, index, { contactAction });
};

export const ownName = (name: string): Setting =>
  setting('critical_block', 1, ['setting_pushName'], { pushNameSetting: { name } });

export const label = (id: string, name: string, color: number, deleted: boolean): Setting =>
  setting('regular', 3, ['label_edit', id], { labelEditAction: { name, color, predefinedId: 0, deleted } });

export const chatLabel = (world: World, id: string, chat: string, labeled: boolean): Setting =>
  setting('regular', 3, ['label_jid', id, jidOfChat(world, chat)], { labelAssociationAction: { labeled } });

export const messageLabel = (world: World, id: string, message: ShownMessage, labeled: boolean): Setting =>
  setting('regular', 3, ['label_message', id, jidOfChat(world, message.chat), message.id, '0', '0'], {
    labelAssociationAction: { labeled },
  });

/** The person changes settings on the phone; false, and nothing is changed, if there have been too many changes. */
export const changeSettings = (world: World, state: AccountState, settings: Setting[]): boolean => {
  const byName = Map.groupBy(settings, ({ collection }) => collection);
  const collections = [...byName].map(([name, own]) => ({ collection: collectionOf(state, name), own }));
  if (collections.some(({ collection }) => isCollectionFull(collection))) return false;
  for (const { collection, own } of collections) {
    const mutations = own.map(({ mutation }) => mutation);
    const key = settingsKeyOf(world, state);
    appendPatch(world, state, collection, sealPatch(key, collection.name, sumOf(collection), mutations));
  }
  return true;
};
