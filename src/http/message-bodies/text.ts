import * as z from 'zod';
import type { Said } from '../../domain/messages/index.ts';
import { everyBody, exampleTo, people, readPeople, replyTo, requireShortEnough, words } from './every-body.ts';

const mentionsMax = 1024;

/** Named in the words of a message to a group. */
export const mentions = people(
  mentionsMax,
  'In a group, who is named: the text has an `@` and the digits of the number of each.',
).optional();

export const textBody = z
  .strictObject({ ...everyBody, ...replyTo, type: z.literal('text'), text: words, mentions })
  .meta({ examples: [{ to: exampleTo, type: 'text', text: 'Your bread is ready.', client_ref: 'order-4711' }] });

export function readText(body: z.output<typeof textBody>): Said {
  return {
    content: { type: body.type, text: requireShortEnough(body.text) },
    mentions: readPeople(body.mentions ?? []),
  };
}
