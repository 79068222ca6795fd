import type { Insertable, Selectable } from 'kysely';
import type { Reader, Tables, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';

export type AuditRow = Selectable<Tables['audit_events']>;

export const insertAuditEvent = (tx: Tx, row: Insertable<Tables['audit_events']>) =>
  tx.insertInto('audit_events').values(row).execute();

export const selectAuditEvents = (
  from: Reader,
  customerId: Id<'cus'>,
  page: {
    before: Id<'aud'> | null;
    limit: number;
    only: Id<'ins'> | null;
    instanceId?: Id<'ins'> | undefined;
    action?: string | undefined;
    target?: string | undefined;
  },
): Promise<AuditRow[]> => {
  let query = from.selectFrom('audit_events').selectAll().where('customer_id', '=', customerId);
  if (page.only) query = query.where('instance_id', '=', page.only);
  if (page.instanceId) query = query.where('instance_id', '=', page.instanceId);
  if (page.action) query = query.where('action', '=', page.action);
  if (page.target) query = query.where('target', '=', page.target);
  if (page.before) query = query.where('id', '<', page.before);
  return query.orderBy('id', 'desc').limit(page.limit).execute();
};
