import type { Insertable, Selectable, Updateable } from 'kysely';
import type { Reader, Tables, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';

export type CustomerRow = Selectable<Tables['customers']>;

export const insertCustomer = (tx: Tx, row: Insertable<Tables['customers']>) =>
  tx.insertInto('customers').values(row).execute();

export const selectCustomer = (from: Tx | Reader, id: Id<'cus'>) =>
  from.selectFrom('customers').selectAll().where('id', '=', id).executeTakeFirst();

export const selectAnyCustomer = (tx: Tx) => tx.selectFrom('customers').select('id').limit(1).executeTakeFirst();

export const selectCustomers = (from: Reader, before: Id<'cus'> | null, limit: number) => {
  const query = from.selectFrom('customers').selectAll().orderBy('id', 'desc').limit(limit);
  return (before ? query.where('id', '<', before) : query).execute();
};

export const updateCustomer = (tx: Tx, id: Id<'cus'>, set: Updateable<Tables['customers']>) =>
  tx.updateTable('customers').set(set).where('id', '=', id).execute();
