/** The two protobuf envelopes of Signal's protocol version 3, read and written by hand: they are on every message's path. */

export type RatchetEnvelope = { ephemeral: Buffer; counter: number; previousCounter: number; ciphertext: Buffer };

export type PreKeyEnvelope = {
  registrationId: number;
  preKeyId: number | undefined;
  signedPreKeyId: number;
  baseKey: Buffer;
  identityKey: Buffer;
  message: Buffer;
};

const writeVarint = (value: number): Buffer => {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
};

const numberField = (field: number, value: number): Buffer =>
  Buffer.concat([Buffer.from([field << 3]), writeVarint(value)]);

const bytesField = (field: number, value: Buffer): Buffer =>
  Buffer.concat([Buffer.from([(field << 3) | 2]), writeVarint(value.length), value]);

type Fields = { numbers: Map<number, number>; bytes: Map<number, Buffer> };

const readVarint = (bytes: Buffer, start: number): { value: number; next: number } => {
  let value = 0;
  let scale = 1;
  for (let next = start; next < start + 10; next += 1) {
    const byte = bytes[next];
    if (byte === undefined) throw new Error('envelope ends inside a number');
    value += (byte & 127) * scale;
    if (byte < 128) return { value, next: next + 1 };
    scale *= 128;
  }
  throw new Error('number in envelope is too long');
};

const readFields = (bytes: Buffer): Fields => {
  const fields: Fields = { numbers: new Map(), bytes: new Map() };
  let at = 0;
  while (at < bytes.length) {
    const tag = readVarint(bytes, at);
    const value = readVarint(bytes, tag.next);
    const field = Math.floor(tag.value / 8);
    if ((tag.value & 7) === 0) {
      fields.numbers.set(field, value.value);
      at = value.next;
    } else if ((tag.value & 7) === 2) {
      at = value.next + value.value;
      if (at > bytes.length) throw new Error('envelope ends inside a field');
      fields.bytes.set(field, bytes.subarray(value.next, at));
    } else {
      throw new Error('envelope has a field of unknown kind');
    }
  }
  return fields;
};

const requireField = <T>(value: T | undefined, name: string): T => {
  if (value === undefined) throw new Error(`envelope without ${name}`);
  return value;
};

export const writeRatchetEnvelope = (envelope: RatchetEnvelope): Buffer =>
  Buffer.concat([
    bytesField(1, envelope.ephemeral),
    numberField(2, envelope.counter),
    numberField(3, envelope.previousCounter),
    bytesField(4, envelope.ciphertext),
  ]);

export const readRatchetEnvelope = (bytes: Buffer): RatchetEnvelope => {
  const { numbers, bytes: blobs } = readFields(bytes);
  return {
    ephemeral: requireField(blobs.get(1), 'ratchet key'),
    counter: requireField(numbers.get(2), 'counter'),
    previousCounter: numbers.get(3) ?? 0,
    ciphertext: requireField(blobs.get(4), 'ciphertext'),
  };
};

export const writePreKeyEnvelope = (envelope: PreKeyEnvelope): Buffer =>
  Buffer.concat([
    ...(envelope.preKeyId === undefined ? [] : [numberField(1, envelope.preKeyId)]),
    bytesField(2, envelope.baseKey),
    bytesField(3, envelope.identityKey),
    bytesField(4, envelope.message),
    numberField(5, envelope.registrationId),
    numberField(6, envelope.signedPreKeyId),
  ]);

export const readPreKeyEnvelope = (bytes: Buffer): PreKeyEnvelope => {
  const { numbers, bytes: blobs } = readFields(bytes);
  return {
    registrationId: requireField(numbers.get(5), 'registration id'),
    preKeyId: numbers.get(1),
    signedPreKeyId: requireField(numbers.get(6), 'signed prekey id'),
    baseKey: requireField(blobs.get(2), 'base key'),
    identityKey: requireField(blobs.get(3), 'identity key'),
    message: requireField(blobs.get(4), 'message'),
  };
};
