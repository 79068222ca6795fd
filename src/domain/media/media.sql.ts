import { type Insertable, sql, type Updateable } from 'kysely';
import type { Reader, Tables, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';

export const insertMedia = (tx: Tx, row: Insertable<Tables['media']>) => tx.insertInto('media').values(row).execute();

export const selectMedia = (from: Tx | Reader, customerId: Id<'cus'>, id: Id<'med'>) =>
  from.selectFrom('media').selectAll().where('customer_id', '=', customerId).where('id', '=', id).executeTakeFirst();

export const selectMediaByIds = (from: Tx | Reader, customerId: Id<'cus'>, ids: readonly Id<'med'>[]) =>
  from.selectFrom('media').selectAll().where('customer_id', '=', customerId).where('id', 'in', ids).execute();

/** For links, which say themselves whose media they open. */
export const selectAnyMedia = (from: Tx | Reader, id: Id<'med'>) =>
  from.selectFrom('media').selectAll().where('id', '=', id).executeTakeFirst();

export const selectMediaPage = (
  from: Reader,
  customerId: Id<'cus'>,
  filter: {
    before: Id<'med'> | null;
    limit: number;
    instanceId?: Id<'ins'> | undefined;
    source?: string | undefined;
    state?: string | undefined;
  },
) => {
  const { before, instanceId, source, state } = filter;
  return from
    .selectFrom('media')
    .selectAll()
    .where('customer_id', '=', customerId)
    .where('state', '!=', 'deleted')
    .$if(before !== null, (query) => query.where('id', '<', before))
    .$if(instanceId !== undefined, (query) => query.where('instance_id', '=', instanceId ?? null))
    .$if(source !== undefined, (query) => query.where('source', '=', source ?? ''))
    .$if(state !== undefined, (query) => query.where('state', '=', state ?? ''))
    .orderBy('id', 'desc')
    .limit(filter.limit)
    .execute();
};

export const updateMedia = (tx: Tx, customerId: Id<'cus'>, id: Id<'med'>, set: Updateable<Tables['media']>) =>
  tx.updateTable('media').set(set).where('customer_id', '=', customerId).where('id', '=', id).execute();

export const selectExpiredMedia = (tx: Tx, limit: number) =>
  tx
    .selectFrom('media')
    .selectAll()
    .where('state', '=', sql.lit('ready'))
    .where('expires_at', '<=', tx.now)
    .orderBy('expires_at')
    .limit(limit)
    .execute();

/** Any message that refers to it and has not left for good: its bytes may still have to be read. */
export const selectWaitingMessage = (tx: Tx, id: Id<'med'>) =>
  tx
    .selectFrom('messages')
    .select('id')
    .where('media_id', '=', id)
    .where('direction', '=', 'out')
    .where('status', 'in', ['scheduled', 'queued', 'sending'])
    .limit(1)
    .executeTakeFirst();

export const selectMediaWithContent = (from: Reader, sha256: string) =>
  from.selectFrom('media').select('id').where('sha256', '=', sha256).limit(1).executeTakeFirst();

export const selectUsage = async (from: Tx | Reader, customerId: Id<'cus'>): Promise<number> => {
  const row = await from
    .selectFrom('media_usage')
    .select('bytes')
    .where('customer_id', '=', customerId)
    .executeTakeFirst();
  return Number(row?.bytes ?? 0);
};

export const updateUsage = (tx: Tx, customerId: Id<'cus'>, byBytes: number) =>
  tx
    .insertInto('media_usage')
    .values({ customer_id: customerId, bytes: byBytes })
    .onConflict((conflict) =>
      conflict.column('customer_id').doUpdateSet((eb) => ({ bytes: eb('media_usage.bytes', '+', byBytes) })),
    )
    .execute();
