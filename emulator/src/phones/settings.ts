import { randomBytes } from 'node:crypto';
import type { proto } from 'baileys';
import { findAccount, storeAccount } from '../world/accounts.ts';
import type { ChatSettings, Label, ShownMessage } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { changeChat } from './apply-change.ts';
import { forgetMessages, messageKey, storeMessage } from './history.ts';
import { type Mutation, openMutation, type SettingsKey } from './sealed-settings.ts';

/** Shared settings as the phone takes them over, whichever of the person's devices has changed them. */

const KEY_ID_BYTES = 6;
const NAME_CHARS_MAX = 100;

/** The key that all of a person's devices share; made when the first of them needs it. */
export const settingsKeyOf = (world: World, state: AccountState): SettingsKey => {
  const known = state.account.settingsKey;
  if (known) return known;
  const made = { id: randomBytes(KEY_ID_BYTES), data: randomBytes(32) };
  state.account.settingsKey = made;
  storeAccount(world, state);
  return made;
};

type Take = (world: World, state: AccountState, mutation: Mutation) => void;

const chatOf = (world: World, jid: string | undefined): string | undefined =>
  jid !== undefined && world.groups.has(jid) ? jid : findAccount(world, jid)?.account.number;

const findMessage = (world: World, state: AccountState, jid: string | undefined, id: string | undefined) =>
  state.messageById.get(messageKey(chatOf(world, jid) ?? '', id ?? ''));

/** Takes over what is set for a chat. */
const chatSetting =
  (read: (value: proto.ISyncActionValue) => ChatSettings): Take =>
  (world, state, { index, value }) => {
    const chat = chatOf(world, index[1]);
    if (chat !== undefined) changeChat(world, state, chat, read(value));
  };

const takeContact: Take = (world, state, { operation, index, value }) => {
  const number = findAccount(world, index[1])?.account.number;
  if (number === undefined) return;
  const { [number]: _old, ...others } = state.account.contacts ?? {};
  const name = value.contactAction?.fullName ?? value.contactAction?.firstName;
  state.account.contacts = operation === 'set' && name ? { ...others, [number]: name } : others;
  storeAccount(world, state);
};

/** What the person's devices call them is what others see from now on. */
const takeName: Take = (world, state, { value }) => {
  const name = value.pushNameSetting?.name;
  if (!name) return;
  state.account.name = name.slice(0, NAME_CHARS_MAX);
  storeAccount(world, state);
};

const NO_LABEL: Label = { name: '', color: 0, chats: [], messages: [] };

const changeLabel = (world: World, state: AccountState, id: string, change: (label: Label) => Label): void => {
  const labels = state.account.labels ?? {};
  state.account.labels = { ...labels, [id]: change(labels[id] ?? NO_LABEL) };
  storeAccount(world, state);
};

const takeLabel: Take = (world, state, { index: [, id = ''], value }) => {
  const { name, color, deleted } = value.labelEditAction ?? {};
  changeLabel(world, state, id, (label) => ({ ...label, name: name ?? label.name, color: color ?? label.color }));
  if (deleted) delete state.account.labels?.[id];
};

const withOrWithout = (list: string[], item: string, isIn: boolean): string[] =>
  isIn ? [...new Set([...list, item])] : list.filter((one) => one !== item);

const takeChatLabel: Take = (world, state, { index: [, id = '', jid], value }) => {
  const chat = chatOf(world, jid);
  const isIn = value.labelAssociationAction?.labeled ?? false;
  if (chat === undefined) return;
  changeLabel(world, state, id, (label) => ({ ...label, chats: withOrWithout(label.chats, chat, isIn) }));
};

const takeMessageLabel: Take = (world, state, { index: [, id = '', , message = ''], value }) => {
  const isIn = value.labelAssociationAction?.labeled ?? false;
  changeLabel(world, state, id, (label) => ({ ...label, messages: withOrWithout(label.messages, message, isIn) }));
};

const takeStar: Take = (world, state, { index: [, jid, id], value }) => {
  const message = findMessage(world, state, jid, id);
  if (!message) return;
  message.fate = { ...message.fate, starred: value.starAction?.starred ?? false };
  storeMessage(world, state, message);
};

const hideMessage: Take = (world, state, { index: [, jid, id] }) => {
  const found = findMessage(world, state, jid, id);
  if (found) forgetMessages(world, state, (message: ShownMessage) => message === found);
};

const clearChat: Take = (world, state, { index }) => {
  const chat = chatOf(world, index[1]);
  forgetMessages(world, state, (message: ShownMessage) => message.chat === chat);
};

const deleteChat: Take = (world, state, mutation) => {
  clearChat(world, state, mutation);
  delete state.account.chats?.[chatOf(world, mutation.index[1]) ?? ''];
  storeAccount(world, state);
};

/** By the first word of what a change is about; what the phone does not know it lets pass. */
const TAKES: Record<string, Take> = {
  pin_v1: chatSetting(({ pinAction }) => ({ pinned: pinAction?.pinned ?? false })),
  archive: chatSetting(({ archiveChatAction }) => ({ archived: archiveChatAction?.archived ?? false })),
  mute: chatSetting(({ muteAction }) => ({
    mutedUntil: muteAction?.muted ? Number(muteAction.muteEndTimestamp ?? -1) : undefined,
  })),
  markChatAsRead: chatSetting(({ markChatAsReadAction }) => ({ markedUnread: markChatAsReadAction?.read === false })),
  contact: takeContact,
  setting_pushName: takeName,
  label_edit: takeLabel,
  label_jid: takeChatLabel,
  label_message: takeMessageLabel,
  star: takeStar,
  deleteMessageForMe: hideMessage,
  clearChat,
  deleteChat,
};

/** Takes one patch over into what the person sees. */
export const takeSettings = (world: World, state: AccountState, patch: proto.ISyncdPatch): void => {
  const key = settingsKeyOf(world, state);
  for (const sealed of patch.mutations ?? []) {
    const mutation = openMutation(key, sealed);
    if (mutation) TAKES[mutation.index[0] ?? '']?.(world, state, mutation);
  }
};
