import type { Insertable } from 'kysely';
import type { Tables, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';

/** Walks one index, whatever became of the customer's other endpoints. */
export const selectSubscribers = (tx: Tx, customerId: Id<'cus'>) =>
  tx
    .selectFrom('endpoints')
    .select(['id', 'event_types', 'instance_ids', 'ordering'])
    .where('customer_id', '=', customerId)
    .where('enabled', '=', 1)
    .orderBy('id')
    .execute();

export const insertDelivery = (tx: Tx, row: Insertable<Tables['deliveries']>) =>
  tx.insertInto('deliveries').values(row).execute();
