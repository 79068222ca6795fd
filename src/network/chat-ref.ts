import type { Identity } from './identity.ts';

/** A chat that is no single person's. An `address` is the network's own word for it. */
export type SharedChat = { readonly kind: 'group' | 'newsletter' | 'story'; readonly address: string };

/** Which chat something belongs to. */
export type ChatRef = { readonly kind: 'person'; readonly contact: Identity } | SharedChat;

export type ChatKind = ChatRef['kind'];
