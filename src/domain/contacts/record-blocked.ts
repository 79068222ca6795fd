import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Caller } from '../customers/index.ts';

/** Leaves on record that a number blocks somebody, or no longer; who is blocked, WhatsApp keeps. */
export const recordBlocked = (
  tx: Tx,
  caller: Caller,
  of: { readonly instanceId: Id<'ins'>; readonly contactId: Id<'con'>; readonly blocked: boolean },
): Promise<void> =>
  recordAudit(tx, caller, {
    action: of.blocked ? 'contact.blocked' : 'contact.unblocked',
    target: of.contactId,
    instanceId: of.instanceId,
  });
