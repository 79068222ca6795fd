import type { Identity } from './identity.ts';

/** What is heard of a call. An `address` is the network's own word for who calls; both name a call that is answered. */
export type CallUpdate = {
  readonly kind: 'call';
  readonly networkId: string;
  readonly address: string;
  readonly caller: Identity;
  /** Where it calls: a group's own word, or nothing for this number alone. */
  readonly group: string | null;
  readonly video: boolean;
  /** `accepted` and `rejected` are what somebody did on another device of this number. */
  readonly what: 'offered' | 'accepted' | 'rejected' | 'missed';
  readonly atMs: number;
};

export type CallRequests = {
  /** Turns a call down that rings; whoever calls hears that. */
  reject_call: { input: { readonly networkId: string; readonly address: string }; answer: undefined };
};
