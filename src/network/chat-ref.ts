import type { Identity } from './identity.ts';

/** Which chat something belongs to. An `address` is the network's own word for a chat that is no single person's. */
export type ChatRef =
  | { readonly kind: 'person'; readonly contact: Identity }
  | { readonly kind: 'group' | 'newsletter' | 'story'; readonly address: string };

export type ChatKind = ChatRef['kind'];
