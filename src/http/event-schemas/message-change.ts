import * as z from 'zod';
import { contactExample, contactSchema } from '../render-contact.ts';
import { messageExample, messageSchema } from '../render-message.ts';
import { exampleTime, timeOut } from '../schemas.ts';
import { describeEvent } from './describe-event.ts';

const about = {
  message_id: messageSchema.shape.id.nullable().meta({
    description:
      'The message; null when it is not on record. Should it come later, the event comes again, with its id.',
  }),
  network_message_id: z.string().meta({ description: 'Its id on WhatsApp.' }),
  chat_id: messageSchema.shape.chat_id,
  chat_type: messageSchema.shape.chat_type,
  contact: contactSchema.nullable().meta({ description: 'Who did it; null for the number itself, on its own phone.' }),
  at: timeOut('When.'),
  message: messageSchema.nullable().meta({ description: 'The message as it is since then.' }),
};

const inbound = { direction: 'in' as const, source: 'contact', status: 'received' as const, client_ref: null };

const example = {
  message_id: messageExample.id,
  network_message_id: messageExample.network_message_id,
  chat_id: messageExample.chat_id,
  chat_type: messageExample.chat_type,
  contact: contactExample,
  at: exampleTime,
  message: { ...messageExample, ...inbound },
};

const early = 'null when it is sealed and its message is not on record';

const tell = (when: string) => describeEvent(when, z.object(about), example);

export const messageChangeEvents = {
  'message.reaction': describeEvent(
    'somebody reacted to a message, or took the reaction back',
    z.object({
      ...about,
      emoji: z
        .string()
        .nullable()
        .meta({ description: `Null when it is taken back; also ${early}.` }),
    }),
    { ...example, emoji: '👍' },
  ),
  'message.edited': describeEvent(
    'who wrote a message has changed its words',
    z.object({
      ...about,
      text: z
        .string()
        .nullable()
        .meta({ description: `The new words, if it has any; ${early}.` }),
    }),
    { ...example, text: 'Your bread is ready!' },
  ),
  'message.deleted': tell('a message was taken back for everyone, by who wrote it or by an admin of the group'),
  'message.poll_vote': describeEvent(
    'somebody voted in a poll, or took the vote back',
    z.object({
      ...about,
      options: z
        .array(z.string())
        .nullable()
        .meta({ description: `What they voted for, none when the vote is taken back; ${early}.` }),
    }),
    { ...example, options: ['Rye'] },
  ),
  'message.event_response': describeEvent(
    'somebody said whether they come to an event',
    z.object({
      ...about,
      response: z
        .enum(['going', 'not_going', 'maybe', 'unknown'])
        .nullable()
        .meta({ description: `${early[0]?.toUpperCase()}${early.slice(1)}.` }),
      extra_guests: z.number().int().nullable(),
    }),
    { ...example, response: 'going' as const, extra_guests: 1 },
  ),
  'message.pinned': describeEvent(
    'a message was pinned in its chat',
    z.object({ ...about, expires_at: timeOut('Until when, if that is said.').nullable() }),
    { ...example, expires_at: exampleTime },
  ),
  'message.unpinned': tell('a message is no longer pinned'),
  'message.kept': tell('a message of a chat whose messages disappear is kept'),
  'message.unkept': tell('a message that was kept disappears again'),
};
