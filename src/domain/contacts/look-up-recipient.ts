import type { Bus } from '../../bus/index.ts';
import type { Db } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { LookUp } from '../../network/index.ts';
import { GatewayError, now } from '../../platform/index.ts';
import { readRecipientCheck, recordRecipientCheck } from './recipient-checks.ts';

/** The call that asks WhatsApp about phone numbers, through the session of an instance. */
export const lookUpCall = (id: Id<'ins'>): string => `look-up/${id}`;

type Asking = { readonly instanceId: Id<'ins'>; readonly network: string; readonly timeoutMs: number };

/**
 * Says what WhatsApp knows of a number: from what it said lately, or by asking it now. Undefined when it cannot be asked
 * at the moment; the message is then accepted, and asked about before it leaves. Opens its own transaction, so it is
 * called before one.
 */
export async function lookUpRecipient(
  deps: { db: Db; bus: Bus },
  { phone, ...asking }: Asking & { phone: string },
): Promise<LookUp | undefined> {
  try {
    return (await lookUpRecipients(deps, { ...asking, phones: [phone] })).get(phone);
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}

/** The same for several numbers, those that are not known in one question to WhatsApp. Throws `not_connected`. */
export async function lookUpRecipients(
  deps: { db: Db; bus: Bus },
  { phones, ...asking }: Asking & { phones: readonly string[] },
): Promise<ReadonlyMap<string, LookUp>> {
  const known = new Map<string, LookUp>();
  for (const phone of phones) {
    const kept = await readRecipientCheck(deps.db.read, asking.network, phone, now());
    if (kept) known.set(phone, kept);
  }
  const unknown = [...new Set(phones)].filter((phone) => !known.has(phone));
  if (unknown.length === 0) return known;
  const answers = asLookUps(await deps.bus.call(lookUpCall(asking.instanceId), unknown, asking.timeoutMs));
  await deps.db.txVolatile(async (tx) => {
    for (const answer of answers) await recordRecipientCheck(tx, asking.network, answer);
  });
  for (const answer of answers) known.set(answer.phone, answer);
  return known;
}

/** The worker serves this call, with `NetworkSession.lookUp`. */
function asLookUps(answer: unknown): readonly LookUp[] {
  return answer as readonly LookUp[];
}
