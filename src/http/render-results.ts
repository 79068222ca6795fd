import type * as z from 'zod';
import type { Tx } from '../db/index.ts';
import { viewContact } from '../domain/contacts/index.ts';
import type { MemberResult } from '../domain/groups/index.ts';
import type { InstanceRow } from '../domain/instances/index.ts';
import { resolveMember } from '../domain/messages/index.ts';
import { GatewayError } from '../platform/index.ts';
import type { NamedPerson } from './read-recipient.ts';
import type { personResultSchema } from './render-group.ts';
import { renderTime } from './schemas.ts';

type PersonResult = z.output<typeof personResultSchema>;

/**
 * Those whom WhatsApp can be asked about: its answer has a result for each of them, in this order. Throws
 * `no_valid_participant` when that is nobody.
 */
export function requireAskable(people: readonly NamedPerson[]) {
  const asked = people.flatMap(({ identity }) => identity ?? []);
  if (asked.length > 0) return asked;
  throw new GatewayError('no_valid_participant', { not_on_whatsapp: people.map(({ to }) => to) });
}

/**
 * What became of everybody whom a request named, in its order: of those whom WhatsApp was asked about, what it said; of the
 * others, that they are not there. `done` is the word for what was asked. Makes contacts of people who were not known.
 */
export async function renderResults(
  tx: Tx,
  instance: InstanceRow,
  people: readonly NamedPerson[],
  results: readonly MemberResult[],
  done: string,
): Promise<PersonResult[]> {
  const left = [...results];
  const rendered: PersonResult[] = [];
  for (const { to, identity } of people) {
    const result = identity && left.shift();
    if (!result) rendered.push({ to, contact: null, result: 'not_on_whatsapp' });
    else rendered.push(await renderResult(tx, instance, to, result, done));
  }
  return rendered;
}

async function renderResult(
  tx: Tx,
  instance: InstanceRow,
  to: string,
  { outcome, person, invitation }: MemberResult,
  done: string,
): Promise<PersonResult> {
  const contactId = await resolveMember(tx, instance, person);
  return {
    to,
    contact: await viewContact(tx, instance.customer_id, contactId),
    result: outcome === 'done' ? done : outcome,
    ...(invitation && { invitation: { code: invitation.code, expires_at: renderTime(invitation.expiresAtMs) } }),
  };
}
