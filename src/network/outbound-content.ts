import type { Identity } from './identity.ts';
import type { ContactCard, LinkPreview, MediaType } from './inbound-content.ts';
import type { OutboundMedia } from './media.ts';

/** A message that another one refers to. */
export type MessageRef = {
  readonly networkId: string;
  /** Written by the number itself. */
  readonly fromMe: boolean;
  /** Who wrote it. */
  readonly author: Identity;
  /** As it went out or came in, in the network's own form. */
  readonly raw?: Uint8Array;
  /** What it says since it was edited. */
  readonly editedText?: string;
};

/** How the text of a story is written. */
export type StoryFont =
  | 'system'
  | 'system_text'
  | 'script'
  | 'bold'
  | 'morning_breeze'
  | 'calistoga'
  | 'exo_2'
  | 'courier_prime';

/** What we can be asked to send, with all that it refers to. */
export type OutboundContent =
  | {
      readonly type: 'text';
      readonly text: string;
      /** What is shown of the link in it; `image` is a small JPEG. */
      readonly linkPreview?: LinkPreview & { readonly image?: Uint8Array };
      /** Of a story: the colour behind it, as in `#1f7a5c`, and how it is written. */
      readonly background?: string;
      readonly font?: StoryFont;
    }
  | {
      readonly type: MediaType;
      readonly media: OutboundMedia;
      readonly caption?: string;
      readonly viewOnce?: true;
    }
  | {
      readonly type: 'location';
      readonly latitude: number;
      readonly longitude: number;
      readonly name?: string;
      readonly address?: string;
      readonly url?: string;
    }
  | { readonly type: 'contacts'; readonly contacts: readonly ContactCard[] }
  | {
      readonly type: 'poll';
      readonly question: string;
      readonly options: readonly string[];
      /** How many options one person may choose; 0 for any number. */
      readonly selectable: number;
    }
  | { readonly type: 'poll_vote'; readonly target: MessageRef; readonly options: readonly string[] }
  /** Without an emoji it takes the reaction back. */
  | { readonly type: 'reaction'; readonly target: MessageRef; readonly emoji: string | null }
  | { readonly type: 'edit'; readonly target: MessageRef; readonly text: string }
  | { readonly type: 'delete'; readonly target: MessageRef }
  | { readonly type: 'forward'; readonly target: MessageRef };

/** A message on its way: what it says, and where, by whom and how. */
export type OutboundMessage = {
  readonly content: OutboundContent;
  /** The chat, in the network's own word. */
  readonly destination: string;
  readonly self: Identity;
  readonly atMs: number;
  /** The message that it answers. */
  readonly quoted?: MessageRef;
  readonly mentions?: readonly Identity[];
  /** After this it disappears on phones, when the chat has such a timer. */
  readonly ephemeralSeconds?: number;
  /** Of a message with a file: what its upload said. */
  readonly uploaded?: Uint8Array;
};
