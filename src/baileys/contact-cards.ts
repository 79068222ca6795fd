import type { proto } from 'baileys';
import type { InboundContent } from '../network/index.ts';
import { type Bounds, nameCharsMax, present } from './bounds.ts';

const cardsMax = 256;
const cardCharsMax = 16_384;
const linesMax = 200;
const phonesMax = 20;
const emailsMax = 20;

type Contacts = Extract<InboundContent, { type: 'contacts' }>;

/** The cards of a message with one or many, read as far as people are concerned: names, numbers, addresses. */
export function contactsOf(
  cards: readonly proto.Message.IContactMessage[] | null | undefined,
  bounds: Bounds,
): InboundContent {
  return { type: 'contacts', contacts: bounds.list(cards, cardsMax).map((card) => readCard(card, bounds)) };
}

function readCard(message: proto.Message.IContactMessage, bounds: Bounds): Contacts['contacts'][number] {
  const lines = bounds.list(unfold(bounds.text(message.vcard, cardCharsMax) ?? ''), linesMax).flatMap(readLine);
  const valuesOf = (name: string) => lines.filter((line) => line.name === name && line.value !== '');
  return present({
    name: bounds.text(message.displayName ?? valuesOf('FN')[0]?.value, nameCharsMax),
    organization: bounds.text(valuesOf('ORG')[0]?.value, nameCharsMax),
    phones: bounds.list(valuesOf('TEL'), phonesMax).map(({ value, waid, label }) =>
      present({
        number: bounds.text(value, nameCharsMax) ?? '',
        phone: waid,
        label: bounds.text(label, nameCharsMax),
      }),
    ),
    emails: bounds.list(valuesOf('EMAIL'), emailsMax).map(({ value }) => bounds.text(value, nameCharsMax) ?? ''),
  });
}

/** A line that begins with a space continues the one before. */
const unfold = (card: string): string[] => card.replaceAll(/\r?\n[ \t]/g, '').split(/\r?\n/);

type CardLine = {
  readonly name: string;
  readonly value: string;
  readonly waid: string | undefined;
  readonly label: string | undefined;
};

/** Such as `item1.TEL;type=CELL;waid=4917012345678:+49 170 12345678`; `waid` is WhatsApp's own word for a number. */
function readLine(line: string): CardLine[] {
  const colon = line.indexOf(':');
  if (colon < 0) return [];
  const [name = '', ...parameters] = line.slice(0, colon).split(';');
  const parameter = (wanted: string) =>
    parameters.find((one) => one.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
  const waid = parameter('waid');
  return [
    {
      name: name.slice(name.indexOf('.') + 1).toUpperCase(),
      value: unescapeCard(line.slice(colon + 1)).trim(),
      waid: waid !== undefined && /^\d{5,20}$/.test(waid) ? waid : undefined,
      label: parameter('type')?.toLowerCase() || undefined,
    },
  ];
}

const unescapeCard = (value: string): string =>
  value.replaceAll(/\\([\\;,nN])/g, (_all, letter: string) => (letter.toLowerCase() === 'n' ? '\n' : letter));
