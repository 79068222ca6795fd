import type { proto } from 'baileys';
import type { ContactCard, OutboundContent } from '../../network/index.ts';

type Of<T extends OutboundContent['type']> = Extract<OutboundContent, { type: T }>;

export const buildText = ({ text }: Of<'text'>): proto.IMessage => ({ extendedTextMessage: { text } });

export const buildLocation = ({ latitude, longitude, name, address, url }: Of<'location'>): proto.IMessage => ({
  locationMessage: {
    degreesLatitude: latitude,
    degreesLongitude: longitude,
    name: name ?? null,
    address: address ?? null,
    url: url ?? null,
  },
});

export function buildContacts({ contacts }: Of<'contacts'>): proto.IMessage {
  const cards = contacts.map((card) => ({ displayName: card.name ?? '', vcard: writeCard(card) }));
  const [first] = cards;
  if (cards.length === 1 && first !== undefined) return { contactMessage: first };
  return { contactsArrayMessage: { displayName: `${cards.length} contacts`, contacts: cards } };
}

/** vCard 3.0. `waid` is what makes a phone offer to write to a number. */
function writeCard({ name = '', phones, organization, emails }: ContactCard): string {
  return [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `N:;${escapeCard(name)};;;`,
    `FN:${escapeCard(name)}`,
    ...(organization === undefined ? [] : [`ORG:${escapeCard(organization)}`]),
    ...phones.map(({ number, phone }) => `TEL;type=CELL${phone ? `;waid=${phone}` : ''}:${escapeCard(number)}`),
    ...emails.map((email) => `EMAIL:${escapeCard(email)}`),
    'END:VCARD',
  ].join('\n');
}

/** Nobody's name may end a line of the card, or a part of one. */
function escapeCard(text: string): string {
  return text.replaceAll(/[\\;,]/g, '\\$&').replaceAll(/\r\n|[\r\n\u2028\u2029]/g, '\\n');
}
