import * as z from 'zod';
import type { ChatView } from '../domain/chats/index.ts';
import { contactExample, contactSchema } from './render-contact.ts';
import { exampleId, exampleTime, idOut, timeOut } from './schemas.ts';

export const chatTypes = ['person', 'group', 'newsletter', 'story'] as const;

export const chatExample = {
  id: exampleId('cht'),
  instance_id: exampleId('ins'),
  type: 'person' as const,
  name: 'Ada',
  contact: { ...contactExample, name: 'Ada' },
  archived: false,
  pinned: false,
  muted_until: null,
  unread_count: 1,
  marked_unread: false,
  ephemeral_seconds: null,
  label_ids: [],
  last_message: {
    id: exampleId('msg'),
    direction: 'in' as const,
    type: 'text',
    text: 'Is my bread ready?',
    created_at: exampleTime,
  },
  last_message_at: exampleTime,
  created_at: exampleTime,
};

export const chatSchema = z
  .object({
    id: idOut('cht', 'The chat.'),
    instance_id: idOut('ins', 'The instance that it belongs to.'),
    type: z.enum(chatTypes),
    name: z.string().nullable().meta({
      description: "Of a group its subject; of a person the name in the phone's address book, or else their own.",
    }),
    contact: contactSchema.nullable().meta({ description: 'The person of a chat with one; null for every other.' }),
    archived: z.boolean(),
    pinned: z.boolean(),
    muted_until: timeOut('Until then the phone says nothing of what comes in; the year 9999 is for ever.').nullable(),
    unread_count: z.int().meta({
      description: 'What came in since it was last read, by this API or on a device of the number.',
    }),
    marked_unread: z.boolean().meta({ description: 'Marked by hand to be read again.' }),
    ephemeral_seconds: z.int().nullable().meta({
      description: 'How long new messages stay; 0 for ever, null as long as nobody has said.',
    }),
    label_ids: z.array(idOut('lbl', 'A label.')).meta({ description: 'The labels that it has.' }),
    last_message: z
      .object({
        id: idOut('msg', 'The message.'),
        direction: z.enum(['in', 'out']),
        type: z.string(),
        text: z.string().nullable().meta({ description: 'The first 200 characters of its text or its caption.' }),
        created_at: timeOut('When it was accepted or received.'),
      })
      .nullable(),
    last_message_at: timeOut('When it was accepted or received.').nullable(),
    created_at: timeOut('When it was first heard of.'),
  })
  .meta({ id: 'Chat', examples: [chatExample] });

/** The domain shows a chat itself, since events carry the same view; a test holds it against the schema. */
export function renderChat(view: ChatView): z.output<typeof chatSchema> {
  return view as z.output<typeof chatSchema>;
}
