import type { ChatRef } from './chat-ref.ts';
import type { Identity } from './identity.ts';

/** What somebody is seen doing. It is gone with the moment: nobody keeps it, and nobody says it twice. */
export type PresenceUpdate = {
  readonly chat: ChatRef;
  readonly contact: Identity;
  readonly presence: 'available' | 'unavailable' | 'typing' | 'recording' | 'paused';
  /** When they were last there, if they let this number know. */
  readonly lastSeenAtMs: number | null;
};

export type PresenceRequests = {
  /** Has WhatsApp tell from now on, until the connection ends, whether somebody is there. */
  watch_presence: { input: { readonly chat: ChatRef }; answer: undefined };
};
