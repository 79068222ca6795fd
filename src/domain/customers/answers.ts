import type { Reader, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { Vault } from '../../platform/index.ts';
import { deleteAnswer, deleteAnswerBefore, insertAnswer, selectAnswer, selectAnswersBefore } from './answers.sql.ts';

/** What was answered under an idempotency key. `requestHash` tells whether it is the same request that comes again. */
export type StoredAnswer = { readonly requestHash: string; readonly statusCode: number; readonly body: unknown };

const sweepBatch = 500;

const aad = (customerId: Id<'cus'>, key: string) => `answer ${customerId} ${key}`;

/** The answer given under this key since `sinceMs`. */
export async function readAnswer(
  from: Tx | Reader,
  vault: Vault,
  customerId: Id<'cus'>,
  key: string,
  sinceMs: number,
): Promise<StoredAnswer | undefined> {
  const row = await selectAnswer(from, customerId, key);
  if (!row || row.created_at < sinceMs) return undefined;
  const text = vault.decrypt(Buffer.from(row.response, 'base64'), aad(customerId, key)).toString();
  return { requestHash: row.request_hash, statusCode: row.status_code, body: JSON.parse(text) };
}

/**
 * In the transaction of the write that it answers; an answer from before `sinceMs` makes room. Sealed, since an answer may
 * hold a secret or somebody's message.
 */
export async function recordAnswer(
  tx: Tx,
  vault: Vault,
  customerId: Id<'cus'>,
  key: string,
  answer: StoredAnswer,
  sinceMs: number,
): Promise<void> {
  const sealed = vault.encrypt(JSON.stringify(answer.body), aad(customerId, key));
  await deleteAnswerBefore(tx, customerId, key, sinceMs);
  await insertAnswer(tx, customerId, key, {
    request_hash: answer.requestHash,
    status_code: answer.statusCode,
    response: sealed.toString('base64'),
  });
}

/** Forgets answers given before `beforeMs`, a batch a call. True when there may be more. */
export async function sweepAnswers(tx: Tx, beforeMs: number): Promise<boolean> {
  const rows = await selectAnswersBefore(tx, beforeMs, sweepBatch);
  for (const row of rows) await deleteAnswer(tx, row.customer_id, row.key);
  return rows.length === sweepBatch;
}
