import { type Insertable, sql } from 'kysely';
import type { Reader, Row, Tables, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';

export type CallRow = Row<'calls'>;

export const insertCall = (tx: Tx, row: Insertable<Tables['calls']>) => tx.insertInto('calls').values(row).execute();

export const selectCallOnNetwork = (tx: Tx, instanceId: Id<'ins'>, networkId: string) =>
  tx
    .selectFrom('calls')
    .selectAll()
    .where('instance_id', '=', instanceId)
    .where('network_id', '=', networkId)
    .executeTakeFirst();

export const selectCall = (from: Tx | Reader, customerId: Id<'cus'>, id: Id<'cll'>) =>
  from.selectFrom('calls').selectAll().where('customer_id', '=', customerId).where('id', '=', id).executeTakeFirst();

export const selectCalls = (
  from: Reader,
  customerId: Id<'cus'>,
  instanceId: Id<'ins'>,
  page: { before: Id<'cll'> | null; limit: number },
) =>
  from
    .selectFrom('calls')
    .selectAll()
    .where('customer_id', '=', customerId)
    .where('instance_id', '=', instanceId)
    .$if(page.before !== null, (query) => query.where('id', '<', page.before))
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute();

export const updateCallEnded = (tx: Tx, customerId: Id<'cus'>, id: Id<'cll'>, state: string) =>
  tx
    .updateTable('calls')
    .set({ state, ended_at: tx.now })
    .where('customer_id', '=', customerId)
    .where('id', '=', id)
    .execute();

/** For the worker: the oldest call of an instance that rings, of those that came in since then. */
export const selectRinging = (from: Reader, instanceId: Id<'ins'>, sinceMs: number) =>
  from
    .selectFrom('calls')
    .selectAll()
    .where('instance_id', '=', instanceId)
    .where('state', '=', sql.lit('ringing'))
    .where('offered_at', '>=', sinceMs)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
