import * as z from 'zod';
import type { PersonRef } from '../../domain/messages/index.ts';
import { isId, normaliseMsisdn } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import { idIn, timeIn } from '../schemas.ts';

const personTextMax = 64;

export const exampleTo = '+49 170 12345678';

/** Yours to choose: it comes back with every event. */
export const clientRef = z.string().min(1).max(255);

/** The fields that the body of every type has. */
export const everyBody = {
  to: z.string().min(1).max(64).meta({
    description:
      'A phone number with country code (`+`, spaces and dashes are fine), a contact id, a chat id, or `stories`.',
  }),
  client_ref: clientRef.nullable().optional().meta({ description: 'Yours; it comes back with every event.' }),
  send_at: timeIn(
    'Not before this time, at most a year from now; it takes its place in the lane then. In the past means now.',
  )
    .nullable()
    .optional(),
  expires_at: timeIn('After this it is not sent any more.').nullable().optional(),
  require_connected: z.boolean().default(false).meta({
    description: 'Refuse with 409 `not_connected` instead of keeping the message until there is a connection.',
  }),
};

const audienceMax = 1000;

/** What can be posted as a story has this too. */
export const storyAudience = {
  audience: people(
    audienceMax,
    'Of a story: those who may see it; without it everybody with a number who has a chat with this instance.',
  ).optional(),
};

/** What a message that is shown as one can have beside what it says. */
export const replyTo = {
  reply_to: idIn('msg', 'The message of the same chat that this one answers.').nullable().optional(),
};

/** WhatsApp's limit, in UTF-16 units. */
const textCharsMax = 65_536;

export const words = z.string().min(1).meta({ maxLength: textCharsMax });

/** Throws `text_too_long`. */
export function requireShortEnough(text: string): string {
  if (text.length <= textCharsMax) return text;
  throw new GatewayError('text_too_long', { limit: textCharsMax, length: text.length });
}

/** People, by contact id or number. */
export function people(countMax: number, description: string) {
  return z
    .array(z.string().min(1).max(personTextMax))
    .min(1)
    .max(countMax)
    .meta({ description: `${description} Contact ids, or phone numbers with country code; at most ${countMax}.` });
}

/** Throws `recipient_invalid` for what is neither, and `contact_not_found` for what cannot be one of our ids. */
export const readPeople = (texts: readonly string[]): PersonRef[] => texts.map(readPerson);

function readPerson(text: string): PersonRef {
  if (text.startsWith('con_')) {
    if (isId('con', text)) return { contactId: text };
    throw new GatewayError('contact_not_found', { id: text });
  }
  return { phone: readNumber(text) };
}

/** The digits of a phone number; throws `recipient_invalid`. */
export function readNumber(text: string): string {
  const number = normaliseMsisdn(text);
  if (number.ok) return number.msisdn;
  throw new GatewayError('recipient_invalid', { to: text, problem: number.why });
}

/** The same without what was left out, as our own types have it. */
export function present<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return withoutUndefined(fields) as { [K in keyof T]: Exclude<T[K], undefined> };
}

const withoutUndefined = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
