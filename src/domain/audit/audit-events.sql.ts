import type { Insertable } from 'kysely';
import type { Tables, Tx } from '../../db/index.ts';

export const insertAuditEvent = (tx: Tx, row: Insertable<Tables['audit_events']>) =>
  tx.insertInto('audit_events').values(row).execute();
