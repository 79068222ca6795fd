import * as z from 'zod';
import type { AcceptedMessage, MessageView } from '../domain/messages/index.ts';
import { contentFields, typeMeaning } from './content-fields.ts';
import { contactExample, contactSchema } from './render-contact.ts';
import { exampleId, exampleTime, idOut, timeOut } from './schemas.ts';

export const messageStatuses = [
  'scheduled',
  'queued',
  'sending',
  'sent',
  'delivered',
  'read',
  'played',
  'failed',
  'uncertain',
  'cancelled',
  'expired',
  'received',
] as const;

/** What surrounds a message, whatever its type. */
const surroundings = {
  mentions: z.array(contactSchema).optional().meta({ description: 'Those who are named in it.' }),
  forwarded: z.literal(true).optional(),
  forwarding_score: z.number().int().optional().meta({
    description: 'How many times over it was forwarded; phones call five and more "many times".',
  }),
  view_once: z.literal(true).optional().meta({ description: 'To be looked at once.' }),
  disappearing_seconds: z.number().int().optional().meta({
    description: "After how long it disappears from everybody's phone.",
  }),
  reply_to: z
    .object({
      message_id: idOut('msg', 'That message, when it is on record.').nullable(),
      network_message_id: z.string(),
      contact: contactSchema
        .nullable()
        .meta({ description: 'Who wrote it; null for the number itself and when unknown.' }),
      type: z.string().nullable(),
      text: z.string().nullable().meta({ description: 'What it says, in the words of who answers.' }),
    })
    .nullable()
    .meta({ description: 'The message that it answers.' }),
};

const mark = {
  contact_id: idOut('con', 'Who; null for the number itself.').nullable(),
  at: timeOut('When.'),
};

const fields = {
  id: idOut('msg', 'The message.'),
  instance_id: idOut('ins', 'The instance that sends or received it.'),
  chat_id: idOut('cht', 'The chat that it belongs to.'),
  chat_type: z.enum(['person', 'group', 'newsletter', 'story']),
  direction: z.enum(['in', 'out']),
  source: z.string().meta({ description: '`api`, `device` (written on the phone itself) or `contact`.' }),
  type: z.string().meta({ description: typeMeaning }),
  ...contentFields,
  ...surroundings,
  status: z.enum(messageStatuses),
  contact: contactSchema.nullable().meta({
    description: 'The person written to or who wrote, with all that is known of them; null for what we write to many.',
  }),
  to: z.string().optional().meta({ description: 'The recipient as the request named it.' }),
  client_ref: z.string().nullable(),
  network_message_id: z.string().meta({ description: 'Its id on WhatsApp, the same on every attempt.' }),
  error: z.object({ code: z.string(), message: z.string().nullable() }).nullable(),
  send_at: timeOut('When it takes its place in the lane, if it was put off.').nullable(),
  expires_at: timeOut('After this it is not sent any more.').nullable(),
  created_at: timeOut('When it was accepted or received.'),
  sent_at: timeOut('When WhatsApp took it.').nullable(),
  delivered_at: timeOut('When it reached a device of the recipient.').nullable(),
  read_at: timeOut('When it was read.').nullable(),
  edited_at: timeOut('When its text was last changed.').nullable(),
  deleted_at: timeOut('When it was taken back for everyone.').nullable(),
  reactions: z.array(z.object({ ...mark, emoji: z.string() })).meta({ description: 'One a person, the oldest first.' }),
  votes: z
    .array(z.object({ ...mark, options: z.array(z.string()) }))
    .optional()
    .meta({ description: 'Of a poll: what each person voted for last.' }),
};

export const messageExample = {
  id: exampleId('msg'),
  instance_id: exampleId('ins'),
  chat_id: exampleId('cht'),
  chat_type: 'person' as const,
  direction: 'out' as const,
  source: 'api',
  type: 'text',
  text: 'Your bread is ready.',
  status: 'queued' as const,
  contact: contactExample,
  to: '+49 170 12345678',
  client_ref: 'order-4711',
  network_message_id: '3EB0A1B2C3D4E5F60718',
  error: null,
  send_at: null,
  expires_at: null,
  created_at: exampleTime,
  sent_at: null,
  delivered_at: null,
  read_at: null,
  reply_to: null,
  edited_at: null,
  deleted_at: null,
  reactions: [],
};

export const messageSchema = z.object(fields).meta({ id: 'Message', examples: [messageExample] });

export const acceptedMessageSchema = z
  .object({
    ...fields,
    held: z.boolean().meta({ description: 'True when something keeps it from leaving as soon as its turn comes.' }),
    hold_reason: z.string().nullable(),
    place: z.number().int().nullable().meta({ description: 'Its place among those that are held; 1 for the next.' }),
  })
  .meta({ id: 'AcceptedMessage', examples: [{ ...messageExample, held: false, hold_reason: null, place: null }] });

export const renderAcceptedMessage = ({ view, hold }: AcceptedMessage): z.output<typeof acceptedMessageSchema> => ({
  ...renderMessage(view),
  held: hold !== null,
  hold_reason: hold?.reason ?? null,
  place: hold?.place ?? null,
});

/** The domain shows a message itself, since events carry the same view; a test holds it against the schema. */
export function renderMessage(view: MessageView): z.output<typeof messageSchema> {
  return view as unknown as z.output<typeof messageSchema>;
}

const receiptFields = {
  contact: contactSchema,
  delivered_at: timeOut('When it reached a device of theirs.').nullable(),
  read_at: timeOut('When they read it.').nullable(),
  played_at: timeOut('When they played it.').nullable(),
};

export const receiptsSchema = z.object({ data: z.array(z.object(receiptFields)) }).meta({
  id: 'Receipts',
  examples: [{ data: [{ contact: contactExample, delivered_at: exampleTime, read_at: null, played_at: null }] }],
});

export const rawSchema = z
  .object({
    message: z.unknown().meta({
      description:
        "WhatsApp's own structure as JSON, bytes as base64; null when nothing was said or it cannot be read.",
    }),
    base64: z.string().nullable().meta({ description: 'The bytes themselves: an encoded `Message`.' }),
  })
  .meta({
    id: 'RawMessage',
    examples: [{ message: { conversation: 'Thanks!' }, base64: 'CgdUaGFua3Mh' }],
  });

export const renderRaw = (
  payload: Uint8Array | null,
  describe: (raw: Uint8Array) => unknown,
): z.output<typeof rawSchema> =>
  payload === null
    ? { message: null, base64: null }
    : { message: describe(payload) ?? null, base64: Buffer.from(payload).toString('base64') };

export const timelineSchema = z
  .object({
    data: z.array(
      z.object({
        at: timeOut('When it happened.'),
        what: z.string().meta({ description: "An event's name, or a step that is none, such as `attempt_started`." }),
        detail: z.record(z.string(), z.unknown()),
      }),
    ),
  })
  .meta({
    id: 'Timeline',
    examples: [{ data: [{ at: exampleTime, what: 'message.queued', detail: { event_id: exampleId('evt') } }] }],
  });
