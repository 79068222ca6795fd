import { AsyncLocalStorage } from 'node:async_hooks';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { isId, timeOfId } from '../lib/index.ts';
import { now, systemClock } from '../platform/index.ts';
import { createCheckpointer } from './checkpointer.ts';
import { createDurability, type Sync } from './durability.ts';
import { migrate } from './migrate.ts';
import { createSqliteDialect, createSqliteExecutor, type SqliteExecutor } from './sqlite-dialect.ts';
import { asStorageError } from './storage-error.ts';
import type { Tables } from './tables.ts';

/** Reads what is committed. Outside a transaction only. */
export type Reader = Kysely<Tables>;

/** One open transaction. `now` is its time in milliseconds: every row that it writes carries the same. */
export type Tx = Kysely<Tables> & {
  readonly now: number;
  /** Names a topic to be announced once this is committed and on disk. */
  announce(topic: string): void;
};

export type Db = {
  /** The time that a transaction would carry now. */
  now(): number;
  /** For single statements outside a transaction. Inside one it throws: it would not see the transaction's own writes. */
  readonly read: Reader;
  /**
   * Runs `work` in a transaction and resolves when its writes survive a power cut. Transactions run one at a time.
   * A throw rolls back. Throws inside another transaction: it would wait for itself.
   */
  tx<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** The same without waiting for the disk: for writes whose loss a crash makes good, such as a taken job. */
  txVolatile<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Resolves when everything that is committed now survives a power cut: for those who show what they have read. */
  settled(): Promise<void>;
  /** Called with each topic that a finished transaction announced. Must not throw. */
  onAnnounce(listener: (topic: string) => void): void;
  close(): Promise<void>;
};

export type DatabaseOptions = {
  readonly path: string;
  readonly checkpointIntervalMs?: number;
  /** In place of fdatasync on the write-ahead log: for tests and benches of slow or failing disks. */
  readonly sync?: Sync;
  /** The disk can no longer be trusted; the process has to end. */
  readonly onBroken: (error: unknown) => void;
};

export type OpenOutcome = { kind: 'open'; db: Db; migratedFrom: number } | { kind: 'newer_schema'; found: number };

/** Opens (or makes) the SQLite database and brings its schema up to date. */
export async function openDatabase(options: DatabaseOptions): Promise<OpenOutcome> {
  const writer = new DatabaseSync(options.path);
  for (const pragma of writerPragmas) writer.exec(`pragma ${pragma}`);
  const outcome = migrate(writer, now());
  if (outcome.kind === 'newer') {
    writer.close();
    return { kind: 'newer_schema', found: outcome.found };
  }
  const reader = new DatabaseSync(options.path, { readOnly: true });
  const log = await openWriteAheadLog(options.path);
  const durability = createDurability({ sync: options.sync ?? log.sync, onBroken: options.onBroken });
  return {
    kind: 'open',
    migratedFrom: outcome.from,
    db: createDb({
      writer,
      reader,
      options,
      durable: durability.durable,
      closeLog: log.close,
      fromMs: readTime(writer),
    }),
  };
}

/**
 * The first millisecond that no event carries yet. A clock that was set back while nothing ran must not make ids that sort before
 * those that readers of the log have gone past.
 */
function readTime(writer: DatabaseSync): number {
  const newest = writer.prepare('select max(id) as id from events').get()?.id;
  return isId('evt', newest) ? timeOfId(newest) + 1 : 0;
}

// With synchronous=NORMAL SQLite itself syncs only at checkpoints; `durable` syncs the log for every transaction.
const writerPragmas = [
  'journal_mode = wal',
  'synchronous = normal',
  'wal_autocheckpoint = 0',
  'foreign_keys = on',
  // It waits on the main thread. Nobody else writes but by accident, so better a clear error soon.
  'busy_timeout = 1000',
];

async function openWriteAheadLog(path: string): Promise<{ sync: Sync; close: () => Promise<void> }> {
  const folder = await open(dirname(path), 'r');
  const log = await open(`${path}-wal`, 'r');
  // The directory too, once: a file whose name is lost is lost.
  await log.sync();
  await folder.sync();
  await folder.close();
  return { sync: () => log.datasync(), close: () => log.close() };
}

