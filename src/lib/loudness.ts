/** Draws how loud a sound is over its length, whose end nobody knows yet, in memory that does not grow with it. */
export type Loudness = {
  /** Takes more of it: 16-bit samples, little-endian, one channel. They may be cut anywhere. */
  add(samples: Uint8Array): void;
  /** `count` values from 0 to 100, where 100 is its loudest part; empty for a sound without a sample. */
  draw(count: number): number[];
};

/** As finely as it is kept: never fewer parts than half of this once it is that long. */
const partsMax = 512;
const loudestValue = 100;
const sampleBytes = 2;

export function createLoudness(): Loudness {
  /** The loudest sample of each part. */
  let parts: number[] = [];
  let partSamples = 1;
  let current = 0;
  let inCurrent = 0;
  let rest = Buffer.alloc(0);

  const take = (level: number): void => {
    current = Math.max(current, level);
    inCurrent += 1;
    if (inCurrent < partSamples) return;
    parts.push(current);
    current = 0;
    inCurrent = 0;
    if (parts.length < partsMax) return;
    parts = joinPairs(parts);
    partSamples *= 2;
  };

  return {
    add: (samples) => {
      const bytes = Buffer.concat([rest, samples]);
      const whole = bytes.length - (bytes.length % sampleBytes);
      for (let at = 0; at < whole; at += sampleBytes) take(Math.abs(bytes.readInt16LE(at)));
      rest = bytes.subarray(whole);
    },
    draw: (count) => {
      const all = inCurrent === 0 ? parts : [...parts, current];
      const loudest = Math.max(1, ...all);
      if (all.length === 0) return [];
      return Array.from({ length: count }, (_none, index) => {
        const start = Math.floor((index * all.length) / count);
        const end = Math.max(start + 1, Math.floor(((index + 1) * all.length) / count));
        return Math.round((Math.max(...all.slice(start, end)) / loudest) * loudestValue);
      });
    },
  };
}

function joinPairs(parts: readonly number[]): number[] {
  return Array.from({ length: parts.length / 2 }, (_none, index) =>
    Math.max(parts[index * 2] ?? 0, parts[index * 2 + 1] ?? 0),
  );
}
