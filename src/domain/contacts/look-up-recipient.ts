import type { Bus } from '../../bus/index.ts';
import type { Db } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { LookUp } from '../../network/index.ts';
import { GatewayError, now } from '../../platform/index.ts';
import { readRecipientCheck, recordRecipientCheck } from './recipient-checks.ts';

/** The call that asks WhatsApp about phone numbers, through the session of an instance. */
export const lookUpCall = (id: Id<'ins'>): string => `look-up/${id}`;

/**
 * Says what WhatsApp knows of a number: from what it said lately, or by asking it now. Undefined when it cannot be asked
 * at the moment; the message is then accepted, and asked about before it leaves. Opens its own transaction, so it is
 * called before one.
 */
export async function lookUpRecipient(
  deps: { db: Db; bus: Bus },
  input: { instanceId: Id<'ins'>; network: string; phone: string; timeoutMs: number },
): Promise<LookUp | undefined> {
  const kept = await readRecipientCheck(deps.db.read, input.network, input.phone, now());
  if (kept) return kept;
  const answer = await askSession(deps.bus, input);
  if (!answer) return undefined;
  await deps.db.txVolatile((tx) => recordRecipientCheck(tx, input.network, answer));
  return answer;
}

async function askSession(
  bus: Bus,
  input: { instanceId: Id<'ins'>; phone: string; timeoutMs: number },
): Promise<LookUp | undefined> {
  try {
    const answers = asLookUps(await bus.call(lookUpCall(input.instanceId), [input.phone], input.timeoutMs));
    return answers.find(({ phone }) => phone === input.phone);
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}

/** The worker serves this call, with `NetworkSession.lookUp`. */
function asLookUps(answer: unknown): readonly LookUp[] {
  return answer as readonly LookUp[];
}