function createDb(deps: {
  writer: DatabaseSync;
  reader: DatabaseSync;
  options: DatabaseOptions;
  durable: Sync;
  closeLog: () => Promise<void>;
  /** Time does not begin before it. */
  fromMs: number;
}): Db {
  const { writer, reader, durable } = deps;
  const inside = new AsyncLocalStorage<true>();
  const listeners: ((topic: string) => void)[] = [];
  const writeExecutor = createSqliteExecutor(writer);
  const readExecutor = createSqliteExecutor(reader);
  const begin = writer.prepare('begin immediate');
  const commit = writer.prepare('commit');
  const rollback = writer.prepare('rollback');
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;
  let committed = 0;
  let kept = 0;
  const tellNow = createSteadyClock(deps.fromMs);

  const read = new Kysely<Tables>({
    dialect: createSqliteDialect((query) => {
      if (inside.getStore()) throw new Error('db.read inside a transaction: use the transaction');
      return readExecutor(query);
    }),
  });

  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    if (inside.getStore()) throw new Error('a transaction inside a transaction would wait for itself');
    if (closed) throw new Error('the database is closed');
    const turn = last.then(run);
    last = turn.catch(() => {});
    return turn;
  };

  const perform = async <T>(work: (tx: Tx) => Promise<T>, topics: Set<string>): Promise<T> => {
    const { tx, end } = createTx(writeExecutor, topics, tellNow());
    try {
      begin.run();
    } catch (error) {
      throw asStorageError(error);
    }
    try {
      const result = await inside.run(true, () => work(tx));
      end();
      commit.run();
      committed += 1;
      return result;
    } catch (error) {
      end();
      // A full disk may have rolled back already.
      if (writer.isTransaction) rollback.run();
      throw asStorageError(error);
    }
  };

  const settle = async (): Promise<void> => {
    const wanted = committed;
    if (wanted <= kept) return;
    await durable();
    kept = Math.max(kept, wanted);
  };

  const transact = async <T>(work: (tx: Tx) => Promise<T>, barrier: Sync): Promise<T> => {
    const topics = new Set<string>();
    const result = await inTurn(() => perform(work, topics));
    await barrier();
    for (const topic of topics) for (const listener of listeners) listener(topic);
    return result;
  };

  const checkpointer = createCheckpointer({
    path: deps.options.path,
    intervalMs: deps.options.checkpointIntervalMs ?? 1000,
    hold: (run) => inTurn(run),
    onDead: deps.options.onBroken,
  });

  return {
    read,
    now: tellNow,
    tx: (work) => transact(work, settle),
    txVolatile: (work) => transact(work, async () => {}),
    settled: settle,
    onAnnounce: (listener) => {
      listeners.push(listener);
    },
    close: async () => {
      await checkpointer.stop();
      await last;
      closed = true;
      await durable().catch(() => {});
      await deps.closeLog();
      reader.close();
      writer.close();
    },
  };
}

/**
 * Never back, since ids carry the time and whoever reads on from an id must not miss what came after it; and never still, or
 * what waits for a moment would wait for as long as the computer's clock was set back.
 */
function createSteadyClock(fromMs: number): () => number {
  let lastMs = fromMs;
  let toldAtMs = systemClock.elapsed();
  return () => {
    const elapsedMs = systemClock.elapsed();
    lastMs = Math.max(now(), lastMs + elapsedMs - toldAtMs);
    toldAtMs = elapsedMs;
    return Math.floor(lastMs);
  };
}

/** A handle that works until the transaction ends, and throws afterwards rather than write into someone else's. */
function createTx(execute: SqliteExecutor, topics: Set<string>, nowMs: number): { tx: Tx; end: () => void } {
  let ended = false;
  const dialect = createSqliteDialect((query) => {
    if (ended) throw new Error('this transaction is over');
    return execute(query);
  });
  const tx = Object.assign(new Kysely<Tables>({ dialect }), {
    now: nowMs,
    announce: (topic: string) => {
      topics.add(topic);
    },
  });
  return {
    tx,
    end: () => {
      ended = true;
    },
  };
}
