/**
 * The connection, the transaction, the durability barrier and the migrations. It knows columns, and no table's meaning.
 * Statements live in the `*.sql.ts` files of those who own the table.
 *
 * Imports platform and lib.
 */
export { type DatabaseOptions, type Db, type OpenOutcome, openDatabase, type Reader, type Tx } from './database.ts';
export { schemaMax, schemaMin } from './migrations.ts';
export type { NewRow, Row, Tables } from './tables.ts';
