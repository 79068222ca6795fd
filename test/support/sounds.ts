const samplesPerSecond = 8_000;
const headerBytes = 44;

/** A WAV with one tone: silent in its first half, as loud as can be in its second. */
export function makeWav(seconds: number): Buffer {
  const count = samplesPerSecond * seconds;
  const wav = Buffer.alloc(headerBytes + count * 2);
  wav.write('RIFF');
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(samplesPerSecond, 24);
  wav.writeUInt32LE(samplesPerSecond * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(count * 2, 40);
  for (let at = count / 2; at < count; at += 1) {
    wav.writeInt16LE(Math.round(32_767 * Math.sin((at * 440 * 2 * Math.PI) / samplesPerSecond)), headerBytes + at * 2);
  }
  return wav;
}
