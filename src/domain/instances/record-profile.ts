import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Caller } from '../customers/index.ts';
import { recordEvent } from '../events/index.ts';
import { updateInstance } from './instances.sql.ts';
import { type InstanceRow, readAnyInstance } from './instances.ts';

/** A caller has changed what WhatsApp shows of the number: which fields, and its name when that is one of them. */
export async function recordProfile(
  tx: Tx,
  caller: Caller,
  id: Id<'ins'>,
  changed: { readonly fields: readonly string[]; readonly name?: string | undefined },
): Promise<void> {
  const instance = changed.name === undefined ? undefined : await readAnyInstance(tx, id);
  if (instance && changed.name !== undefined) {
    await applyName(tx, instance, changed.name, { silent: false, correlationId: caller.correlationId });
  }
  await recordAudit(tx, caller, {
    action: 'instance.profile_changed',
    target: id,
    instanceId: id,
    detail: { fields: changed.fields },
  });
}

/** The number was given another name on one of its devices. What it was called when it was linked is no news. */
export const recordOwnName = (
  tx: Tx,
  instance: InstanceRow,
  { name, initial }: { readonly name: string; readonly initial: boolean },
): Promise<void> => applyName(tx, instance, name, { silent: initial, correlationId: null });

async function applyName(
  tx: Tx,
  { id, customer_id: customerId, phone, profile_name: before }: InstanceRow,
  name: string,
  how: { readonly silent: boolean; readonly correlationId: string | null },
): Promise<void> {
  if (before === name) return;
  await updateInstance(tx, customerId, id, { profile_name: name });
  if (how.silent) return;
  await recordEvent(tx, {
    customerId,
    instanceId: id,
    type: 'instance.profile_changed',
    data: { name, phone_number: phone },
    correlationId: how.correlationId,
  });
}
