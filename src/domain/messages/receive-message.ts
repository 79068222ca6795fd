import type { Tx } from '../../db/index.ts';
import { newId } from '../../lib/index.ts';
import type { InboundUpdate } from '../../network/index.ts';
import { recordChatActive, viewContact } from '../contacts/index.ts';
import { recordEvent } from '../events/index.ts';
import { attendTopic, type InstanceRow, readSettings } from '../instances/index.ts';
import { recordInboundFile } from '../media/index.ts';
import { recordMessageEvent } from './accept-message.ts';
import { takeEarlyChanges } from './early-changes.ts';
import { keepContext } from './keep-context.ts';
import { insertMessage, selectInbound, selectOutbound } from './messages.sql.ts';
import { type OpenSealed, recordChange } from './record-change.ts';
import { recordReceipt } from './record-receipt.ts';
import { resolveOrigin } from './resolve-chat-ref.ts';

/** What a stanza can say about messages. */
export type MessageUpdate = Extract<
  InboundUpdate,
  { kind: 'message' | 'message_change' | 'receipt' | 'undecryptable' }
>;

/** What the installation does with what comes in. */
export type InboundPolicy = {
  readonly openSealed: OpenSealed;
  /** A file that says it is larger waits until somebody asks for it. */
  readonly autoFetchBytesMax: number;
};

/** Turns what a stanza means into message, contact, event and deliveries, in the caller's transaction. */
export async function recordInbound(
  tx: Tx,
  instance: InstanceRow,
  update: MessageUpdate,
  how: InboundPolicy,
): Promise<void> {
  switch (update.kind) {
    case 'message':
      return recordMessage(tx, instance, update, how);
    case 'message_change':
      return recordChange(tx, instance, update, how.openSealed);
    case 'receipt':
      return recordReceipt(tx, instance, update);
    case 'undecryptable':
      return recordUndecryptable(tx, instance, update);
  }
}

/** A message that WhatsApp delivers again, or that a person's device sends again, is the same message. */
async function recordMessage(
  tx: Tx,
  instance: InstanceRow,
  update: Extract<InboundUpdate, { kind: 'message' }>,
  how: InboundPolicy,
): Promise<void> {
  const { contactId, chatId } = await resolveOrigin(tx, instance, update);
  const known = update.fromMe
    ? await selectOutbound(tx, instance.id, update.networkId)
    : await selectInbound(tx, instance.id, { chatId, contactId, networkId: update.networkId });
  if (known) return;

  const { type, ...content } = update.content;
  const { kept, replyTo } = await keepContext(tx, instance, chatId, update.context ?? {});
  const id = newId('msg', tx.now);
  const said = 'media' in content && update.raw ? content.media : undefined;
  const bringer = { id, customer_id: instance.customer_id, instance_id: instance.id };
  const autoFetchBytesMax = readSettings(instance).media_auto_fetch_max_bytes ?? how.autoFetchBytesMax;
  const mediaId = said ? await recordInboundFile(tx, bringer, said, autoFetchBytesMax) : null;
  await insertMessage(tx, {
    id,
    customer_id: instance.customer_id,
    instance_id: instance.id,
    chat_id: chatId,
    chat_kind: update.chat.kind,
    contact_id: contactId,
    direction: update.fromMe ? 'out' : 'in',
    source: update.fromMe ? 'device' : 'contact',
    type,
    content: JSON.stringify({ ...content, ...kept }),
    reply_to: replyTo,
    status: update.fromMe ? 'sent' : 'received',
    network_id: update.networkId,
    payload: update.raw ?? null,
    media_id: mediaId,
    attempts: 0,
    created_at: tx.now,
    updated_at: tx.now,
    sent_at: update.atMs,
  });
  await recordChatActive(tx, { customerId: instance.customer_id, chatId }, { id, unread: !update.fromMe });
  if (!update.fromMe && readSettings(instance).read_receipts === 'always') tx.announce(attendTopic(instance.id));
  await recordMessageEvent(tx, instance.customer_id, id, arrivalOf(update));
  const early = await takeEarlyChanges(tx, instance, { chatId, networkId: update.networkId });
  for (const change of early) await recordChange(tx, instance, change, how.openSealed);
}

/** A story is shown to many and written to nobody: whoever answers each message must not answer stories. */
function arrivalOf({ fromMe, chat }: Extract<InboundUpdate, { kind: 'message' }>) {
  if (fromMe) return 'message.sent';
  return chat.kind === 'story' ? 'story.received' : 'message.received';
}

/** Somebody wrote and we could not read it. WhatsApp is asked for it again; until then at least this is known. */
async function recordUndecryptable(
  tx: Tx,
  instance: InstanceRow,
  update: Extract<InboundUpdate, { kind: 'undecryptable' }>,
): Promise<void> {
  const { contactId, chatId } = await resolveOrigin(tx, instance, update);
  await recordEvent(tx, {
    customerId: instance.customer_id,
    instanceId: instance.id,
    chat: { id: chatId, type: update.chat.kind },
    type: 'message.undecryptable',
    data: {
      network_message_id: update.networkId,
      chat_id: chatId,
      chat_type: update.chat.kind,
      contact: contactId && (await viewContact(tx, instance.customer_id, contactId)),
      reason: update.reason,
      sent_at: new Date(update.atMs).toISOString(),
    },
  });
}

/** Something came in that we failed to make sense of. It is kept in the journal, and the customer is told that it is there. */
export async function recordSetAside(tx: Tx, instance: InstanceRow, journalId: string): Promise<void> {
  await recordEvent(tx, {
    customerId: instance.customer_id,
    instanceId: instance.id,
    type: 'message.undecryptable',
    data: {
      network_message_id: null,
      chat_id: null,
      chat_type: null,
      contact: null,
      reason: 'could_not_be_recorded',
      journal_id: journalId,
    },
  });
}
