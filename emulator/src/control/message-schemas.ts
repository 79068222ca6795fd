import { z } from 'zod';
import { SENDABLE_KINDS } from '../phones/build-message.ts';
import { chatIdSchema, numberParams, numberSchema } from './schemas.ts';

/** The shapes of messages and of what is done to them. */

const SEND_COUNT_MAX = 100_000;
const STORY_AUDIENCE_MAX = 5000;
const THUMBNAIL_CHARS_MAX = 128 * 1024;
const TEXT_CHARS_MAX = 65_536;
const FILE_BYTES_MAX = 16 * 1024 * 1024;
const DATA_CHARS_MAX = Math.ceil(FILE_BYTES_MAX / 3) * 4;
/** What an instruction to send may have, with its file in base64. */
export const SEND_BODY_BYTES_MAX = DATA_CHARS_MAX + 1024 * 1024;

export const messageParams = numberParams.extend({ id: z.string().min(1).max(64) });
/** Ids are unique in a chat; who uses one twice says which chat is meant. */
export const inChat = z.object({ with: z.string().max(64).optional() });

const emojiSchema = z.string().max(64);
const optionsSchema = z.array(z.string().min(1).max(100)).max(12);

export const sendInput = z.strictObject({
  to: chatIdSchema,
  text: z.string().max(TEXT_CHARS_MAX).default(''),
  via: z.enum(['pn', 'lid']).default('lid'),
  id: z.string().min(1).max(64).optional(),
  from_device: z.number().int().min(0).optional(),
  kind: z.enum(SENDABLE_KINDS).default('text'),
  /** Base64 of an encoded Message, to send anything at all. */
  raw: z.base64().optional(),
  /** Any Message as JSON, in WhatsApp's own words; bytes are base64. */
  message: z.record(z.string(), z.unknown()).optional(),
  /** Id of the message that a reaction, an edit, a deletion or a vote is about. */
  target: z.string().optional(),
  /** Id of the message that this one replies to. */
  quote: z.string().optional(),
  mentions: z.array(numberSchema).max(1024).optional(),
  forwarded: z.boolean().optional(),
  /** To be looked at once: for pictures. */
  view_once: z.boolean().optional(),
  latitude: z.number().min(-90).max(90).optional(),
  longitude: z.number().min(-180).max(180).optional(),
  address: z.string().max(1000).optional(),
  contacts: z
    .array(z.strictObject({ name: z.string().min(1).max(100), number: numberSchema }))
    .min(1)
    .max(100)
    .optional(),
  /** What can be chosen in a poll, whose question is the text; in a vote, what is chosen. */
  options: optionsSchema.optional(),
  /** How many options of a poll one person may choose; 0 is any number. */
  selectable: z.number().int().min(0).max(12).optional(),
  /** For how long messages of the chat stay, for the kind timer; 0 is for ever. How long a recording is. */
  seconds: z
    .number()
    .int()
    .min(0)
    .max(365 * 86_400)
    .optional(),
  /** Base64 of a file, for the kinds that are files; without it a picture is one pixel. */
  data: z.string().max(DATA_CHARS_MAX).optional(),
  mime_type: z.string().max(100).optional(),
  file_name: z.string().max(255).optional(),
  /** Base64 of a small JPEG that is seen before the file is fetched. */
  thumbnail: z.string().max(THUMBNAIL_CHARS_MAX).optional(),
  /** Base64 of 64 bytes, how loud a voice message is. */
  waveform: z.string().max(128).optional(),
  /** Of a sticker. */
  animated: z.boolean().optional(),
  /** Id of the row or button that an answer to a menu chooses; its JSON for flow_reply. The text is what it says there. */
  choice: z.string().max(4096).optional(),
  /** JID of the group that somebody is invited to. */
  group: z.string().max(64).optional(),
  description: z.string().max(5000).optional(),
  starts_at: z.iso.datetime().optional(),
  ends_at: z.iso.datetime().optional(),
  place: z.string().max(500).optional(),
  /** Id of a product of the sender's, or else of the recipient's, catalogue. */
  product: z.string().max(64).optional(),
  /** What is ordered of the recipient's catalogue. */
  items: z
    .array(z.strictObject({ product: z.string().max(64), quantity: z.number().int().min(1).max(1000).default(1) }))
    .min(1)
    .max(100)
    .optional(),
  /** Sends that many; `{n}` in the text is the number, from 1. */
  count: z.number().int().min(1).max(SEND_COUNT_MAX).optional(),
});

