import { sql } from 'kysely';
import type { Reader, Row, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';

/** Keeps the first time of each kind. */
export const upsertReceipt = (tx: Tx, row: Row<'message_receipts'>) =>
  tx
    .insertInto('message_receipts')
    .values(row)
    .onConflict((on) =>
      on.columns(['message_id', 'contact_id']).doUpdateSet({
        delivered_at: sql`coalesce(message_receipts.delivered_at, excluded.delivered_at)`,
        read_at: sql`coalesce(message_receipts.read_at, excluded.read_at)`,
        played_at: sql`coalesce(message_receipts.played_at, excluded.played_at)`,
      }),
    )
    .execute();

export const selectReceipt = (tx: Tx, messageId: Id<'msg'>, contactId: Id<'con'>) =>
  tx
    .selectFrom('message_receipts')
    .selectAll()
    .where('message_id', '=', messageId)
    .where('contact_id', '=', contactId)
    .executeTakeFirst();

export const selectReceipts = (from: Reader, messageId: Id<'msg'>, limit: number) =>
  from.selectFrom('message_receipts').selectAll().where('message_id', '=', messageId).limit(limit).execute();

/** Leaves behind what the other contact has on the same message. */
export const updateReceiptsContact = (tx: Tx, from: Id<'con'>, into: Id<'con'>) =>
  tx
    .updateTable('message_receipts')
    .set({ contact_id: into })
    .where('contact_id', '=', from)
    .where('message_id', 'not in', (query) =>
      query.selectFrom('message_receipts as twin').select('twin.message_id').where('twin.contact_id', '=', into),
    )
    .execute();
