/** What a file is by its own bytes, and the few facts that its headers tell cheaply. */
export type SniffedMedia = {
  readonly mimeType: string;
  /** Pixels. */
  readonly width?: number;
  readonly height?: number;
  readonly seconds?: number;
  /** Of pictures that may move. */
  readonly animated?: boolean;
};

/** Looks at the first and the last bytes of a file. Undefined when they are of no kind that is known here. */
export function sniffMedia(head: Uint8Array, tail: Uint8Array): SniffedMedia | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  for (const sniff of sniffers) {
    const found = sniff(bytes, Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength));
    if (found) return found;
  }
  return undefined;
}

type Sniffer = (head: Buffer, tail: Buffer) => SniffedMedia | undefined;

const textAt = (bytes: Buffer, start: number, length: number): string =>
  bytes.subarray(start, start + length).toString('latin1');

const startsWith =
  (signature: string, mimeType: string): Sniffer =>
  (head) =>
    textAt(head, 0, signature.length) === signature ? { mimeType } : undefined;

const sniffJpeg: Sniffer = (head) => {
  if (textAt(head, 0, 3) !== '\xff\xd8\xff') return undefined;
  return { mimeType: 'image/jpeg', ...sizeOfJpeg(head) };
};

/** The frame header holds the size; which one it is depends on how the picture is coded. */
function sizeOfJpeg(head: Buffer): { width: number; height: number } | undefined {
  let at = 2;
  while (at + 9 <= head.length && head[at] === 0xff) {
    const marker = head[at + 1] ?? 0;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: head.readUInt16BE(at + 5), width: head.readUInt16BE(at + 7) };
    at += 2 + head.readUInt16BE(at + 2);
  }
  return undefined;
}

const sniffPng: Sniffer = (head) => {
  if (textAt(head, 0, 8) !== '\x89PNG\r\n\x1a\n') return undefined;
  const hasSize = head.length >= 24 && textAt(head, 12, 4) === 'IHDR';
  return { mimeType: 'image/png', ...(hasSize && { width: head.readUInt32BE(16), height: head.readUInt32BE(20) }) };
};

const sniffGif: Sniffer = (head) => {
  if (!/^GIF8[79]a$/.test(textAt(head, 0, 6))) return undefined;
  const hasSize = head.length >= 10;
  return { mimeType: 'image/gif', ...(hasSize && { width: head.readUInt16LE(6), height: head.readUInt16LE(8) }) };
};

const sniffRiff: Sniffer = (head) => {
  if (textAt(head, 0, 4) !== 'RIFF') return undefined;
  const form = textAt(head, 8, 4);
  if (form === 'WAVE') return { mimeType: 'audio/wav' };
  if (form === 'AVI ') return { mimeType: 'video/x-msvideo' };
  return form === 'WEBP' ? { mimeType: 'image/webp', ...factsOfWebp(head) } : undefined;
};

function factsOfWebp(head: Buffer): { width?: number; height?: number; animated: boolean } {
  const format = textAt(head, 12, 4);
  if (format === 'VP8X' && head.length >= 30) {
    const animated = ((head[20] ?? 0) & 2) !== 0;
    return { width: 1 + head.readUIntLE(24, 3), height: 1 + head.readUIntLE(27, 3), animated };
  }
  if (format === 'VP8 ' && head.length >= 30) {
    return { width: head.readUInt16LE(26) & 0x3fff, height: head.readUInt16LE(28) & 0x3fff, animated: false };
  }
  if (format === 'VP8L' && head.length >= 25) {
    const packed = head.readUInt32LE(21);
    return { width: 1 + (packed & 0x3fff), height: 1 + ((packed >>> 14) & 0x3fff), animated: false };
  }
  return { animated: false };
}

const sniffOgg: Sniffer = (head, tail) => {
  if (textAt(head, 0, 4) !== 'OggS') return undefined;
  const start = textAt(head, 0, 256);
  if (start.includes('OpusHead')) return { mimeType: 'audio/ogg; codecs=opus', ...durationOfOpus(tail) };
  return { mimeType: start.includes('theora') ? 'video/ogg' : 'audio/ogg' };
};

const opusSamplesPerSecond = 48_000;

/** The last page says how many samples there are up to its end. */
function durationOfOpus(tail: Buffer): { seconds: number } | undefined {
  const at = tail.lastIndexOf('OggS');
  if (at < 0 || at + 14 > tail.length) return undefined;
  const samples = Number(tail.readBigInt64LE(at + 6));
  return samples > 0 ? { seconds: Math.ceil(samples / opusSamplesPerSecond) } : undefined;
}

const brands: Readonly<Record<string, string>> = {
  'M4A ': 'audio/mp4',
  'M4B ': 'audio/mp4',
  'qt  ': 'video/quicktime',
  heic: 'image/heic',
  heix: 'image/heic',
  mif1: 'image/heic',
  avif: 'image/avif',
};

const sniffMp4: Sniffer = (head) => {
  if (textAt(head, 4, 4) !== 'ftyp') return undefined;
  const brand = textAt(head, 8, 4);
  return { mimeType: brands[brand] ?? (brand.startsWith('3g') ? 'video/3gpp' : 'video/mp4') };
};

const sniffMatroska: Sniffer = (head) => {
  if (textAt(head, 0, 4) !== '\x1aE\xdf\xa3') return undefined;
  return { mimeType: textAt(head, 0, 64).includes('webm') ? 'video/webm' : 'video/x-matroska' };
};

/** A frame of MPEG audio begins with eleven bits that are all set; the layer tells AAC from MP3. */
const sniffMpegAudio: Sniffer = (head) => {
  const [first = 0, second = 0] = head;
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return undefined;
  if ((second & 0x06) === 0) return (second & 0xf0) === 0xf0 ? { mimeType: 'audio/aac' } : undefined;
  return (second & 0x18) === 0x08 ? undefined : { mimeType: 'audio/mpeg' };
};

const sniffers: readonly Sniffer[] = [
  sniffJpeg,
  sniffPng,
  sniffGif,
  sniffRiff,
  sniffOgg,
  sniffMp4,
  sniffMatroska,
  startsWith('ID3', 'audio/mpeg'),
  startsWith('#!AMR', 'audio/amr'),
  startsWith('fLaC', 'audio/flac'),
  startsWith('%PDF-', 'application/pdf'),
  startsWith('PK\x03\x04', 'application/zip'),
  sniffMpegAudio,
];