/** Without `to` it is for the address book and everybody with whom there is a chat. */
export const storyInput = sendInput
  .pick({ text: true, raw: true, id: true, data: true, mime_type: true, seconds: true })
  .extend({
    kind: z.enum(['text', 'image', 'video', 'voice']).default('text'),
    to: z.array(numberSchema).max(STORY_AUDIENCE_MAX).optional(),
  });

export const sentSchema = z.object({ id: z.string().optional(), ids: z.array(z.string()).optional() });

export const reactionInput = z.strictObject({ emoji: emojiSchema });
export const editInput = z.strictObject({ text: z.string().min(1).max(TEXT_CHARS_MAX) });
export const voteInput = z.strictObject({ options: optionsSchema });
export const changeSchema = z.object({ id: z.string() });

export const messageSchema = z.object({
  id: z.string(),
  chat: z.string(),
  from: z.string(),
  to: z.string(),
  direction: z.enum(['in', 'out']),
  from_device: z.number(),
  addressing: z.enum(['pn', 'lid']),
  kind: z.string(),
  text: z.string().nullable(),
  at: z.string(),
  status: z.enum(['sent', 'delivered', 'read']),
  target: z.string().optional(),
  edited: z.boolean(),
  deleted: z.boolean(),
  starred: z.boolean(),
  pinned_by: z.string().optional(),
  kept_by: z.string().optional(),
  /** In a group, of messages that the person has sent. */
  delivered_to: z.array(z.string()).optional(),
  read_by: z.array(z.string()).optional(),
  reactions: z.array(z.object({ from: z.string(), emoji: z.string() })),
  quoted: z.object({ id: z.string(), participant: z.string().optional(), text: z.string().optional() }).optional(),
  mentions: z.array(z.string()).optional(),
  forwarded: z.boolean().optional(),
  view_once: z.boolean().optional(),
  expires_at: z.string().optional(),
  location: z
    .object({
      latitude: z.number(),
      longitude: z.number(),
      name: z.string().optional(),
      address: z.string().optional(),
    })
    .optional(),
  contacts: z.array(z.object({ name: z.string(), vcard: z.string() })).optional(),
  media: z
    .object({
      mime_type: z.string(),
      bytes: z.number(),
      sha256: z.string(),
      file_name: z.string().optional(),
      seconds: z.number().optional(),
      thumbnail: z.boolean().optional(),
      animated: z.boolean().optional(),
      waveform: z.string().optional(),
    })
    .optional(),
  choice: z.string().optional(),
  invite: z.object({ group: z.string(), code: z.string(), name: z.string(), expires_at: z.string() }).optional(),
  event: z
    .object({
      description: z.string().optional(),
      starts_at: z.string().optional(),
      ends_at: z.string().optional(),
      place: z.string().optional(),
      replies: z.array(z.object({ from: z.string(), reply: z.string() })).optional(),
    })
    .optional(),
  product: z.object({ id: z.string(), title: z.string(), price: z.number(), currency: z.string() }).optional(),
  order: z.object({ id: z.string(), item_count: z.number(), total: z.number(), currency: z.string() }).optional(),
  poll: z
    .object({
      name: z.string(),
      selectable: z.number(),
      options: z.array(z.object({ name: z.string(), voters: z.array(z.string()) })),
    })
    .optional(),
});

export const chatSchema = z.object({
  chat: z.string(),
  messages: z.number(),
  unread: z.number(),
  disappearing_seconds: z.number(),
  pinned: z.boolean(),
  archived: z.boolean(),
  /** In milliseconds; -1 is for ever. */
  muted_until: z.number().nullable(),
  marked_unread: z.boolean(),
  last_message: messageSchema.nullable(),
});
