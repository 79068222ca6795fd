import type { CallUpdate } from './calls.ts';
import type { ChatRef } from './chat-ref.ts';
import type { ChatChange } from './chats.ts';
import type { GroupChange } from './groups.ts';
import type { Identity } from './identity.ts';
import type { InboundContent, InboundContext } from './inbound-content.ts';
import type { LabelUpdate } from './labels.ts';
import type { InboundChange } from './message-changes.ts';
import type { NewsletterChange } from './newsletters.ts';

/** A journaled stanza, whole: what `Network.interpret` needs to say what it means, live or after a crash. */
export type InboundRecord = {
  readonly stanza: Uint8Array;
  /** Plaintexts in the order of the ciphertexts they came from. */
  readonly plaintexts: readonly Uint8Array[];
  /** Why a ciphertext could not be read, when one could not. */
  readonly failure?: string;
  readonly receivedAtMs: number;
  readonly self: Identity;
};

/** What a journaled stanza means. Times are milliseconds since the epoch. */
export type InboundUpdate =
  | InboundChange
  | {
      readonly kind: 'message';
      readonly networkId: string;
      readonly chat: ChatRef;
      /** Who wrote it: the number itself when `fromMe`. */
      readonly author: Identity;
      /** Written on the number's own phone or another of its devices. */
      readonly fromMe: boolean;
      readonly content: InboundContent;
      readonly context?: InboundContext;
      /** What was sent, in the network's own form; absent when it came without any. */
      readonly raw?: Uint8Array;
      readonly atMs: number;
    }
  | {
      readonly kind: 'receipt';
      readonly networkIds: readonly string[];
      readonly receipt: 'delivered' | 'read' | 'played';
      readonly chat: ChatRef;
      /** Whose receipt it is. */
      readonly contact: Identity;
      readonly atMs: number;
    }
  | {
      readonly kind: 'undecryptable';
      readonly networkId: string;
      readonly chat: ChatRef;
      readonly author: Identity;
      readonly reason: string;
      readonly atMs: number;
    }
  | {
      /** Somebody changed a chat: on a device of this number, or for both how long messages stay; `initial` when it was so before this device was linked. */
      readonly kind: 'chat_change';
      readonly chat: ChatRef;
      readonly change: ChatChange | { readonly what: 'timer'; readonly seconds: number };
      readonly atMs: number;
      readonly initial: boolean;
    }
  | {
      /** Messages up to these were read on another device of this number. */
      readonly kind: 'chat_read';
      readonly chat: ChatRef;
      readonly networkIds: readonly string[];
      readonly atMs: number;
    }
  | {
      /** The address book of the phone has a name for somebody, or has none any more. */
      readonly kind: 'contact_named';
      readonly contact: Identity;
      readonly savedName: string | null;
      readonly initial: boolean;
    }
  | {
      /** The number calls itself something else now. */
      readonly kind: 'own_name';
      readonly name: string;
      readonly initial: boolean;
    }
  | CallUpdate
  | LabelUpdate
  | {
      readonly kind: 'group';
      readonly chat: { readonly kind: 'group'; readonly address: string };
      /** Who did it, where WhatsApp says so: the number itself as well. */
      readonly by?: Identity;
      readonly change: GroupChange;
      readonly atMs: number;
    }
  | {
      readonly kind: 'newsletter';
      readonly chat: { readonly kind: 'newsletter'; readonly address: string };
      readonly change: NewsletterChange;
      readonly atMs: number;
    }
  | {
      /** Something that is not a chat message and that this version does nothing with. Kept, never an error. */
      readonly kind: 'ignored';
      readonly why: string;
    };
