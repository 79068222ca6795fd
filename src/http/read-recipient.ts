import {
  chatKeyOf,
  findReachable,
  lookUpRecipient,
  lookUpRecipients,
  readChat,
  readContactIdentity,
} from '../domain/contacts/index.ts';
import type { Caller } from '../domain/customers/index.ts';
import type { InstanceRow } from '../domain/instances/index.ts';
import type { Recipient } from '../domain/messages/index.ts';
import { isId, normaliseMsisdn } from '../lib/index.ts';
import { GatewayError } from '../platform/index.ts';
import type { HttpDeps, PersonIdentity } from './deps.ts';

/** What stands for the number's stories. */
const stories = 'stories';

type Deps = Pick<HttpDeps, 'db' | 'bus' | 'config' | 'destinationOf' | 'storyAddress' | 'networkAccess'>;

/** As many as one question to WhatsApp may hold. */
const lookUpsAtOnceMax = 100;

/**
 * Who a `to` stands for: a phone number with country code, however it is written, a contact of the customer, a chat of
 * the instance, or `stories`. Asks WhatsApp, so it runs before any transaction. Throws `recipient_invalid` and
 * `recipient_not_on_whatsapp`.
 */
export async function readRecipient(deps: Deps, caller: Caller, instance: InstanceRow, to: string): Promise<Recipient> {
  if (to === stories) {
    deps.networkAccess.requireCapability(instance, 'send_stories');
    return { kind: 'story', address: deps.storyAddress };
  }
  if (to.startsWith('con_')) return findPerson(deps, instance, to, await requireContact(deps, caller, to, to));
  if (!to.startsWith('cht_')) return findPerson(deps, instance, to, { phone: readPhone(to) });
  const chat = isId('cht', to) ? await readChat(deps.db.read, caller.customerId, to) : undefined;
  if (!chat || chat.instance_id !== instance.id) throw invalid(to, 'This instance has no chat with this id.');
  const key = chatKeyOf(chat);
  if (key.kind !== 'person') return key;
  return findPerson(deps, instance, to, await requireContact(deps, caller, to, key.contactId));
}

/** Somebody whom a request names; without identity a number that is not on WhatsApp. */
export type NamedPerson = { readonly to: string; readonly identity: PersonIdentity | undefined };

/**
 * Who several people are whom a request names by number or contact id, in its order. What is not known of the numbers is
 * asked of WhatsApp, so it runs before any transaction. Throws `recipient_invalid` for the first that names nobody, and
 * `not_connected`.
 */
export async function readPeople(
  deps: Deps,
  caller: Caller,
  instance: InstanceRow,
  named: readonly string[],
): Promise<NamedPerson[]> {
  const people: { to: string; identity: PersonIdentity }[] = [];
  for (const to of named) {
    const identity = to.startsWith('con_') ? await requireContact(deps, caller, to, to) : { phone: readPhone(to) };
    people.push({ to, identity });
  }
  const phones = people.flatMap(({ identity: { phone, lid } }) => (phone && !lid ? [phone] : []));
  const found = await lookUpAll(deps, instance, phones);
  return people.map(({ to, identity }) => {
    const check = identity.phone === undefined ? undefined : found.get(identity.phone);
    if (!check) return { to, identity };
    return { to, identity: check.exists ? { ...identity, ...check.identity } : undefined };
  });
}

async function lookUpAll(deps: Deps, instance: InstanceRow, phones: readonly string[]) {
  const found = new Map<string, { exists: false } | { exists: true; identity: PersonIdentity }>();
  for (let start = 0; start < phones.length; start += lookUpsAtOnceMax) {
    const answers = await lookUpRecipients(deps, {
      instanceId: instance.id,
      network: instance.network,
      phones: phones.slice(start, start + lookUpsAtOnceMax),
      timeoutMs: deps.config.lookUpTimeoutMs,
    });
    for (const [phone, answer] of answers) found.set(phone, answer);
  }
  return found;
}

async function findPerson(
  deps: Deps,
  instance: InstanceRow,
  to: string,
  identity: PersonIdentity,
): Promise<Extract<Recipient, { readonly kind: 'person' }>> {
  if (!identity.phone) return { kind: 'person', identity, destination: deps.destinationOf(identity) ?? null };
  const { phone } = identity;
  const found = await lookUpRecipient(deps, {
    instanceId: instance.id,
    network: instance.network,
    phone,
    timeoutMs: deps.config.lookUpTimeoutMs,
  });
  if (!found) return { kind: 'person', identity, destination: null };
  if (!found.exists) throw new GatewayError('recipient_not_on_whatsapp', { to });
  // WhatsApp may know the number by another spelling, and it is the one that people write from.
  return { kind: 'person', identity: { ...identity, phone, ...found.identity }, destination: found.destination };
}

function readPhone(to: string): string {
  const number = normaliseMsisdn(to);
  if (number.ok) return number.msisdn;
  throw invalid(to, number.why);
}

async function requireContact(
  deps: Pick<HttpDeps, 'db'>,
  caller: Caller,
  to: string,
  contactId: string,
): Promise<PersonIdentity> {
  const { read } = deps.db;
  const id = isId('con', contactId) ? await findReachable(read, caller, contactId) : undefined;
  const known = id && (await readContactIdentity(read, caller.customerId, id));
  if (known && (known.phone || known.lid)) return known;
  throw invalid(to, 'There is no contact with this id.');
}

const invalid = (to: string, problem: string): GatewayError => new GatewayError('recipient_invalid', { to, problem });
