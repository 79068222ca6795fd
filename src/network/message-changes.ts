import type { ChatRef } from './chat-ref.ts';
import type { Identity } from './identity.ts';
import type { InboundContent } from './inbound-content.ts';

/** How somebody outside names a message. */
export type MessageTarget = {
  readonly networkId: string;
  readonly fromMe: boolean;
  /** Who wrote it, where several people could have; absent when `fromMe` or not said. */
  readonly author?: Identity;
};

/** What somebody can do to a message that is there already. */
export type MessageChange =
  /** Null takes the reaction back. */
  | { readonly type: 'reaction'; readonly emoji: string | null }
  | { readonly type: 'edit'; readonly content: InboundContent }
  /** For everyone. `byAdmin` when WhatsApp let it pass as one by an admin of the group. */
  | { readonly type: 'delete'; readonly byAdmin: boolean }
  /** None takes the vote back. */
  | { readonly type: 'poll_vote'; readonly options: readonly string[] }
  | {
      readonly type: 'event_response';
      readonly response: 'going' | 'not_going' | 'maybe' | 'unknown';
      readonly extraGuests: number;
    }
  | { readonly type: 'pin'; readonly on: boolean; readonly seconds?: number }
  | { readonly type: 'keep'; readonly on: boolean };

/** What is sealed with the secret of the message that it is about: only whoever has that one can read it. */
export type SealedChange = { readonly type: 'sealed'; readonly what: MessageChange['type'] };

/** A change of a message, as it comes in. */
export type InboundChange = {
  readonly kind: 'message_change';
  /** Of the change itself. */
  readonly networkId: string;
  readonly chat: ChatRef;
  /** Who does it: the number itself when `fromMe`. */
  readonly author: Identity;
  readonly fromMe: boolean;
  readonly target: MessageTarget;
  readonly change: MessageChange | SealedChange;
  /** What was sent, in the network's own form. */
  readonly raw: Uint8Array;
  readonly atMs: number;
};

/** All that it takes to open a sealed change. */
export type SealedInput = {
  readonly raw: Uint8Array;
  readonly author: Identity;
  readonly target: { readonly networkId: string; readonly raw: Uint8Array; readonly author: Identity };
};
