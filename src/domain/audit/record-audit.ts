import type { Tx } from '../../db/index.ts';
import { type Id, newId } from '../../lib/index.ts';
import { insertAuditEvent } from './audit-events.sql.ts';

/** Who acts, and on whose behalf. Every caller of the domain is one; without customer it is the operator. */
export type AuditActor = {
  readonly customerId: Id<'cus'> | null;
  /** `key:<id>`, `admin` or `system`. */
  readonly actor: string;
  readonly correlationId: string | null;
};

export type AuditEntry = {
  /** What was done, as `noun.verbed`. */
  readonly action: string;
  /** The id of what it was done to. */
  readonly target: string;
  /** The instance that it concerns, when it concerns one: what a bound key may read goes by this. */
  readonly instanceId?: Id<'ins'>;
  /** Facts worth keeping; never a secret, a message body or a phone number. */
  readonly detail?: Readonly<Record<string, unknown>>;
};

/** Leaves a row in the transaction of the action itself. */
export async function recordAudit(tx: Tx, actor: AuditActor, entry: AuditEntry): Promise<void> {
  await insertAuditEvent(tx, {
    id: newId('aud', tx.now),
    customer_id: actor.customerId,
    instance_id: entry.instanceId ?? null,
    actor: actor.actor,
    action: entry.action,
    target: entry.target,
    correlation_id: actor.correlationId,
    detail: JSON.stringify(entry.detail ?? {}),
    at: tx.now,
  });
}
