import { proto, unpadRandomMax16 } from 'baileys';

/** `messageContextInfo` and the two fields that carry sender keys, by their numbers in the protobuf. */
const companionFields = new Set([2, 15, 35]);

/** What the parts of a stanza say together. `raw` is empty when they say nothing to a person. */
export type Said =
  | { readonly kind: 'read'; readonly message: proto.IMessage; readonly raw: Uint8Array }
  | { readonly kind: 'unreadable'; readonly raw: Uint8Array };

/**
 * The parts of one stanza make one message: a sender key in one, the words in another. Own devices wrap theirs. `raw` is
 * what was said as it came, with what this program does not know of; a part with nothing but a sender key is left out.
 */
export function openPlaintexts(plaintexts: readonly Uint8Array[]): Said {
  try {
    const parts = plaintexts.map(openPlaintext);
    const raw = Buffer.concat(parts.filter(({ bytes }) => saysSomething(bytes)).map(({ bytes }) => bytes));
    return { kind: 'read', message: Object.assign({}, ...parts.map(({ message }) => message)), raw };
  } catch {
    return { kind: 'unreadable', raw: Buffer.concat(plaintexts) };
  }
}

/** The same for what came without encryption. */
export function openPlain(bytes: Uint8Array): Said {
  try {
    return { kind: 'read', message: proto.Message.decode(bytes), raw: bytes };
  } catch {
    return { kind: 'unreadable', raw: bytes };
  }
}

function openPlaintext(plaintext: Uint8Array): { message: proto.IMessage; bytes: Uint8Array } {
  const bytes = unpadRandomMax16(plaintext);
  const message = proto.Message.decode(bytes);
  const inner = message.deviceSentMessage?.message;
  return inner ? { message: inner, bytes: proto.Message.encode(inner).finish() } : { message, bytes };
}

function saysSomething(bytes: Uint8Array): boolean {
  return fieldNumbersOf(bytes).some((field) => !companionFields.has(field));
}

const fixedBytes: ReadonlyMap<number, number> = new Map([
  [1, 8],
  [5, 4],
]);

/** The numbers of an encoded message's fields, known to us or not. For bytes that have been decoded already. */
function fieldNumbersOf(bytes: Uint8Array): readonly number[] {
  const fields: number[] = [];
  let at = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let factor = 1; at < bytes.byteLength; factor *= 128) {
      const byte = bytes[at] ?? 0;
      at += 1;
      value += (byte % 128) * factor;
      if (byte < 128) break;
    }
    return value;
  };
  /** How many bytes are left of a field behind its tag; what has no length of its own is read here. */
  const lengthOf = (wireType: number): number => {
    if (wireType === 2) return readVarint();
    if (wireType === 0) readVarint();
    return fixedBytes.get(wireType) ?? 0;
  };
  while (at < bytes.byteLength) {
    const tag = readVarint();
    fields.push(Math.floor(tag / 8));
    const length = lengthOf(tag % 8);
    at += length;
  }
  return fields;
}
