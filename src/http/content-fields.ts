import * as z from 'zod';
import { idOut, timeOut } from './schemas.ts';

const text = (description: string) => z.string().optional().meta({ description });
const count = (description: string) => z.number().int().optional().meta({ description });

const money = z.object({ amount: z.string().meta({ description: 'Decimal.' }), currency: z.string() });

const place = {
  latitude: z.number().optional().meta({ description: 'Of a `location` or `live_location`.' }),
  longitude: z.number().optional(),
  name: text('What the place is called.'),
  address: z.string().optional(),
};

const media = z
  .object({
    id: idOut('med', 'The file: GET /v1/media/{id} has its content.').optional(),
    state: text('Its content can be had while it is `ready`.'),
    mime_type: z.string().optional(),
    bytes: z.number().int().optional(),
    sha256: text('Of the file, in hex.'),
    width: z.number().int().optional(),
    height: z.number().int().optional(),
    seconds: z.number().int().optional(),
    waveform: z.array(z.number()).optional().meta({
      description: 'How loud a voice message is over its length: up to 64 values from 0 to 100.',
    }),
    filename: z.string().optional(),
    title: z.string().optional(),
    pages: z.number().int().optional(),
    animated: z.boolean().optional(),
  })
  .meta({
    description: 'The file of the message. Until it is `ready`, all of it is the word of who wrote it, unchecked.',
  });

const words = {
  text: text('The words of a `text`; of other types those that came along.'),
  link_preview: z
    .object({ url: z.string(), title: z.string().optional(), description: z.string().optional() })
    .optional()
    .meta({ description: 'What came along with a link in the text. Nobody has checked it.' }),
  caption: text('The words beside a file or a place.'),
  footer: z.string().optional(),
};

const places = {
  ...place,
  url: z.string().optional(),
  comment: z.string().optional(),
  accuracy_meters: count('How far off the place may be.'),
  speed_meters_per_second: z.number().optional(),
  heading_degrees: z.number().optional().meta({ description: 'Clockwise from north.' }),
  sequence: count('Of a `live_location`: grows with each report of the same walk.'),
};

const cards = z
  .array(
    z.object({
      name: z.string().optional(),
      organization: z.string().optional(),
      phones: z.array(
        z.object({
          number: z.string().meta({ description: 'As it is written on the card.' }),
          phone: text('Digits with country code, where WhatsApp knows the number.'),
          label: z.string().optional(),
        }),
      ),
      emails: z.array(z.string()),
    }),
  )
  .optional()
  .meta({ description: 'The cards of a message of type `contacts`.' });

const choices = {
  question: text('Of a `poll`.'),
  options: z
    .array(z.string())
    .optional()
    .meta({ description: 'Of a `poll`, in its order; or those chosen by a `poll_vote`.' }),
  selectable: count('How many options one person may choose; 0 for as many as there are.'),
  quiz: z
    .object({ correct_option: z.string().optional() })
    .optional()
    .meta({ description: 'Present when the poll is a quiz.' }),
  reply: z
    .object({ id: z.string().optional(), title: z.string().optional(), description: z.string().optional() })
    .optional()
    .meta({ description: 'What was chosen, of a `button_reply`, `list_reply` or `interactive_reply`.' }),
  flow: z
    .object({ name: z.string().optional(), answer: text('As the sender wrote it: usually JSON.') })
    .optional()
    .meta({ description: 'The form that an `interactive_reply` answers.' }),
};

const dates = {
  event: z
    .object({
      name: z.string(),
      description: z.string().optional(),
      location: z.object(place).optional(),
      join_link: z.string().optional(),
      starts_at: timeOut('When it begins.').optional(),
      ends_at: timeOut('When it ends.').optional(),
      cancelled: z.boolean(),
      extra_guests_allowed: z.boolean(),
    })
    .optional()
    .meta({ description: 'Of an `event`.' }),
  invite: z
    .object({
      code: z.string().optional(),
      group_name: z.string().optional(),
      expires_at: timeOut('Until when it can be taken.').optional(),
    })
    .optional()
    .meta({ description: 'Of a `group_invite`.' }),
};

const trade = {
  product: z
    .object({
      id: z.string().optional(),
      title: z.string().optional(),
      description: z.string().optional(),
      price: money.optional(),
      sale_price: money.optional(),
      retailer_id: z.string().optional(),
      url: z.string().optional(),
      images: z.number().int().optional(),
    })
    .optional()
    .meta({ description: 'Of a `product`.' }),
  order: z
    .object({
      id: z.string().optional(),
      token: text("Opens the order's details at WhatsApp."),
      title: z.string().optional(),
      status: z.enum(['inquiry', 'accepted', 'declined']).optional(),
      items: z.number().int().optional(),
      total: money.optional(),
    })
    .optional()
    .meta({ description: 'Of an `order`.' }),
  payment: z
    .object({
      step: z.enum(['requested', 'sent', 'declined', 'cancelled', 'invited']),
      total: money.optional(),
      expires_at: timeOut('Until when it can be paid.').optional(),
    })
    .optional()
    .meta({ description: 'Of a `payment`.' }),
};

const collections = {
  pack: z
    .object({
      id: z.string().optional(),
      name: z.string().optional(),
      publisher: z.string().optional(),
      description: z.string().optional(),
      stickers: z.number().int(),
    })
    .optional()
    .meta({ description: 'Of a `sticker_pack`.' }),
  images: count('Of an `album`: how many pictures follow, each as a message.'),
  videos: count('Of an `album`: how many videos follow, each as a message.'),
};

const stories = {
  background: text('Of a story: the colour behind it.'),
  font: z.string().optional(),
  audience_size: count('How many people a story is for.'),
};

const changes = {
  message_id: idOut(
    'msg',
    'The message that a `reaction`, `edit`, `delete`, `poll_vote` or `forward` that was sent here is about.',
  ).optional(),
  emoji: z.string().nullable().optional().meta({ description: 'Of a `reaction`; null takes it back.' }),
};

/** The types of messages, with the field that each brings. */
export const typeMeaning =
  '`text`; `image`, `video`, `video_note`, `gif`, `audio`, `voice`, `document` and `sticker` with `media`; `location`, ' +
  '`live_location`, `contacts`, `poll`, `event`, `group_invite`, `button_reply`, `list_reply`, `interactive_reply`, `product`, ' +
  '`order`, `payment`, `sticker_pack`, `album`; `unsupported` with its `kind`; and of what was sent here ' +
  '`poll_vote`, `reaction`, `edit`, `delete` and `forward`. More come with time.';

/** What messages say, each field with the types that have it. */
export const contentFields = {
  ...words,
  media: media.optional(),
  ...places,
  contacts: cards,
  ...choices,
  ...dates,
  ...trade,
  ...collections,
  ...stories,
  ...changes,
  kind: text('What an unsupported message is.'),
  truncated: z.literal(true).optional().meta({
    description: 'Something in it was longer than any honest client makes it, and is shortened here.',
  }),
};
