import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Caller } from '../customers/index.ts';
import { updateInstance } from './instances.sql.ts';

/** A caller has changed what WhatsApp shows of the number: which fields, and its name when that is one of them. */
export async function recordProfile(
  tx: Tx,
  caller: Caller,
  id: Id<'ins'>,
  changed: { readonly fields: readonly string[]; readonly name?: string | undefined },
): Promise<void> {
  if (changed.name !== undefined) await updateInstance(tx, caller.customerId, id, { profile_name: changed.name });
  await recordAudit(tx, caller, {
    action: 'instance.profile_changed',
    target: id,
    instanceId: id,
    detail: { fields: changed.fields },
  });
}
