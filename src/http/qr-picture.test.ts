import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { drawPng, drawText } from './qr-picture.ts';

const text = '2@abcdefghijklmnop,qrstuvwxyz,0123456789+/=,end';

test('a PNG has its signature, its size and a white border', () => {
  const png = drawPng(text);
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  const width = png.readUInt32BE(16);
  expect(png.readUInt32BE(20)).toBe(width);
  const dataBytes = png.readUInt32BE(33);
  const lines = inflateSync(png.subarray(41, 41 + dataBytes));
  const lineBytes = 1 + Math.ceil(width / 8);
  expect(lines.length).toBe(lineBytes * width);
  // The first line of pixels is all white, and something further down is not.
  expect([...lines.subarray(1, 1 + Math.floor(width / 8))].every((byte) => byte === 0xff)).toBe(true);
  expect(lines.includes(0)).toBe(true);
});

test('a terminal gets lines of one width, and the same modules', () => {
  const lines = drawText(text).trimEnd().split('\n');
  expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  expect(lines[0]).toMatch(/^█+$/);
  expect(lines.join('')).toMatch(/^[ ▀▄█]+$/);
});
