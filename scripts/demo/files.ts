import { createHash, randomBytes } from 'node:crypto';

const padded = (head: string, bytes = 40_000): Buffer =>
  Buffer.concat([Buffer.from(head, 'latin1'), randomBytes(bytes)]);

/** A file of every kind that can be sent: each begins as its kind does, and is noise from there on. */
export const files: readonly (readonly [type: string, content: Buffer])[] = [
  ['image', padded('\xff\xd8\xff\xe0\0\x04\0\0\xff\xc0\0\x11\x08\0\x02\0\x03')],
  ['video', padded('\0\0\0\x18ftypisom')],
  ['video_note', padded('\0\0\0\x18ftypisom')],
  ['audio', padded('ID3\x04\0')],
  ['voice', padded(`OggS${'\0'.repeat(24)}OpusHead`)],
  ['document', padded('an invoice, say')],
  ['sticker', padded('RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x01\0\xff\x01\0')],
];

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
