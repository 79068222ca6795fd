import type { Tx } from '../db/index.ts';
import { recordCall } from '../domain/calls/index.ts';
import { recordChatChange, recordReading } from '../domain/chats/index.ts';
import { recordSavedName } from '../domain/contacts/index.ts';
import { recordGroupChange } from '../domain/groups/index.ts';
import { type InstanceRow, ignoresChats, recordOwnName } from '../domain/instances/index.ts';
import { recordLabelAttached, recordLabelEdit } from '../domain/labels/index.ts';
import {
  type InboundPolicy,
  recordInbound,
  resolveChatRef,
  resolveMember,
  resolvePerson,
} from '../domain/messages/index.ts';
import { recordNewsletterChange, recordNewsletterHeard } from '../domain/newsletters/index.ts';
import type { InboundUpdate } from '../network/index.ts';

/** Turns one thing that a journaled stanza means into rows and events, in the caller's transaction. */
export async function recordUpdate(
  tx: Tx,
  instance: InstanceRow,
  update: InboundUpdate,
  how: InboundPolicy,
): Promise<void> {
  if ('chat' in update && ignoresChats(instance, update.chat.kind)) return;
  switch (update.kind) {
    case 'message':
      if (update.chat.kind === 'newsletter') await recordNewsletterHeard(tx, instance, update.chat.address);
      return recordInbound(tx, instance, update, how);
    case 'message_change':
    case 'receipt':
    case 'undecryptable':
      return recordInbound(tx, instance, update, how);
    case 'chat_change':
      return recordChatChange(tx, instance, update);
    case 'chat_read':
      return recordReading(tx, instance, update);
    case 'call':
      return recordCall(tx, instance, update);
    case 'label_edited':
      return recordLabelEdit(tx, instance, update);
    case 'label_attached':
      return recordLabelAttached(tx, instance, update, await resolveChatRef(tx, instance, update.chat, 'app_state'));
    case 'own_name':
      return recordOwnName(tx, instance, update);
    case 'contact_named':
      return recordName(tx, instance, update);
    case 'group':
      return recordGroup(tx, instance, update);
    case 'newsletter':
      return recordNewsletterChange(tx, instance, update);
    case 'ignored':
      return;
  }
}

/** A group's timer is its chat's as well. */
async function recordGroup(
  tx: Tx,
  instance: InstanceRow,
  update: Extract<InboundUpdate, { kind: 'group' }>,
): Promise<void> {
  await recordGroupChange(tx, instance, update, resolveMember);
  const { change, chat, atMs } = update;
  const seconds = change.what === 'updated' ? change.fields.disappearingSeconds : undefined;
  if (seconds === undefined) return;
  const timer = { what: 'timer', seconds } as const;
  await recordChatChange(tx, instance, { kind: 'chat_change', chat, change: timer, atMs, initial: false });
}

async function recordName(
  tx: Tx,
  instance: InstanceRow,
  update: Extract<InboundUpdate, { kind: 'contact_named' }>,
): Promise<void> {
  const contactId = await resolvePerson(tx, instance, update.contact, 'app_state');
  await recordSavedName(tx, instance.customer_id, {
    contactId,
    instanceId: instance.id,
    name: update.savedName,
    silent: update.initial,
  });
}
