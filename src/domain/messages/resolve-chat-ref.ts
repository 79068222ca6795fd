import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { ChatRef, Identity } from '../../network/index.ts';
import { type ContactSource, resolveChat, resolveContact } from '../contacts/index.ts';
import type { ResolvePerson } from '../groups/index.ts';
import type { InstanceRow } from '../instances/index.ts';
import { followMerges } from './messages.ts';

type Of = Pick<InstanceRow, 'id' | 'customer_id'>;

/** The contact that an identity stands for, with everything moved that turns out to be the same person's. */
export async function resolvePerson(
  tx: Tx,
  instance: Of,
  identity: Identity,
  source: ContactSource,
): Promise<Id<'con'>> {
  const resolved = await resolveContact(tx, instance.customer_id, identity, { source, instanceId: instance.id });
  await followMerges(tx, instance.customer_id, resolved);
  return resolved.contactId;
}

/** For groups, which stand below messages and hand over whom they name. */
export const resolveMember: ResolvePerson = (tx, instance, person) => resolvePerson(tx, instance, person, 'group');

/** The chat of an instance that something outside names, made when it is first heard of. */
export async function resolveChatRef(tx: Tx, instance: Of, chat: ChatRef, source: ContactSource): Promise<Id<'cht'>> {
  if (chat.kind !== 'person') return resolveChat(tx, instance.customer_id, instance.id, chat);
  const contactId = await resolvePerson(tx, instance, chat.contact, source);
  return resolveChat(tx, instance.customer_id, instance.id, { kind: 'person', contactId });
}

/** The chat that an update belongs to, and who is at its other end: the person of the chat, or who wrote to many, where that is said. */
export async function resolveOrigin(
  tx: Tx,
  instance: Of,
  update: { readonly chat: ChatRef; readonly author: Identity; readonly fromMe?: boolean },
): Promise<{ contactId: Id<'con'> | null; chatId: Id<'cht'> }> {
  const { customer_id: customerId, id: instanceId } = instance;
  if (update.chat.kind === 'person') {
    const contactId = await resolvePerson(tx, instance, update.chat.contact, 'message');
    return { contactId, chatId: await resolveChat(tx, customerId, instanceId, { kind: 'person', contactId }) };
  }
  const isSaid = (update.author.phone ?? update.author.lid) !== undefined;
  const contactId = update.fromMe || !isSaid ? null : await resolvePerson(tx, instance, update.author, 'message');
  return { contactId, chatId: await resolveChat(tx, customerId, instanceId, update.chat) };
}
