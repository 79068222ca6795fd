import * as z from 'zod';
import { chatTypeFilters, type EventFilter, parseEventNames } from '../domain/webhooks/index.ts';
import { idIn } from './schemas.ts';

/** Names of events in a query, in the words of endpoints. */
export const eventNamesQuery = z
  .string()
  .max(2_000)
  .optional()
  .meta({
    description: 'Names of events, with commas between; `message.*` for a family. All when left out.',
    examples: ['message.*,instance.disconnected'],
  });

export const readEventNames = (text: string | undefined) =>
  text === undefined ? undefined : parseEventNames(text.split(',').map((name) => name.trim()));

/** What those who pull and those who listen can choose by: the same as endpoints. */
export const eventFilterQuery = {
  event: eventNamesQuery,
  instance_id: idIn('ins', 'Only those that concern this instance.').optional(),
  chat_id: idIn('cht', 'Only those that happened in this chat.').optional(),
  chat_type_filter: z.enum(chatTypeFilters).optional().meta({
    description:
      '`direct_only`: only what happened in chats with a person; `groups_only`: only what happened in groups.',
  }),
};

const schema = z.object(eventFilterQuery);

export const readEventFilter = (query: z.output<typeof schema>): EventFilter => ({
  events: readEventNames(query.event) ?? ['*'],
  instanceIds: query.instance_id ? [query.instance_id] : null,
  chatTypes: query.chat_type_filter ?? 'all',
  chatIds: query.chat_id ? [query.chat_id] : null,
});
