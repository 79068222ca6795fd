import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Takes the database's only write lock, as another program with the file open could: every commit of the gateway waits
 * until the answer is called. What it waits for is real, so a kill meanwhile is a kill before the commit.
 */
export function stopWrites(dataDir: string): () => void {
  const handle = new DatabaseSync(join(dataDir, 'sluice.db'));
  handle.exec('pragma busy_timeout = 5000');
  handle.exec('begin immediate');
  return () => {
    handle.exec('rollback');
    handle.close();
  };
}

/** Runs a statement on the gateway's database, beside it: for what has no route, such as a pause. */
export function runSql(dataDir: string, sql: string, ...parameters: (string | number | null)[]): unknown[] {
  const handle = new DatabaseSync(join(dataDir, 'sluice.db'));
  handle.exec('pragma busy_timeout = 5000');
  try {
    return handle.prepare(sql).all(...parameters);
  } finally {
    handle.close();
  }
}

/** Holds one family of lanes, as an operator's pause does. The answer takes the pause away. */
export function pauseLanes(dataDir: string, family: 'send' | 'receive' | 'deliver'): () => void {
  const id = `pau_test_${family}`;
  runSql(
    dataDir,
    `insert into pauses (id, family, scope, scope_id, mode, reason, notice_id, until, created_at)
     values (?, ?, 'all', '', 'hold', 'maintenance', null, null, 0)`,
    id,
    family,
  );
  // Over, so that the sweep finds it and wakes the lanes.
  return () => void runSql(dataDir, 'update pauses set until = 1 where id = ?', id);
}
