import * as z from 'zod';
import type { Said } from '../../domain/messages/index.ts';
import { everyBody, exampleTo, present, readNumber, replyTo } from './every-body.ts';

const nameCharsMax = 256;
const urlCharsMax = 2048;
const contactsMax = 100;
const perContactMax = 10;

export const locationBody = z
  .strictObject({
    ...everyBody,
    ...replyTo,
    type: z.literal('location'),
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
    name: z
      .string()
      .min(1)
      .max(nameCharsMax)
      .optional()
      .meta({ description: 'Of the place, shown above the address.' }),
    address: z.string().min(1).max(nameCharsMax).optional(),
    url: z
      .url({ protocol: /^https?$/ })
      .max(urlCharsMax)
      .optional()
      .meta({ description: 'Opened by a tap on the name.' }),
  })
  .meta({
    examples: [
      {
        to: exampleTo,
        type: 'location',
        latitude: 52.5163,
        longitude: 13.3777,
        name: 'Bakery',
        address: 'Pariser Platz 1',
      },
    ],
  });

export function readLocation(body: z.output<typeof locationBody>): Said {
  const { type, latitude, longitude, name, address, url } = body;
  return { content: present({ type, latitude, longitude, name, address, url }) };
}

export const contactsBody = z
  .strictObject({
    ...everyBody,
    ...replyTo,
    type: z.literal('contacts'),
    contacts: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(nameCharsMax),
          phones: z.array(z.string().min(1).max(64)).max(perContactMax).default([]).meta({
            description: 'With country code.',
          }),
          emails: z.array(z.email().max(nameCharsMax)).max(perContactMax).default([]),
          organization: z.string().min(1).max(nameCharsMax).optional(),
        }),
      )
      .min(1)
      .max(contactsMax),
  })
  .meta({
    examples: [
      {
        to: exampleTo,
        type: 'contacts',
        contacts: [{ name: 'Ada Baker', phones: ['+49 170 7654321'], organization: 'Bakery' }],
      },
    ],
  });

export function readContacts(body: z.output<typeof contactsBody>): Said {
  const contacts = body.contacts.map(({ phones, ...card }) =>
    present({ ...card, phones: phones.map(readNumber).map((phone) => ({ number: `+${phone}`, phone })) }),
  );
  return { content: { type: body.type, contacts } };
}
