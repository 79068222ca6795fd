import { randomInt } from 'node:crypto';
import { proto } from 'baileys';

/** Message content as phones write it and people read it. */

const PAD_BYTES_MAX = 16;

/** Encodes and pads as WhatsApp does: 1 to 16 bytes, each saying how many. */
export const padMessage = (encoded: Uint8Array): Buffer => {
  const count = randomInt(1, PAD_BYTES_MAX + 1);
  return Buffer.concat([encoded, Buffer.alloc(count, count)]);
};

/** Throws when the padding or the protobuf is broken. */
export const readMessage = (padded: Buffer): proto.IMessage => {
  const count = padded.at(-1) ?? 0;
  if (count < 1 || count > padded.length) throw new Error('broken padding');
  return proto.Message.decode(padded.subarray(0, padded.length - count));
};

const CONTENT_KINDS: Record<string, string> = {
  conversation: 'text',
  extendedTextMessage: 'text',
  imageMessage: 'image',
  videoMessage: 'video',
  audioMessage: 'audio',
  documentMessage: 'document',
  stickerMessage: 'sticker',
  locationMessage: 'location',
  contactMessage: 'contact',
  reactionMessage: 'reaction',
  pollCreationMessageV3: 'poll',
  protocolMessage: 'protocol',
};

const IGNORED_FIELDS = new Set(['messageContextInfo', 'senderKeyDistributionMessage']);

/** What a person sees: the kind of the message and its words, if it has any. */
export const describeMessage = (message: proto.IMessage): { kind: string; text: string | undefined } => {
  const fields = Object.keys(message).filter((key) => !IGNORED_FIELDS.has(key));
  const field = fields.find((key) => message[key as keyof proto.IMessage] != null) ?? 'empty';
  const text =
    message.conversation ??
    message.extendedTextMessage?.text ??
    message.reactionMessage?.text ??
    message.imageMessage?.caption ??
    message.videoMessage?.caption ??
    message.documentMessage?.caption ??
    message.locationMessage?.name;
  return { kind: CONTENT_KINDS[field] ?? field.replace(/Message(V\d)?$/, ''), text: text || undefined };
};

export const SENDABLE_KINDS = ['text', 'image', 'reaction', 'location', 'contact'] as const;
export type SendableKind = (typeof SENDABLE_KINDS)[number];

// A picture nobody can download: enough for a client to see that an image came.
const imageContent = (caption: string): proto.IMessage => ({
  imageMessage: {
    url: 'https://mmg.whatsapp.net/o1/v/emulated',
    directPath: '/o1/v/emulated',
    mimetype: 'image/jpeg',
    caption,
    fileSha256: Buffer.alloc(32, 1),
    fileEncSha256: Buffer.alloc(32, 2),
    mediaKey: Buffer.alloc(32, 3),
    fileLength: 1024,
    height: 1,
    width: 1,
  },
});

/** Builds the protobuf of a message. `target` is the JID and id that a reaction points at. */
export const buildContent = (
  kind: SendableKind,
  text: string,
  target: { remoteJid: string; id: string; fromMe: boolean } | undefined,
): proto.IMessage => {
  switch (kind) {
    case 'text':
      return { extendedTextMessage: { text } };
    case 'image':
      return imageContent(text);
    case 'reaction':
      return { reactionMessage: { key: target ?? null, text, senderTimestampMs: 0 } };
    case 'location':
      return { locationMessage: { degreesLatitude: 52.52, degreesLongitude: 13.405, name: text } };
    case 'contact':
      return { contactMessage: { displayName: text, vcard: `BEGIN:VCARD\nVERSION:3.0\nFN:${text}\nEND:VCARD` } };
  }
};

const MEDIA_KINDS = new Set(['image', 'video', 'audio', 'document', 'sticker', 'contact']);

/** The stanza's own type attribute, which travels outside the encryption. */
export const stanzaType = (kind: string): string => {
  if (MEDIA_KINDS.has(kind)) return 'media';
  return kind === 'reaction' || kind === 'poll' ? kind : 'text';
};
