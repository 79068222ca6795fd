import * as z from 'zod';
import { chatExample, chatSchema } from '../render-chat.ts';
import { contactExample, contactSchema } from '../render-contact.ts';
import { exampleId, exampleTime, idOut, timeOut } from '../schemas.ts';
import { describeEvent } from './describe-event.ts';

const chatData = z.object({ chat: chatSchema });

const tellChat = (when: string, change: Partial<z.output<typeof chatSchema>>) =>
  describeEvent(when, chatData, { chat: { ...chatExample, ...change } });

/** Each tells of what was done through this API as well as on a device of the number. */
export const chatEvents = {
  'presence.updated': describeEvent(
    'somebody is there or away, types or records, as far as it was asked for and they let it be seen',
    z.object({
      chat_id: idOut('cht', 'Where they do it; of who is there or away, the chat with them.'),
      contact: contactSchema,
      presence: z.enum(['available', 'unavailable', 'typing', 'recording', 'paused']),
      last_seen_at: timeOut('When they were last there, if they let it be known.').nullable(),
    }),
    { chat_id: exampleId('cht'), contact: contactExample, presence: 'typing', last_seen_at: null },
  ),
  'chat.updated': tellChat('how long its messages stay has changed, or it was marked as unread', {
    marked_unread: true,
  }),
  'chat.archived': tellChat('a chat was archived, or taken out of the archive; `archived` of `chat` says which', {
    archived: true,
  }),
  'chat.pinned': tellChat('a chat was pinned, or is no longer', { pinned: true }),
  'chat.muted': tellChat('a chat was muted, or is no longer', { muted_until: exampleTime }),
  'chat.read': tellChat('all that came into it has been read, or its mark as unread was taken away', {
    unread_count: 0,
  }),
  'chat.deleted': tellChat('a chat was deleted on the phone; its messages stay on record here', {
    unread_count: 0,
    last_message: null,
    last_message_at: null,
  }),
};
