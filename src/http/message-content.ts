import * as z from 'zod';
import { idOut } from './schemas.ts';

/** What messages of the types beyond texts and files say, each field with its type. */
export const contentFields = {
  latitude: z.number().optional().meta({ description: 'Of a `location`.' }),
  longitude: z.number().optional(),
  name: z.string().optional().meta({ description: 'Of a `location`: the name of the place.' }),
  address: z.string().optional(),
  url: z.string().optional(),
  contacts: z
    .array(
      z.object({
        name: z.string().optional(),
        organization: z.string().optional(),
        phones: z.array(
          z.object({
            number: z.string(),
            phone: z.string().optional().meta({ description: 'Digits with country code, where WhatsApp knows it.' }),
            label: z.string().optional(),
          }),
        ),
        emails: z.array(z.string()),
      }),
    )
    .optional(),
  question: z.string().optional().meta({ description: 'Of a `poll`.' }),
  options: z.array(z.string()).optional().meta({ description: 'Of a `poll`, or those chosen by a `poll_vote`.' }),
  selectable: z.number().int().optional().meta({
    description: 'How many options one person may choose; 0 for as many as there are.',
  }),
  message_id: idOut(
    'msg',
    'The message that a `reaction`, `edit`, `delete`, `poll_vote` or `forward` is about.',
  ).optional(),
  emoji: z.string().nullable().optional().meta({ description: 'Of a `reaction`; null takes it back.' }),
  mentions: z.array(z.string()).optional().meta({ description: 'Contact ids of those who are named in the words.' }),
};
