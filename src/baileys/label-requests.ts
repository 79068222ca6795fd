import { jidOf, requireSharedKeys } from './chat-requests.ts';
import type { RequestHandlers } from './request-handlers.ts';

/** Labels travel among what the devices of a number share, so the phone's keys have to be there. */
export const labelRequests: RequestHandlers<'change_labels' | 'attach_labels'> = {
  change_labels: async (socket, { label: { networkId, name, color, predefinedId, deleted } }) => {
    requireSharedKeys(socket);
    const predefined = predefinedId === undefined ? {} : { predefinedId };
    await socket.addLabel('', { id: networkId, name, color, deleted, ...predefined });
    return undefined;
  },
  attach_labels: async (socket, { networkId, chat, on }) => {
    const destination = jidOf(chat);
    requireSharedKeys(socket);
    await (on ? socket.addChatLabel(destination, networkId) : socket.removeChatLabel(destination, networkId));
    return undefined;
  },
};
