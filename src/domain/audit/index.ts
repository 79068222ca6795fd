/**
 * The audit log: who did what, written in the transaction that did it, and never changed.
 *
 * Imports customers, db and lib.
 */
export { type AuditEntry, recordAudit } from './record-audit.ts';
