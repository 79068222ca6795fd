import type { Tx } from '../../db/index.ts';
import type { PresenceUpdate } from '../../network/index.ts';
import { viewContact } from '../contacts/index.ts';
import { recordEvent } from '../events/index.ts';
import type { InstanceRow } from '../instances/index.ts';
import { resolveChatRef, resolvePerson } from '../messages/index.ts';

/** Says what somebody is seen doing. Nothing else of it is kept. */
export async function recordPresence(tx: Tx, instance: InstanceRow, update: PresenceUpdate): Promise<void> {
  const contactId = await resolvePerson(tx, instance, update.contact, 'presence');
  const chatId = await resolveChatRef(tx, instance, update.chat, 'presence');
  await recordEvent(tx, {
    customerId: instance.customer_id,
    instanceId: instance.id,
    chat: { id: chatId, type: update.chat.kind },
    type: 'presence.updated',
    data: {
      chat_id: chatId,
      contact: await viewContact(tx, instance.customer_id, contactId),
      presence: update.presence,
      last_seen_at: update.lastSeenAtMs === null ? null : new Date(update.lastSeenAtMs).toISOString(),
    },
  });
}
