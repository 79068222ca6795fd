import type { MediaType, OutboundMedia } from '../../network/index.ts';
import { GatewayError } from '../../platform/index.ts';

type Rule = { readonly types: readonly string[]; readonly bytesMax: number };

const kilobyte = 1_000;
const megabyte = 1_024 * 1_024;

/** What WhatsApp takes as a message of a type; anything else can go as a document. */
const rules: Readonly<Record<MediaType, Rule>> = {
  image: { types: ['image/jpeg', 'image/png'], bytesMax: 16 * megabyte },
  video: { types: ['video/mp4', 'video/3gpp'], bytesMax: 100 * megabyte },
  video_note: { types: ['video/mp4'], bytesMax: 16 * megabyte },
  gif: { types: ['video/mp4'], bytesMax: 16 * megabyte },
  audio: {
    types: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg', 'audio/ogg; codecs=opus'],
    bytesMax: 16 * megabyte,
  },
  voice: { types: ['audio/ogg; codecs=opus'], bytesMax: 16 * megabyte },
  document: { types: [], bytesMax: 2_048 * megabyte },
  sticker: { types: ['image/webp'], bytesMax: 100 * kilobyte },
};

const movingStickerBytesMax = 500 * kilobyte;

/** Throws `media_type_mismatch` and `media_too_large` for a file that WhatsApp does not take as a message of this type. */
export function requireSuitable(type: MediaType, file: OutboundMedia): void {
  const { types, bytesMax } = rules[type];
  if (types.length > 0 && !types.includes(file.mimeType)) {
    throw new GatewayError('media_type_mismatch', { type, found: file.mimeType, allowed: types });
  }
  const limit = type === 'sticker' && file.animated ? movingStickerBytesMax : bytesMax;
  if (file.bytes > limit) throw new GatewayError('media_too_large', { type, limit, bytes: file.bytes });
}
