/** Just enough of ASN.1's DER to write a certificate. */

const lengthOf = (byteCount: number): Buffer => {
  if (byteCount < 128) return Buffer.from([byteCount]);
  const hex = byteCount.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.from([128 | bytes.length]), bytes]);
};

export const tagged = (tag: number, ...parts: Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
};

export const sequence = (...parts: Buffer[]): Buffer => tagged(0x30, ...parts);

export const set = (...parts: Buffer[]): Buffer => tagged(0x31, ...parts);

/** A positive integer: a leading zero keeps it from being read as negative. */
export const integer = (bytes: Buffer): Buffer =>
  tagged(0x02, (bytes[0] ?? 0) & 128 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes);

export const TRUE = tagged(0x01, Buffer.from([0xff]));

export const bits = (bytes: Buffer, unused = 0): Buffer => tagged(0x03, Buffer.from([unused]), bytes);

export const octets = (bytes: Buffer): Buffer => tagged(0x04, bytes);

export const utf8 = (text: string): Buffer => tagged(0x0c, Buffer.from(text));

/** Years 1950 to 2049. */
export const utcTime = (ms: number): Buffer => {
  const digits = new Date(ms).toISOString().replace(/\D/g, '').slice(2, 14);
  return tagged(0x17, Buffer.from(`${digits}Z`));
};

const base128 = (value: number): number[] => {
  const bytes = [value & 127];
  for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift((rest & 127) | 128);
  return bytes;
};

export const objectId = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...others] = dotted.split('.').map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...others.flatMap(base128)]));
};
