import { deflateSync } from 'node:zlib';
import { proto } from 'baileys';
import { membersOf } from '../groups/groups.ts';
import { nowMs } from '../lib/clock.ts';
import { nameOfMedia, pathOfMedia } from '../media/media-host.ts';
import { sealMedia } from '../media/sealed-media.ts';
import { STORIES } from '../wire/jids.ts';
import { jidOf } from '../world/accounts.ts';
import type { ShownMessage } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { expiresAt, isChange } from './history.ts';
import { jidOfChat, webMessageOf } from './web-message.ts';

/** What a phone has seen so far, as it hands it to a client that has just been linked, piece by piece. */

/** The newest messages of all chats that a client is told of. */
const MESSAGES_MAX = 5000;
/** Of each chat that many come at once, the others after them. */
const FIRST_MESSAGES = 20;
const CHUNK_MESSAGES = 500;

const { HistorySyncType } = proto.HistorySync;

const isTold = (message: ShownMessage): boolean =>
  message.chat !== STORIES && !isChange(message) && (expiresAt(message) ?? Number.POSITIVE_INFINITY) > nowMs();

const peopleIn = (world: World, chat: string): AccountState[] => {
  const group = world.groups.get(chat);
  return group ? membersOf(world, group) : [world.accounts.get(chat)].filter((state) => state !== undefined);
};

const describePerson = (state: AccountState, other: AccountState): proto.IConversation => ({
  pnJid: jidOf(other, 'pn'),
  accountLid: jidOf(other, 'lid'),
  name: state.account.contacts?.[other.account.number] ?? null,
});

const describeGroup = (world: World, chat: string): proto.IConversation => {
  const group = world.groups.get(chat);
  if (!group) return {};
  const participant = membersOf(world, group).map((member) => ({ userJid: jidOf(member, 'lid') }));
  return { name: group.subject, description: group.description?.text ?? null, participant };
};

/** A chat with some of its messages, newest first as WhatsApp has them. */
const conversationOf = (
  world: World,
  state: AccountState,
  chat: string,
  messages: ShownMessage[],
): proto.IConversation => {
  const other = world.accounts.get(chat);
  const settings = state.account.chats?.[chat];
  const newest = messages[0]?.at ?? 0;
  return {
    ...(other ? describePerson(state, other) : describeGroup(world, chat)),
    id: jidOfChat(world, chat),
    messages: messages.map((message) => ({
      message: webMessageOf(world, state, message),
      msgOrderId: message.sequence,
    })),
    conversationTimestamp: Math.floor(newest / 1000),
    unreadCount: messages.filter(({ direction, status }) => direction === 'in' && status !== 'read').length,
    archived: settings?.archived ?? false,
    pinned: settings?.pinned ? Math.floor(newest / 1000) : 0,
    muteEndTime: settings?.mutedUntil ?? null,
    markedAsUnread: settings?.markedUnread ?? false,
    ephemeralExpiration: settings?.disappearingSeconds ?? 0,
  };
};

const conversationsOf = (world: World, state: AccountState, messages: ShownMessage[]): proto.IConversation[] =>
  [...Map.groupBy(messages, ({ chat }) => chat)].map(([chat, own]) => conversationOf(world, state, chat, own));

const firstPiece = (world: World, state: AccountState, messages: ShownMessage[]): proto.IHistorySync => {
  const people = new Set([state, ...messages.flatMap(({ chat }) => peopleIn(world, chat))]);
  return {
    syncType: HistorySyncType.INITIAL_BOOTSTRAP,
    conversations: conversationsOf(world, state, messages),
    phoneNumberToLidMappings: [...people].map((other) => ({ pnJid: jidOf(other, 'pn'), lidJid: jidOf(other, 'lid') })),
    chunkOrder: 1,
    progress: 100,
  };
};

const namesPiece = (world: World, state: AccountState, messages: ShownMessage[]): proto.IHistorySync => {
  const others = new Set(messages.flatMap(({ chat }) => peopleIn(world, chat)));
  others.delete(state);
  return {
    syncType: HistorySyncType.PUSH_NAME,
    pushnames: [...others].map((other) => ({ id: jidOf(other, 'pn'), pushname: other.account.name })),
    chunkOrder: 1,
    progress: 100,
  };
};

const recentPieces = (world: World, state: AccountState, messages: ShownMessage[]): proto.IHistorySync[] => {
  const count = Math.ceil(messages.length / CHUNK_MESSAGES);
  return Array.from({ length: count }, (_, index) => ({
    syncType: HistorySyncType.RECENT,
    conversations: conversationsOf(world, state, messages.slice(index * CHUNK_MESSAGES, (index + 1) * CHUNK_MESSAGES)),
    chunkOrder: index + 1,
    progress: Math.round(((index + 1) / count) * 100),
  }));
};

/** The pieces of a phone's history: the chats with their newest messages, people's names, then older messages. */
export const historyOf = (world: World, state: AccountState): proto.IHistorySync[] => {
  const newestFirst = state.messages.filter(isTold).slice(-MESSAGES_MAX).reverse();
  const counts = new Map<string, number>();
  const [first, older] = [[], []] as [ShownMessage[], ShownMessage[]];
  for (const message of newestFirst) {
    const count = (counts.get(message.chat) ?? 0) + 1;
    counts.set(message.chat, count);
    (count <= FIRST_MESSAGES ? first : older).push(message);
  }
  if (first.length === 0) return [firstPiece(world, state, [])];
  return [firstPiece(world, state, first), namesPiece(world, state, newestFirst), ...recentPieces(world, state, older)];
};

/** Messages of a chat before one that a client names, newest first. */
export const historyBefore = (
  world: World,
  state: AccountState,
  chat: string,
  before: { id: string; at: number },
  count: number,
): proto.IHistorySync => {
  const inChat = state.messages.filter((message) => message.chat === chat && isTold(message));
  const index = inChat.findIndex(({ id }) => id === before.id);
  const earlier = index >= 0 ? inChat.slice(0, index) : inChat.filter(({ at }) => at < before.at);
  const wanted = earlier.slice(-count).reverse();
  return {
    syncType: HistorySyncType.ON_DEMAND,
    conversations: [{ ...conversationOf(world, state, chat, wanted), endOfHistoryTransfer: wanted.length < count }],
    chunkOrder: 1,
    progress: 100,
  };
};

/** How a client gets a piece: within the message, or as a sealed file at the media host. */
export const announceHistory = async (
  world: World,
  piece: proto.IHistorySync,
  how: 'inline' | 'file',
): Promise<proto.Message.IHistorySyncNotification> => {
  const { syncType = null, chunkOrder = null, progress = null } = piece;
  const packed = deflateSync(proto.HistorySync.encode(piece).finish());
  const described = { syncType: syncType as number | null, chunkOrder, progress };
  if (how === 'inline') return { ...described, initialHistBootstrapInlinePayload: packed };
  const { sealed, mediaKey, fileSha256, fileEncSha256, fileLength } = sealMedia('history', packed);
  const name = nameOfMedia(fileEncSha256);
  await world.media.blobs.put(name, sealed);
  return { ...described, mediaKey, fileSha256, fileEncSha256, fileLength, directPath: pathOfMedia(name) };
};
