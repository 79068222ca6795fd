import type { Reader } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { type AuditRow, selectAuditEvents } from './audit-events.sql.ts';

export type AuditPage = {
  /** Rows older than this one; the newest when null. */
  readonly before: Id<'aud'> | null;
  readonly limit: number;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
  readonly instanceId?: Id<'ins'> | undefined;
};

/** Newest first. A caller that is bound to an instance sees the rows of that instance only. */
export function listAuditEvents(
  from: Reader,
  caller: { readonly customerId: Id<'cus'>; readonly instanceId: Id<'ins'> | null },
  page: AuditPage,
): Promise<AuditRow[]> {
  return selectAuditEvents(from, caller.customerId, { ...page, only: caller.instanceId });
}
