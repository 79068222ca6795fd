/**
 * The audit log: who did what, written in the transaction that did it, and never changed. It lies at the bottom of the
 * domain's ladder, since every action above leaves a row.
 *
 * Imports db and lib.
 */
export type { AuditRow } from './audit-events.sql.ts';
export { listAuditEvents } from './list-audit-events.ts';
export { type AuditActor, recordAudit } from './record-audit.ts';
