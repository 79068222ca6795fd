import type { DatabaseSync } from 'node:sqlite';
import { migrations, schemaMax } from './migrations.ts';

export type MigrationOutcome = { kind: 'migrated'; from: number; to: number } | { kind: 'newer'; found: number };

/**
 * Brings the schema up to this program's, one transaction a step. A database that a newer program wrote is left alone
 * and reported: reading rows that mean something else would be worse than not starting.
 */
export function migrate(handle: DatabaseSync, nowMs: number): MigrationOutcome {
  handle.exec(`create table if not exists schema_migrations
    (version integer primary key, name text not null, applied_at bigint not null)`);
  const row = handle.prepare('select coalesce(max(version), 0) as version from schema_migrations').get();
  const from = Number(row?.version ?? 0);
  if (from > schemaMax) return { kind: 'newer', found: from };

  for (const migration of migrations.filter(({ version }) => version > from)) {
    handle.exec('begin immediate');
    for (const statement of migration.statements) handle.exec(inSqlite(statement));
    handle
      .prepare('insert into schema_migrations (version, name, applied_at) values (?, ?, ?)')
      .run(migration.version, migration.name, nowMs);
    handle.exec('commit');
  }
  return { kind: 'migrated', from, to: schemaMax };
}

/** Autoincrement, since a lane's order is the order of ids and a reused id would jump the queue. */
function inSqlite(statement: string): string {
  return statement.replaceAll('{bytes}', 'blob').replaceAll('{sequence}', 'integer primary key autoincrement');
}
