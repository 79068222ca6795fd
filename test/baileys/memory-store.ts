import { setTimeout as sleep } from 'node:timers/promises';
import type { InboundCapture, SignalBatch, SignalStore } from '../../src/network/index.ts';

export type Journaled = {
  readonly dedupeKey: string;
  readonly kind: InboundCapture['kind'];
  readonly stanza: Uint8Array;
  readonly parts: Map<number, Uint8Array>;
  complete: boolean;
  failure?: string;
};

/** What survives a crash: the keys, the credentials and the journal of one instance. */
export type MemoryDisk = {
  readonly journal: Map<string, Journaled>;
  readonly keys: Map<string, Uint8Array>;
  credentials(): Uint8Array | undefined;
  commitCount(): number;
  /** The store of one process: after `crash` nothing of it reaches the disk, and nothing that it was asked ever settles. */
  open(): MemoryStore;
};

export type MemoryStore = SignalStore & {
  latencyMs: number;
  /** Called with each batch before it is written; may throw, or never settle. */
  beforeCommit: (batch: SignalBatch) => void | Promise<void>;
  /** Called after it is written and before that is said. */
  afterCommit: (batch: SignalBatch) => void | Promise<void>;
  beforeRead: (kind: string) => void | Promise<void>;
  crash(): void;
  /** Fails what a crash left hanging: in a test the dead share their process, and its locks, with the living. */
  bury(): void;
};

export function createMemoryDisk(): MemoryDisk {
  const keys = new Map<string, Uint8Array>();
  const journal = new Map<string, Journaled>();
  const plaintexts = new Map<string, Uint8Array>();
  let credentials: Uint8Array | undefined;
  let commits = 0;

  function write(batch: SignalBatch): void {
    commits += 1;
    if (batch.credentials !== undefined) credentials = batch.credentials;
    for (const { kind, id, value } of batch.keys ?? []) {
      if (value === null) keys.delete(`${kind} ${id}`);
      else keys.set(`${kind} ${id}`, value);
    }
    if (batch.inbound !== undefined) writeInbound(batch.inbound);
  }

  function writeInbound(inbound: InboundCapture): void {
    for (const part of inbound.parts) plaintexts.set(part.ciphertextHash, part.plaintext);
    const { dedupeKey, kind, stanza } = inbound;
    const row: Journaled = journal.get(dedupeKey) ?? { dedupeKey, kind, stanza, parts: new Map(), complete: false };
    if (row.complete) return;
    journal.set(dedupeKey, row);
    for (const part of inbound.parts) row.parts.set(part.position, part.plaintext);
    if (inbound.failure !== undefined) row.failure = inbound.failure;
    row.complete = inbound.complete;
  }

  function open(): MemoryStore {
    let crashed = false;
    const buried = Promise.withResolvers<never>();
    buried.promise.catch(() => {});
    const alive = async (): Promise<void> => {
      if (store.latencyMs > 0) await sleep(store.latencyMs);
      if (crashed) await buried.promise;
    };
    const store: MemoryStore = {
      latencyMs: 0,
      beforeCommit: () => {},
      afterCommit: () => {},
      beforeRead: () => {},
      crash: () => {
        crashed = true;
      },
      bury: () => buried.reject(new Error('The process is dead.')),
      readCredentials: async () => {
        await store.beforeRead('credentials');
        await alive();
        return credentials;
      },
      readKeys: async (kind, ids) => {
        await store.beforeRead(kind);
        await alive();
        return new Map(
          ids.flatMap((id) => {
            const value = keys.get(`${kind} ${id}`);
            return value === undefined ? [] : [[id, value] as const];
          }),
        );
      },
      readPlaintext: async (hash) => {
        await store.beforeRead('plaintext');
        await alive();
        return plaintexts.get(hash);
      },
      commit: async (batch) => {
        await store.beforeCommit(batch);
        await alive();
        write(batch);
        await store.afterCommit(batch);
        await alive();
      },
    };
    return store;
  }

  return { keys, journal, credentials: () => credentials, commitCount: () => commits, open };
}
