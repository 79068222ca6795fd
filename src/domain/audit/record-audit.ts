import type { Tx } from '../../db/index.ts';
import { type Id, newId } from '../../lib/index.ts';
import type { Caller } from '../customers/index.ts';
import { insertAuditEvent } from './audit-events.sql.ts';

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

/** Leaves a row in the transaction of the action itself. A caller without customer is the operator. */
export async function recordAudit(
  tx: Tx,
  caller: Pick<Caller, 'actor' | 'correlationId'> & { readonly customerId: Id<'cus'> | null },
  entry: AuditEntry,
): Promise<void> {
  await insertAuditEvent(tx, {
    id: newId('aud', tx.now),
    customer_id: caller.customerId,
    instance_id: entry.instanceId ?? null,
    actor: caller.actor,
    action: entry.action,
    target: entry.target,
    correlation_id: caller.correlationId,
    detail: JSON.stringify(entry.detail ?? {}),
    at: tx.now,
  });
}
