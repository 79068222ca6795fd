import * as z from 'zod';
import type { Said } from '../../domain/messages/index.ts';
import { exampleId, idIn } from '../schemas.ts';
import { everyBody, exampleTo, replyTo, requireShortEnough, words } from './every-body.ts';

/** One emoji, with its variants of skin, sex and flag; with or without the sign that asks for its coloured form. */
const oneEmoji = /^(?:\p{RGI_Emoji}|\p{Extended_Pictographic}\uFE0F?)$/v;

export const reactionBody = z
  .strictObject({
    ...everyBody,
    type: z.literal('reaction'),
    message_id: idIn('msg', 'The message of this chat that is reacted to.'),
    emoji: z
      .string()
      .refine((text) => text === '' || oneEmoji.test(text), { message: 'Must be one emoji, or empty' })
      .nullable()
      .meta({ description: 'One emoji; empty or null takes the reaction back.' }),
  })
  .meta({ examples: [{ to: exampleTo, type: 'reaction', message_id: exampleId('msg'), emoji: '👍' }] });

export function readReaction({ type, message_id: messageId, emoji }: z.output<typeof reactionBody>): Said {
  return { content: { type, messageId, emoji: emoji || null } };
}

export const editBody = z
  .strictObject({
    ...everyBody,
    type: z.literal('edit'),
    message_id: idIn('msg', 'A text of this number, or a file with a caption, sent within the last 15 minutes.'),
    text: words.meta({ description: 'What it says from now on.' }),
  })
  .meta({
    examples: [{ to: exampleTo, type: 'edit', message_id: exampleId('msg'), text: 'Your bread is ready at five.' }],
  });

export function readEdit({ type, message_id: messageId, text }: z.output<typeof editBody>): Said {
  return { content: { type, messageId, text: requireShortEnough(text) } };
}

export const deleteBody = z
  .strictObject({
    ...everyBody,
    type: z.literal('delete'),
    message_id: idIn('msg', 'A message of this number, or in a group, where the number is an admin, of anybody.'),
  })
  .meta({ examples: [{ to: exampleTo, type: 'delete', message_id: exampleId('msg') }] });

export const forwardBody = z
  .strictObject({
    ...everyBody,
    ...replyTo,
    type: z.literal('forward'),
    message_id: idIn('msg', 'A message of any chat of this instance.'),
  })
  .meta({ examples: [{ to: exampleTo, type: 'forward', message_id: exampleId('msg') }] });

/** Those that say nothing of their own. */
export function readBare({
  type,
  message_id: messageId,
}: z.output<typeof deleteBody> | z.output<typeof forwardBody>): Said {
  return { content: { type, messageId } };
}
