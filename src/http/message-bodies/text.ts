import * as z from 'zod';
import type { Said } from '../../domain/messages/index.ts';
import { findLink } from '../../lib/index.ts';
import {
  everyBody,
  exampleTo,
  people,
  present,
  readPeople,
  replyTo,
  requireShortEnough,
  storyAudience,
  words,
} from './every-body.ts';

const mentionsMax = 1024;

const previewTitleCharsMax = 300;
const previewDescriptionCharsMax = 1000;

const storyFonts = [
  'system',
  'system_text',
  'script',
  'bold',
  'morning_breeze',
  'calistoga',
  'exo_2',
  'courier_prime',
] as const;

/** Named in the words of a message to a group. */
export const mentions = people(
  mentionsMax,
  'In a group, who is named: the text has an `@` and the digits of the number of each.',
).optional();

export const textBody = z
  .strictObject({
    ...everyBody,
    ...replyTo,
    ...storyAudience,
    type: z.literal('text'),
    text: words,
    mentions,
    preview: z
      .union([
        z.boolean(),
        z.strictObject({
          title: z.string().min(1).max(previewTitleCharsMax),
          description: z.string().min(1).max(previewDescriptionCharsMax).optional(),
        }),
      ])
      .default(false)
      .meta({
        description:
          'What is shown of the first link in the text: true has the page fetched before the message leaves, for a few seconds at most; an object says it.',
      }),
    background: z
      .string()
      .regex(/^#[0-9a-fA-F]{6}$/, 'Must be a colour such as #1f7a5c')
      .optional()
      .meta({ description: 'Of a story: the colour behind it.' }),
    font: z.enum(storyFonts).optional().meta({ description: 'Of a story.' }),
  })
  .meta({ examples: [{ to: exampleTo, type: 'text', text: 'Your bread is ready.', client_ref: 'order-4711' }] });

export function readText(body: z.output<typeof textBody>): Said {
  const { type, text, background, font, preview } = body;
  const url = preview === false ? undefined : findLink(text);
  const linkPreview = typeof preview === 'object' && url !== undefined ? present({ url, ...preview }) : undefined;
  return {
    content: present({ type, text: requireShortEnough(text), linkPreview, background, font }),
    previewUrl: preview === true ? url : undefined,
    mentions: readPeople(body.mentions ?? []),
  };
}
