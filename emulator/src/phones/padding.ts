import { randomInt } from 'node:crypto';
import { proto } from 'baileys';

const PAD_BYTES_MAX = 16;

/** Pads an encoded message as WhatsApp does: 1 to 16 bytes, each saying how many. */
export const padMessage = (encoded: Uint8Array): Buffer => {
  const count = randomInt(1, PAD_BYTES_MAX + 1);
  return Buffer.concat([encoded, Buffer.alloc(count, count)]);
};

/** Throws when the padding or the protobuf is broken. */
export const readMessage = (padded: Buffer): proto.IMessage => {
  const count = padded.at(-1) ?? 0;
  if (count < 1 || count > padded.length) throw new Error('broken padding');
  return proto.Message.decode(padded.subarray(0, padded.length - count));
};
