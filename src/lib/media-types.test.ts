import { expect, test } from 'vitest';
import { sniffMedia } from './media-types.ts';

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))));

const sniff = (content: Buffer) => sniffMedia(content, content);

const ogg = bytes('OggS', new Array(24).fill(0), 'OpusHead', new Array(20).fill(0), 'OggS', [0, 4]);
const granule = Buffer.alloc(8);
granule.writeBigInt64LE(48_000n * 7n - 100n);

test.each([
  [
    'a JPEG',
    bytes([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2], [0xff, 0xc2, 0, 17, 8, 0, 200, 1, 64]),
    { mimeType: 'image/jpeg', width: 320, height: 200 },
  ],
  [
    'a PNG',
    bytes('\x89PNG\r\n\x1a\n', [0, 0, 0, 13], 'IHDR', [0, 0, 1, 0, 0, 0, 0, 9]),
    { mimeType: 'image/png', width: 256, height: 9 },
  ],
  ['a GIF', bytes('GIF89a', [2, 0, 3, 0]), { mimeType: 'image/gif', width: 2, height: 3 }],
  [
    'a still WebP',
    bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8X', [10, 0, 0, 0, 0, 0, 0, 0, 255, 1, 0, 255, 1, 0]),
    { mimeType: 'image/webp', width: 512, height: 512, animated: false },
  ],
  [
    'a moving WebP',
    bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8X', [10, 0, 0, 0, 2, 0, 0, 0, 255, 1, 0, 255, 1, 0]),
    { mimeType: 'image/webp', width: 512, height: 512, animated: true },
  ],
  [
    'a lossless WebP',
    bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8L', [5, 0, 0, 0, 0x2f, 0xff, 0xc1, 0x7f, 0]),
    { mimeType: 'image/webp', width: 512, height: 512, animated: false },
  ],
  [
    'a voice message',
    bytes(ogg.toString('latin1'), granule.toString('latin1')),
    { mimeType: 'audio/ogg; codecs=opus', seconds: 7 },
  ],
  ['an OGG of something else', bytes('OggS', new Array(24).fill(0), '\x01vorbis'), { mimeType: 'audio/ogg' }],
  ['an MP4', bytes([0, 0, 0, 24], 'ftypisom'), { mimeType: 'video/mp4' }],
  ['an M4A', bytes([0, 0, 0, 24], 'ftypM4A '), { mimeType: 'audio/mp4' }],
  ['a 3GP', bytes([0, 0, 0, 24], 'ftyp3gp5'), { mimeType: 'video/3gpp' }],
  ['a WebM', bytes('\x1aE\xdf\xa3', [0x42, 0x82, 0x84], 'webm'), { mimeType: 'video/webm' }],
  ['an MP3 with a tag', bytes('ID3', [4, 0]), { mimeType: 'audio/mpeg' }],
  ['a bare MP3', bytes([0xff, 0xfb, 0x90, 0]), { mimeType: 'audio/mpeg' }],
  ['an AAC', bytes([0xff, 0xf1, 0x50, 0x80]), { mimeType: 'audio/aac' }],
  ['an AMR', bytes('#!AMR\n'), { mimeType: 'audio/amr' }],
  ['a WAV', bytes('RIFF', [0, 0, 0, 0], 'WAVEfmt '), { mimeType: 'audio/wav' }],
  ['a PDF', bytes('%PDF-1.7'), { mimeType: 'application/pdf' }],
  ['an archive', bytes('PK\x03\x04'), { mimeType: 'application/zip' }],
  ['a text', bytes('Hello'), undefined],
  ['nothing', bytes(), undefined],
])('%s is told by its bytes', (_what, content, expected) => {
  expect(sniff(content)).toEqual(expected);
});

test('a file that is cut short anywhere is judged without a fault', () => {
  const whole = bytes([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2], [0xff, 0xc2, 0, 17, 8, 0, 200, 1, 64]);
  const webp = bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8X', [10, 0, 0, 0, 2, 0, 0, 0, 255, 1, 0, 255, 1, 0]);
  for (const content of [whole, webp, ogg]) {
    for (let end = 0; end < content.length; end += 1) expect(() => sniff(content.subarray(0, end))).not.toThrow();
  }
});
