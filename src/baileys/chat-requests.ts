import type { ChatModification, WAMessageKey, WASocket } from 'baileys';
import type { ChatChange, ChatRef, Identity, MessageName, Requests } from '../network/index.ts';
import { foreverMs } from './interpret-app-state.ts';
import { chatKindOf, lidJid, phoneJid } from './jids.ts';
import { RequestError, type RequestHandlers } from './request-handlers.ts';

type Last = NonNullable<Requests['change_chats']['input']['last']>;

/** What is done to chats, and to the messages in them, by who reads and sorts them. */
export const chatRequests: RequestHandlers<'change_chats' | 'read_messages' | 'set_chat_timer'> = {
  change_chats: async (socket, { chat, change, last }) => {
    const destination = jidOf(chat);
    requireSharedKeys(socket);
    await socket.chatModify(modificationOf(destination, change, last), destination);
    return undefined;
  },
  read_messages: async (socket, { chat, messages }) => {
    const destination = jidOf(chat);
    await socket.readMessages(messages.map((message) => keyOf(destination, message)));
    return undefined;
  },
  set_chat_timer: async (socket, { chat, seconds }) => {
    const destination = jidOf(chat);
    if (chat.kind === 'group') await socket.groupToggleEphemeral(destination, seconds);
    else await socket.sendMessage(destination, { disappearingMessagesInChat: seconds });
    return undefined;
  },
};

/** People are addressed by LID, as WhatsApp itself does, wherever it is known. */
export function jidOf(chat: ChatRef): string {
  return chat.kind === 'person' ? personJid(chat.contact) : chat.address;
}

export function personJid({ lid, phone }: Identity): string {
  if (lid !== undefined) return lidJid(lid);
  if (phone === undefined) throw new RequestError(404, 'Nothing is known of this person that WhatsApp could go by.');
  return phoneJid(phone);
}

/** The phone shares them a little after it has linked this device, and nothing that devices share can be changed before. */
export function requireSharedKeys(socket: Pick<WASocket, 'authState'>): void {
  if (socket.authState.creds.myAppStateKeyId) return;
  throw new RequestError(409, 'The phone has not shared its keys for this yet; open WhatsApp on it and try again.');
}

function modificationOf(destination: string, change: ChatChange, last: Last | undefined): ChatModification {
  const lastMessages = last === undefined ? [] : [lastOf(destination, last)];
  switch (change.what) {
    case 'archive':
      return { archive: change.on, lastMessages };
    case 'pin':
      return { pin: change.on };
    case 'mute':
      return { mute: change.untilMs === null ? null : change.untilMs >= foreverMs ? -1 : change.untilMs };
    case 'read':
      return { markRead: change.on, lastMessages };
    case 'delete':
      return { delete: true, lastMessages };
  }
}

const lastOf = (destination: string, last: Last) => ({
  key: keyOf(destination, last),
  messageTimestamp: Math.floor(last.atMs / 1000),
});

/** Who wrote a message is named in chats of several only. */
export function keyOf(destination: string, { networkId, fromMe, author }: MessageName): WAMessageKey {
  const person = chatKindOf(destination) === 'person';
  const participant = person || fromMe || author === undefined ? {} : { participant: personJid(author) };
  return { remoteJid: destination, id: networkId, fromMe, ...participant };
}
