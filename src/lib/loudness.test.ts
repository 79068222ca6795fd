import { expect, test } from 'vitest';
import { createLoudness } from './loudness.ts';

const samplesOf = (levels: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(levels.length * 2);
  for (const [index, level] of levels.entries()) bytes.writeInt16LE(level, index * 2);
  return bytes;
};

const drawn = (bytes: Buffer, count: number, pieceBytes = bytes.length): number[] => {
  const loudness = createLoudness();
  for (let at = 0; at < bytes.length; at += pieceBytes) loudness.add(bytes.subarray(at, at + pieceBytes));
  return loudness.draw(count);
};

test('the loudest part has 100, silence 0, and the sign of a sample does not matter', () => {
  const levels = [0, -1000, 500, 0].flatMap((level) => Array<number>(1_000).fill(level));
  expect(drawn(samplesOf(levels), 4)).toEqual([0, 100, 50, 0]);
});

test('it does not matter how the samples are cut, not even in the middle of one', () => {
  const bytes = samplesOf(Array.from({ length: 9_999 }, (_none, index) => index));
  expect(drawn(bytes, 64, 333)).toEqual(drawn(bytes, 64));
});

test('a sound of any length is drawn with as many values as asked for', () => {
  for (const samples of [1, 63, 64, 511, 512, 513, 100_003]) {
    const values = drawn(samplesOf(Array<number>(samples).fill(7)), 64);
    expect([samples, values.length, new Set(values)]).toEqual([samples, 64, new Set([100])]);
  }
});

test('the lowest sample there is is the loudest, silence is no noise, and nothing is drawn as nothing', () => {
  expect(drawn(samplesOf([-32_768, 0]), 2)).toEqual([100, 0]);
  expect(drawn(samplesOf([0, 0]), 2)).toEqual([0, 0]);
  expect(drawn(samplesOf([]), 64)).toEqual([]);
});
