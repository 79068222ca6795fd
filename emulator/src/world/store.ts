import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { deserialize, serialize } from 'node:v8';

/**
 * Where the world is kept. Memory is the truth while the program runs; records that changed are written behind, in
 * batches, so that storing never stands in a message's way. `flush` writes all of them now.
 */
export type Store = {
  put: (space: string, key: string, read: () => unknown) => void;
  remove: (space: string, key: string) => void;
  load: (space: string) => [key: string, value: unknown][];
  flush: () => void;
  close: () => void;
};

const FLUSH_INTERVAL_MS = 100;
/** Records a background flush writes, so that it holds the loop for a few milliseconds only; a quarter of more than that. */
const FLUSH_RECORDS = 2000;

const createMemoryStore = (): Store => ({
  put: () => undefined,
  remove: () => undefined,
  load: () => [],
  flush: () => undefined,
  close: () => undefined,
});

const openDatabase = (folder: string): DatabaseSync => {
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, 'emulator.db'));
  try {
    // Two programs on one folder would each write their own world over the other's.
    database.exec(`
      pragma locking_mode = exclusive;
      pragma journal_mode = wal;
      pragma synchronous = off;
      create table if not exists records (
        space text not null, key text not null, value blob not null, primary key (space, key)
      ) without rowid;
      begin immediate;
      commit;`);
    return database;
  } catch (cause) {
    database.close();
    throw new Error(`${folder} is in use by another emulator, or cannot be written`, { cause });
  }
};

const createDiskStore = (folder: string): Store => {
  const database = openDatabase(folder);
  const write = database.prepare('insert or replace into records (space, key, value) values (?, ?, ?)');
  const erase = database.prepare('delete from records where space = ? and key = ?');
  const select = database.prepare('select key, value from records where space = ? order by key');
  // Each change is kept once: later changes to the same record ride along for free.
  const changed = new Map<string, { space: string; key: string; read: (() => unknown) | undefined }>();

  const flushSome = (limit: number): void => {
    if (changed.size === 0) return;
    let written = 0;
    database.exec('begin');
    for (const [id, { space, key, read }] of changed) {
      if (read) write.run(space, key, serialize(read()));
      else erase.run(space, key);
      changed.delete(id);
      written += 1;
      if (written >= limit) break;
    }
    database.exec('commit');
  };

  const timer = setInterval(() => flushSome(Math.max(FLUSH_RECORDS, changed.size / 4)), FLUSH_INTERVAL_MS);
  timer.unref();
  const mark = (space: string, key: string, read: (() => unknown) | undefined): void => {
    changed.set(`${space}\n${key}`, { space, key, read });
  };
  return {
    put: (space, key, read) => mark(space, key, read),
    remove: (space, key) => mark(space, key, undefined),
    load: (space) =>
      select.all(space).map((row) => [String(row.key), deserialize(row.value as Uint8Array)] as [string, unknown]),
    flush: () => flushSome(Number.POSITIVE_INFINITY),
    close: () => {
      clearInterval(timer);
      flushSome(Number.POSITIVE_INFINITY);
      database.close();
    },
  };
};

/** Without a folder nothing outlives the process. */
export const createStore = (folder: string | undefined): Store =>
  folder === undefined ? createMemoryStore() : createDiskStore(folder);
