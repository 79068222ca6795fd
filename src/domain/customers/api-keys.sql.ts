import type { Insertable, Selectable } from 'kysely';
import type { Reader, Tables, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';

/** Without the hash, which nobody needs who has found the row. */
export type ApiKeyRow = Omit<Selectable<Tables['api_keys']>, 'hash'>;

const columns = [
  'id',
  'customer_id',
  'instance_id',
  'name',
  'prefix',
  'created_at',
  'expires_at',
  'revoked_at',
  'last_used_at',
] as const;

export const insertApiKey = (tx: Tx, row: Insertable<Tables['api_keys']>) =>
  tx.insertInto('api_keys').values(row).execute();

export const selectApiKey = (tx: Tx, customerId: Id<'cus'>, id: Id<'key'>) =>
  tx
    .selectFrom('api_keys')
    .select(columns)
    .where('customer_id', '=', customerId)
    .where('id', '=', id)
    .executeTakeFirst();

/** For those who know a key and not whose it is. */
export const selectAnyApiKey = (tx: Tx | Reader, id: Id<'key'>) =>
  tx.selectFrom('api_keys').select(columns).where('id', '=', id).executeTakeFirst();

export const selectApiKeys = (
  from: Reader,
  customerId: Id<'cus'>,
  page: { only: Id<'ins'> | null; before: Id<'key'> | null; limit: number },
) => {
  let query = from.selectFrom('api_keys').select(columns).where('customer_id', '=', customerId);
  if (page.only) query = query.where('instance_id', '=', page.only);
  if (page.before) query = query.where('id', '<', page.before);
  return query.orderBy('id', 'desc').limit(page.limit).execute();
};

/** The way in: a key with its customer's limits, in one statement, since every request asks for it. */
export const selectApiKeyByHash = (from: Reader, hash: string) =>
  from
    .selectFrom('api_keys')
    .innerJoin('customers', 'customers.id', 'api_keys.customer_id')
    .select([
      'api_keys.id',
      'api_keys.customer_id',
      'api_keys.instance_id',
      'api_keys.expires_at',
      'api_keys.revoked_at',
      'api_keys.last_used_at',
      'customers.rate_limit_burst',
      'customers.rate_limit_per_second',
    ])
    .where('api_keys.hash', '=', hash)
    .executeTakeFirst();

export const updateApiKeyRevoked = (tx: Tx, customerId: Id<'cus'>, id: Id<'key'>) =>
  tx
    .updateTable('api_keys')
    .set({ revoked_at: tx.now })
    .where('customer_id', '=', customerId)
    .where('id', '=', id)
    .execute();

export const updateApiKeyUsed = (tx: Tx, customerId: Id<'cus'>, id: Id<'key'>) =>
  tx
    .updateTable('api_keys')
    .set({ last_used_at: tx.now })
    .where('customer_id', '=', customerId)
    .where('id', '=', id)
    .execute();
