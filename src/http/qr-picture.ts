import { crc32, deflateSync } from 'node:zlib';
import encodeQr from 'qr';

/** Modules of white around the code, as the standard asks for. */
const quietModules = 4;
const pixelsPerModule = 6;

/** True is dark. Low error correction, since it is read from a screen and the text is long. */
function readModules(text: string): boolean[][] {
  return encodeQr(text, 'raw', { ecc: 'low', border: quietModules });
}

/** The code as a PNG of one bit a pixel. */
export function drawPng(text: string): Buffer {
  const rows = readModules(text).map(packRow);
  const height = rows.length * pixelsPerModule;
  const scanlines = Buffer.concat(rows.flatMap((row) => Array<Buffer>(pixelsPerModule).fill(row)));
  const header = Buffer.alloc(13);
  header.writeUInt32BE(height, 0);
  header.writeUInt32BE(height, 4);
  // One bit of grey a pixel; compression, filter and interlace as there is only one choice.
  header.writeUInt8(1, 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(scanlines)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A line of pixels behind its filter byte; a set bit is white. */
function packRow(modules: readonly boolean[]): Buffer {
  const width = modules.length * pixelsPerModule;
  const line = Buffer.alloc(1 + Math.ceil(width / 8));
  for (let x = 0; x < width; x += 1) {
    const isDark = modules[Math.floor(x / pixelsPerModule)] ?? false;
    const at = 1 + (x >> 3);
    if (!isDark) line.writeUInt8(line.readUInt8(at) | (0x80 >> (x & 7)), at);
  }
  return line;
}

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(8);
  framed.writeUInt32BE(data.length, 0);
  framed.writeUInt32BE(crc32(typed), 4);
  return Buffer.concat([framed.subarray(0, 4), typed, framed.subarray(4)]);
}

/** The code for a terminal: two modules a character, light ones drawn, since most terminals are dark. */
export function drawText(text: string): string {
  const modules = readModules(text);
  const isLight = (y: number, x: number) => !(modules[y]?.[x] ?? false);
  const lines: string[] = [];
  for (let y = 0; y < modules.length; y += 2) {
    const top = modules[y] ?? [];
    lines.push(top.map((_, x) => halves[Number(isLight(y, x))]?.[Number(isLight(y + 1, x))]).join(''));
  }
  return `${lines.join('\n')}\n`;
}

/** By whether the upper and the lower half are light. */
const halves = [
  [' ', '▄'],
  ['▀', '█'],
];
