import * as z from 'zod';
import { contactExample, contactSchema } from '../render-contact.ts';
import { messageExample, messageSchema } from '../render-message.ts';
import { exampleTime, timeOut } from '../schemas.ts';
import { describeEvent } from './describe-event.ts';

const messageData = z.object({ message: messageSchema });

type Message = z.output<typeof messageSchema>;

const tellMessage = (when: string, change: Partial<Message>) =>
  describeEvent(when, messageData, { message: { ...messageExample, ...change } });

const receiptData = z.object({
  message: messageSchema,
  contact: contactSchema.optional().meta({
    description: 'Of what was written to many: whose receipt it was, the first of its kind. GET …/receipts has all.',
  }),
});

const tellReceipt = (when: string, change: Partial<Message>) =>
  describeEvent(when, receiptData, { message: { ...messageExample, ...change } });

const times = { sent_at: exampleTime, delivered_at: exampleTime, read_at: exampleTime };

/** As somebody else wrote it: nobody's request named them, and nobody's reference stands by it. */
function received(): Message {
  const { to: _to, ...rest } = messageExample;
  const network = { network_message_id: '3AB93EA211C24BB2CE9B', client_ref: null, sent_at: exampleTime };
  return { ...rest, ...network, direction: 'in', source: 'contact', text: 'Thanks!', status: 'received' };
}

export const messageEvents = {
  'message.scheduled': tellMessage('a message was accepted for a later time, or its time was changed', {
    status: 'scheduled',
    send_at: exampleTime,
  }),
  'message.queued': tellMessage('a message was accepted, or its time has come', { status: 'queued' }),
  'message.sent': tellMessage(
    'WhatsApp took it; also for what somebody wrote on the phone itself, with source `device`',
    { status: 'sent', sent_at: exampleTime },
  ),
  'message.delivered': tellReceipt('it reached a device of the recipient', {
    status: 'delivered',
    sent_at: exampleTime,
    delivered_at: exampleTime,
  }),
  'message.read': tellReceipt('the recipient has read it, and lets people know', { status: 'read', ...times }),
  'message.played': tellReceipt('a voice message was played', { status: 'played', ...times }),
  'message.failed': tellMessage(
    'it was certainly not delivered; the code and the sentence are in the `error` of `message`',
    { status: 'failed', error: { code: 'recipient_not_on_whatsapp', message: 'This number is not on WhatsApp.' } },
  ),
  'message.cancelled': tellMessage('it was cancelled before it left, or its instance was deleted', {
    status: 'cancelled',
  }),
  'message.expired': tellMessage('its `expires_at` passed before it left', {
    status: 'expired',
    expires_at: exampleTime,
  }),
  'message.uncertain': tellMessage(
    'it may have reached the person and nobody will say: its link or its instance ended in between. It is not sent again',
    { status: 'uncertain' },
  ),
  'message.received': describeEvent('somebody wrote; `type` says which of the fields are there', messageData, {
    message: received(),
  }),
  'message.undecryptable': describeEvent(
    'something came that could not be read; WhatsApp is asked to send it again',
    z.object({
      network_message_id: z.string().nullable(),
      chat_id: messageSchema.shape.chat_id.nullable(),
      chat_type: messageSchema.shape.chat_type.nullable(),
      contact: messageSchema.shape.contact,
      reason: z.string(),
      sent_at: timeOut('When it was written.').optional(),
      journal_id: z.string().optional().meta({ description: 'Names it in the journal, for the operator.' }),
    }),
    {
      network_message_id: '3AB93EA211C24BB2CE9B',
      chat_id: messageExample.chat_id,
      chat_type: messageExample.chat_type,
      contact: messageExample.contact,
      reason: 'no_session',
      sent_at: exampleTime,
    },
  ),
};

export const storyEvents = {
  'story.viewed': describeEvent(
    'somebody looked at a story of this number, and lets people know',
    z.object({
      message_id: messageSchema.shape.id,
      network_message_id: z.string(),
      contact: contactSchema,
      at: timeOut('When.'),
    }),
    {
      message_id: messageExample.id,
      network_message_id: messageExample.network_message_id,
      contact: contactExample,
      at: exampleTime,
    },
  ),
  'story.received': describeEvent('somebody showed a story; it is a message of the chat of all stories', messageData, {
    message: { ...received(), chat_type: 'story' },
  }),
};
