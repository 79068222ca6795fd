import type { Reader, Tx } from '../../db/index.ts';
import type { Identity, LookUp } from '../../network/index.ts';
import { selectRecipientCheck, upsertRecipientCheck } from './contacts.sql.ts';

const dayMs = 86_400_000;
/** People rarely leave WhatsApp, and join it any day: a "no" is asked again soon. */
const yesKeepMs = 7 * dayMs;
const noKeepMs = 10 * 60_000;

/** What WhatsApp last said about a number, while that is fresh enough to go by. */
export async function readRecipientCheck(
  from: Reader,
  network: string,
  phone: string,
  nowMs: number,
): Promise<LookUp | undefined> {
  const row = await selectRecipientCheck(from, network, phone, nowMs - yesKeepMs);
  if (!row) return undefined;
  if (row.found === 0) return row.checked_at >= nowMs - noKeepMs ? { phone, exists: false } : undefined;
  if (row.destination === null) return undefined;
  return { phone, exists: true, identity: asIdentity(row.identity), destination: row.destination };
}

/** Keeps what WhatsApp said. */
export async function recordRecipientCheck(tx: Tx, network: string, check: LookUp): Promise<void> {
  await upsertRecipientCheck(tx, {
    network,
    phone: check.phone,
    found: check.exists ? 1 : 0,
    identity: JSON.stringify(check.exists ? check.identity : {}),
    destination: check.exists ? check.destination : null,
  });
}

/** Only `recordRecipientCheck` writes this column. */
function asIdentity(json: string): Identity {
  return JSON.parse(json) as Identity;
}
