import type { Agent } from 'node:http';
import type { ConnectionUpdate } from './connection.ts';
import type { PresenceUpdate } from './presence.ts';

/** One signal key to write, or to delete when `value` is null. Kind, id and value are the network's own business. */
export type SignalKeyWrite = { readonly kind: string; readonly id: string; readonly value: Uint8Array | null };

/** `fact` is what a session found out without being sent a stanza of it. */
export type InboundKind = 'message' | 'receipt' | 'notification' | 'call' | 'fact';

/**
 * A stanza for the journal, or a further part of one. The same `dedupeKey` is the same stanza: parts add up, and a
 * stanza that is complete already is not recorded again.
 */
export type InboundCapture = {
  readonly dedupeKey: string;
  readonly kind: InboundKind;
  readonly stanza: Uint8Array;
  readonly parts: readonly {
    readonly position: number;
    /** SHA-256 of the ciphertext, hex. */
    readonly ciphertextHash: string;
    readonly plaintext: Uint8Array;
  }[];
  /** True with the last part: only then is there work for the receive lane. */
  readonly complete: boolean;
  readonly failure?: string;
};

/** What must reach the disk together: the ratchet, the credentials, and what they let us read. */
export type SignalBatch = {
  readonly credentials?: Uint8Array;
  readonly keys?: readonly SignalKeyWrite[];
  readonly inbound?: InboundCapture;
};

/** Where one instance's credentials and signal keys live, encrypted, with the inbound journal beside them. */
export type SignalStore = {
  /** As last committed; undefined for a number that is not linked. */
  readCredentials(): Promise<Uint8Array | undefined>;
  /** Those of the ids that exist. */
  readKeys(kind: string, ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
  /** All of the batch or none of it; resolves when it survives a power cut. Rejects when it cannot be kept. */
  commit(batch: SignalBatch): Promise<void>;
  /** The journaled plaintext of a ciphertext seen before (SHA-256, hex), kept for 30 days. */
  readPlaintext(ciphertextHash: string): Promise<Uint8Array | undefined>;
};

/** The one way to the network when it does not lead there directly. */
export type Route = {
  /** Of the proxy, for people. */
  readonly name: string;
  readonly agent: Agent;
  /** For Node's `fetch`. */
  readonly fetchDispatcher: { dispatch(options: object, handler: object): boolean };
  close(): Promise<void>;
};

/** What a session is given by whoever opened it. */
export type SessionHost = {
  readonly instanceId: string;
  /** How the network is to be reached: undefined for directly. What it rejects with ends the session. */
  openRoute(): Promise<Route | undefined>;
  readonly store: SignalStore;
  /** The state channel. Must not throw and may not be awaited. */
  say(update: ConnectionUpdate): void;
  /** What somebody is seen doing, as it is seen. Must not throw and may not be awaited. */
  see?(update: PresenceUpdate): void;
  /** The exact bytes of an outbound message of this instance, for a device that asks for it again. */
  readPayload(networkId: string): Promise<Uint8Array | undefined>;
  /** Asked synchronously where each frame leaves: false once this worker's lease has run out. */
  mayWrite(): boolean;
};
