import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { asStorageError } from './storage-error.ts';

/** Statements are prepared once; a program has a few hundred texts, so the bound is only met by a bug. */
const statementsMax = 1000;

/** Runs compiled queries on one node:sqlite handle. Says nothing about transactions: `database.ts` owns those. */
export type SqliteExecutor = (query: CompiledQuery) => QueryResult<never>;

export function createSqliteExecutor(handle: DatabaseSync): SqliteExecutor {
  const statements = new Map<string, { statement: StatementSync; returnsRows: boolean }>();

  const prepare = (sql: string) => {
    const known = statements.get(sql);
    if (known) return known;
    if (statements.size >= statementsMax) statements.clear();
    const statement = handle.prepare(sql);
    const prepared = { statement, returnsRows: statement.columns().length > 0 };
    statements.set(sql, prepared);
    return prepared;
  };

  return (query) => {
    try {
      const { statement, returnsRows } = prepare(query.sql);
      const parameters = asSqliteParameters(query.parameters);
      if (returnsRows) return { rows: asRows(statement.all(...parameters)) };
      const { changes, lastInsertRowid } = statement.run(...parameters);
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
    } catch (error) {
      throw asStorageError(error);
    }
  };
}

/** Kysely hands over `unknown[]`; node:sqlite refuses at run time whatever it cannot bind, so nothing slips through. */
function asSqliteParameters(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters as SQLInputValue[];
}

/** The row type is the caller's query type, which Kysely derives and the driver cannot know. */
function asRows(rows: unknown[]): never[] {
  return rows as never[];
}

/** The dialect over an executor. Kysely's own transactions are refused: there is one way to open one, `db.tx`. */
export function createSqliteDialect(execute: SqliteExecutor): Dialect {
  const connection: DatabaseConnection = {
    executeQuery: async (query) => execute(query),
    streamQuery: () => {
      throw new Error('streaming is not used: lists are read in pages');
    },
  };
  const refuse = async (): Promise<never> => {
    throw new Error('open transactions with db.tx');
  };
  const driver: Driver = {
    init: async () => {},
    acquireConnection: async () => connection,
    releaseConnection: async () => {},
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    destroy: async () => {},
  };
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => driver,
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}
