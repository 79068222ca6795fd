import type { Reader, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';

export const selectAnswer = (from: Tx | Reader, customerId: Id<'cus'>, key: string) =>
  from
    .selectFrom('idempotency_keys')
    .select(['request_hash', 'status_code', 'response', 'created_at'])
    .where('customer_id', '=', customerId)
    .where('key', '=', key)
    .executeTakeFirst();

/** Not an upsert: of two transactions that answer under one key the second must fail, with all that it wrote. */
export const insertAnswer = (
  tx: Tx,
  customerId: Id<'cus'>,
  key: string,
  answer: { request_hash: string; status_code: number; response: string },
) =>
  tx
    .insertInto('idempotency_keys')
    .values({ customer_id: customerId, key, ...answer, created_at: tx.now })
    .execute();

export const deleteAnswerBefore = (tx: Tx, customerId: Id<'cus'>, key: string, beforeMs: number) =>
  tx
    .deleteFrom('idempotency_keys')
    .where('customer_id', '=', customerId)
    .where('key', '=', key)
    .where('created_at', '<', beforeMs)
    .execute();

export const selectAnswersBefore = (tx: Tx, beforeMs: number, limit: number) =>
  tx
    .selectFrom('idempotency_keys')
    .select(['customer_id', 'key'])
    .where('created_at', '<', beforeMs)
    .orderBy('created_at')
    .limit(limit)
    .execute();

export const deleteAnswer = (tx: Tx, customerId: Id<'cus'>, key: string) =>
  tx.deleteFrom('idempotency_keys').where('customer_id', '=', customerId).where('key', '=', key).execute();
