import { randomBytes } from 'node:crypto';
import { proto } from 'baileys';
import { decryptCbc, hkdfSha256 } from '../lib/ciphers.ts';
import { findAccount, storeAccount } from '../world/accounts.ts';
import type { ChatSettings } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { changeChat } from './apply-change.ts';

/** Settings that a client has changed, as the phone takes them over: pins, archives, mutes, marks. */

const NAME_CHARS_MAX = 100;
const KEY_ID_BYTES = 6;
const IV_BYTES = 16;
const MAC_BYTES = 32;

/** The key that all of a person's devices share; made when the first of them needs it. */
export const settingsKeyOf = (world: World, state: AccountState): { id: Buffer; data: Buffer } => {
  const known = state.account.settingsKey;
  if (known) return known;
  const made = { id: randomBytes(KEY_ID_BYTES), data: randomBytes(32) };
  state.account.settingsKey = made;
  storeAccount(world, state);
  return made;
};

const openMutation = (keyData: Buffer, mutation: proto.ISyncdMutation): proto.SyncActionData | undefined => {
  const sealed = Buffer.from(mutation.record?.value?.blob ?? []);
  const cipherKey = hkdfSha256(keyData, Buffer.alloc(0), 'WhatsApp Mutation Keys', 160).subarray(32, 64);
  try {
    const ciphertext = sealed.subarray(IV_BYTES, sealed.length - MAC_BYTES);
    return proto.SyncActionData.decode(decryptCbc(cipherKey, sealed.subarray(0, IV_BYTES), ciphertext));
  } catch {
    return undefined;
  }
};

/** What clients call the person by, which is how the person is called to others from now on. */
const takeName = (world: World, state: AccountState, { pushNameSetting }: proto.ISyncActionValue): void => {
  const name = pushNameSetting?.name;
  if (!name) return;
  state.account.name = name.slice(0, NAME_CHARS_MAX);
  storeAccount(world, state);
};

const readSettings = (value: proto.ISyncActionValue): ChatSettings | undefined => {
  const { archiveChatAction, pinAction, muteAction, markChatAsReadAction } = value;
  if (archiveChatAction) return { archived: archiveChatAction.archived ?? false };
  if (pinAction) return { pinned: pinAction.pinned ?? false };
  if (muteAction) return { mutedUntil: muteAction.muted ? Number(muteAction.muteEndTimestamp ?? -1) : undefined };
  if (markChatAsReadAction) return { markedUnread: markChatAsReadAction.read === false };
  return undefined;
};

const readIndex = (bytes: Uint8Array | null | undefined): unknown[] => {
  try {
    const index: unknown = JSON.parse(Buffer.from(bytes ?? []).toString());
    return Array.isArray(index) ? index : [];
  } catch {
    return [];
  }
};

/** Takes one patch over into what the person sees of their chats; what the phone does not know it lets pass. */
export const takeSettings = (world: World, state: AccountState, patch: proto.ISyncdPatch): void => {
  const { data } = settingsKeyOf(world, state);
  for (const mutation of patch.mutations ?? []) {
    const action = openMutation(data, mutation);
    if (!action?.value) continue;
    takeName(world, state, action.value);
    const settings = readSettings(action.value);
    const [, jid] = readIndex(action?.index);
    if (!settings || typeof jid !== 'string') continue;
    const chat = world.groups.has(jid) ? jid : findAccount(world, jid)?.account.number;
    if (chat !== undefined) changeChat(world, state, chat, settings);
  }
};
