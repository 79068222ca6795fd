import { lookUpRecipient, readContactIdentity } from '../domain/contacts/index.ts';
import type { Caller } from '../domain/customers/index.ts';
import type { InstanceRow } from '../domain/instances/index.ts';
import type { NewMessage } from '../domain/messages/index.ts';
import { isId, normaliseMsisdn } from '../lib/index.ts';
import { GatewayError } from '../platform/index.ts';
import type { HttpDeps } from './deps.ts';

/**
 * Who a `to` stands for: a phone number with country code, however it is written, or a contact of the customer. Asks
 * WhatsApp, so it runs before any transaction. Throws `recipient_invalid` and `recipient_not_on_whatsapp`.
 */
export async function readRecipient(
  deps: Pick<HttpDeps, 'db' | 'bus' | 'config' | 'destinationOf'>,
  caller: Caller,
  instance: InstanceRow,
  to: string,
): Promise<Pick<NewMessage, 'recipient' | 'destination'>> {
  const recipient = to.startsWith('con_') ? await readContact(deps, caller, to) : { phone: readPhone(to) };
  if (!recipient.phone) return { recipient, destination: deps.destinationOf(recipient) ?? null };
  const { phone } = recipient;
  const found = await lookUpRecipient(deps, {
    instanceId: instance.id,
    network: instance.network,
    phone,
    timeoutMs: deps.config.lookUpTimeoutMs,
  });
  if (!found) return { recipient, destination: null };
  if (!found.exists) throw new GatewayError('recipient_not_on_whatsapp', { to });
  return { recipient: { ...recipient, ...found.identity, phone }, destination: found.destination };
}

function readPhone(to: string): string {
  const number = normaliseMsisdn(to);
  if (number.ok) return number.msisdn;
  throw new GatewayError('recipient_invalid', { to, problem: number.why });
}

async function readContact(deps: Pick<HttpDeps, 'db'>, caller: Caller, to: string): Promise<NewMessage['recipient']> {
  const known = isId('con', to) ? await readContactIdentity(deps.db.read, caller.customerId, to) : undefined;
  if (known && (known.phone || known.lid)) return known;
  throw new GatewayError('recipient_invalid', { to, problem: 'There is no contact with this id.' });
}
