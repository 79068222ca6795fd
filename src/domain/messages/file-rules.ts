import type { MediaType, OutboundMedia } from '../../network/index.ts';
import { GatewayError } from '../../platform/index.ts';

type Rule = { readonly types: readonly string[]; readonly bytesMax: number };

const kilobyte = 1_000;
const megabyte = 1_024 * 1_024;

const voiceType = 'audio/ogg; codecs=opus';

/** What WhatsApp takes as a message of a type; anything else can go as a document. */
const rules: Readonly<Record<MediaType, Rule>> = {
  image: { types: ['image/jpeg', 'image/png'], bytesMax: 16 * megabyte },
  video: { types: ['video/mp4', 'video/3gpp'], bytesMax: 100 * megabyte },
  video_note: { types: ['video/mp4'], bytesMax: 16 * megabyte },
  gif: { types: ['video/mp4'], bytesMax: 16 * megabyte },
  audio: {
    types: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg', voiceType],
    bytesMax: 16 * megabyte,
  },
  voice: { types: [voiceType], bytesMax: 16 * megabyte },
  document: { types: [], bytesMax: 2_048 * megabyte },
  sticker: { types: ['image/webp'], bytesMax: 100 * kilobyte },
};

const movingStickerBytesMax = 500 * kilobyte;

/** What is converted lies on the disk, and what comes of it is a fraction of it. */
const convertedBytesMax = 256 * megabyte;

/** Whether a file has to be made a voice message first: a sound of another kind. */
export const needsConversion = (type: string, { mimeType }: Pick<OutboundMedia, 'mimeType'>): boolean =>
  type === 'voice' && mimeType.startsWith('audio/') && mimeType !== voiceType;

/** What a voice message may take at most. */
export const voiceBytesMax = rules.voice.bytesMax;

/** Throws `conversion_unavailable` for a sound that has to be converted where nothing converts, `media_type_mismatch` and `media_too_large` for a file that WhatsApp does not take as a message of this type. */
export function requireSuitable(type: MediaType, file: OutboundMedia, convertsVoice: boolean): void {
  const converted = needsConversion(type, file);
  if (converted && !convertsVoice) throw new GatewayError('conversion_unavailable', { found: file.mimeType });
  const { types, bytesMax } = converted ? { types: [], bytesMax: convertedBytesMax } : rules[type];
  if (types.length > 0 && !types.includes(file.mimeType)) {
    throw new GatewayError('media_type_mismatch', { type, found: file.mimeType, allowed: types });
  }
  const limit = type === 'sticker' && file.animated ? movingStickerBytesMax : bytesMax;
  if (file.bytes > limit) throw new GatewayError('media_too_large', { type, limit, bytes: file.bytes });
}
