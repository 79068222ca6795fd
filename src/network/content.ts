import type { Identity } from './identity.ts';
import type { InboundContent } from './inbound-content.ts';

/** Which chat something belongs to. An `address` is the network's own word for a chat that is no single person's. */
export type ChatRef =
  | { readonly kind: 'person'; readonly contact: Identity }
  | { readonly kind: 'group' | 'newsletter' | 'story'; readonly address: string };

export type ChatKind = ChatRef['kind'];

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
  | {
      readonly kind: 'message';
      readonly networkId: string;
      readonly chat: ChatRef;
      /** Who wrote it: the number itself when `fromMe`. */
      readonly author: Identity;
      /** Written on the number's own phone or another of its devices. */
      readonly fromMe: boolean;
      readonly content: InboundContent;
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
      /** Something that is not a chat message and that this version does nothing with. Kept, never an error. */
      readonly kind: 'ignored';
      readonly why: string;
    };
