import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { InboundContext } from '../../network/index.ts';
import { findChat, findContact } from '../contacts/index.ts';
import type { InstanceRow } from '../instances/index.ts';
import { findTarget } from './find-target.ts';
import { resolvePerson } from './resolve-chat-ref.ts';

/** Turns what surrounds a message that came in into ids of ours: what its row keeps, and the message that it answers. */
export async function keepContext(
  tx: Tx,
  instance: InstanceRow,
  chatId: Id<'cht'>,
  context: InboundContext,
): Promise<{ readonly kept: object; readonly replyTo: Id<'msg'> | null }> {
  const { mentions, replyTo, ...rest } = context;
  const people: Id<'con'>[] = [];
  for (const identity of mentions ?? []) people.push(await resolvePerson(tx, instance, identity, 'message'));
  const kept = { ...rest, ...(people.length > 0 && { mentions: [...new Set(people)] }) };
  if (!replyTo) return { kept, replyTo: null };

  const { networkId, fromMe, author, quoted, chat } = replyTo;
  const askedIn = chat ? await findChat(tx, instance.customer_id, instance.id, chat) : chatId;
  const ref = { networkId, fromMe, author };
  const target = askedIn && (await findTarget(tx, instance, askedIn, ref));
  const contactId = target ? target.contact_id : author && (await findContact(tx, instance.customer_id, author));
  const answered = { networkId, contactId: fromMe ? null : (contactId ?? null), ...(quoted && { quoted }) };
  return { kept: { ...kept, replyTo: answered }, replyTo: target?.id ?? null };
}
