import type { WAPresence } from 'baileys';
import type { Requests } from '../network/index.ts';
import { jidOf } from './chat-requests.ts';
import { RequestError, type RequestHandlers } from './request-handlers.ts';

const presences: Readonly<Record<Requests['set_presence']['input']['presence'], WAPresence>> = {
  available: 'available',
  unavailable: 'unavailable',
  typing: 'composing',
  recording: 'recording',
  paused: 'paused',
};

/** What this number lets others see of what it does, and what it sees of them. */
export const presenceRequests: RequestHandlers<'set_presence' | 'watch_presence'> = {
  watch_presence: async (socket, { chat }) => {
    await socket.presenceSubscribe(jidOf(chat));
    return undefined;
  },
  set_presence: async (socket, { presence, destination }) => {
    // WhatsApp takes the name from it; Baileys sends nothing without one, and does not say so.
    if (destination === undefined && !socket.authState.creds.me?.name) {
      throw new RequestError(409, 'The profile of this number has no name yet; give it one.');
    }
    await socket.sendPresenceUpdate(presences[presence], destination);
    return undefined;
  },
};
