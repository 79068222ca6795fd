import { proto } from 'baileys';
import { jidOf } from '../world/accounts.ts';
import type { MessageStatus, ShownMessage } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';

/** Messages as a phone tells its own devices of them later: with what has become of them. */

const { Status, StubType } = proto.WebMessageInfo;
const STATUS: Record<MessageStatus, proto.WebMessageInfo.Status> = {
  sent: Status.SERVER_ACK,
  delivered: Status.DELIVERY_ACK,
  read: Status.READ,
};

/** How clients name a chat: a person by LID, a group by its own JID. */
export const jidOfChat = (world: World, chat: string): string => {
  const other = world.accounts.get(chat);
  return other ? jidOf(other, 'lid') : chat;
};

const keyOf = (world: World, message: ShownMessage): proto.IMessageKey => {
  const author = world.accounts.get(message.from);
  const isGroup = world.groups.has(message.chat);
  return {
    remoteJid: jidOfChat(world, message.chat),
    id: message.id,
    fromMe: message.direction === 'out',
    ...(isGroup && author ? { participant: jidOf(author, 'lid') } : {}),
  };
};

const contentOf = (message: ShownMessage): proto.IMessage | null => {
  if (!message.body || message.fate?.deletedBy !== undefined) return null;
  if (message.fate?.editedAt !== undefined && message.kind === 'text') return { conversation: message.text ?? '' };
  return proto.Message.decode(message.body);
};

const reactionsOf = (world: World, state: AccountState, message: ShownMessage): proto.IReaction[] =>
  (message.fate?.reactions ?? []).map(({ from, emoji }) => {
    const author = world.accounts.get(from);
    const remoteJid = jidOfChat(world, message.chat);
    const participant = author ? jidOf(author, 'lid') : null;
    return { key: { remoteJid, fromMe: author === state, participant, id: message.id }, text: emoji };
  });

export const webMessageOf = (world: World, state: AccountState, message: ShownMessage): proto.IWebMessageInfo => {
  const author = world.accounts.get(message.from);
  const key = keyOf(world, message);
  const deleted = message.fate?.deletedBy !== undefined;
  return {
    key,
    message: contentOf(message),
    messageTimestamp: Math.floor(message.at / 1000),
    status: STATUS[message.status],
    participant: key.participant ?? null,
    pushName: author && author !== state ? author.account.name : null,
    starred: message.fate?.starred ?? false,
    reactions: reactionsOf(world, state, message),
    ...(deleted ? { messageStubType: StubType.REVOKE } : {}),
  };
};
