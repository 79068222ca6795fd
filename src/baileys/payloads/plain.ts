import { proto } from 'baileys';
import type { ContactCard, OutboundContent, OutboundMessage, StoryFont } from '../../network/index.ts';
import { storyJid } from '../jids.ts';

type Of<T extends OutboundContent['type']> = Extract<OutboundContent, { type: T }>;

/** A story has a colour behind its words; everything else that is written has none. */
export function buildText(
  { text, linkPreview, background = storyBackground, font = 'system' }: Of<'text'>,
  { destination }: Pick<OutboundMessage, 'destination'>,
): proto.IMessage {
  const words = { text, ...(linkPreview && showLink(linkPreview)) };
  if (destination !== storyJid) return { extendedTextMessage: words };
  const backgroundArgb = opaque(background);
  return { extendedTextMessage: { ...words, backgroundArgb, textArgb: opaque('#ffffff'), font: fonts[font] } };
}

function showLink({
  url,
  title,
  description,
  image,
}: NonNullable<Of<'text'>['linkPreview']>): proto.Message.IExtendedTextMessage {
  return {
    matchedText: url,
    title: title ?? null,
    description: description ?? null,
    jpegThumbnail: image ?? null,
    previewType: proto.Message.ExtendedTextMessage.PreviewType.NONE,
  };
}

const storyBackground = '#1f7a5c';

/** `#rrggbb`, not to be seen through. */
const opaque = (colour: string): number => Number.parseInt(`ff${colour.slice(1)}`, 16);

const { FontType } = proto.Message.ExtendedTextMessage;
const fonts: Readonly<Record<StoryFont, proto.Message.ExtendedTextMessage.FontType>> = {
  system: FontType.SYSTEM,
  system_text: FontType.SYSTEM_TEXT,
  script: FontType.FB_SCRIPT,
  bold: FontType.SYSTEM_BOLD,
  morning_breeze: FontType.MORNINGBREEZE_REGULAR,
  calistoga: FontType.CALISTOGA_REGULAR,
  exo_2: FontType.EXO2_EXTRABOLD,
  courier_prime: FontType.COURIERPRIME_BOLD,
};

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
