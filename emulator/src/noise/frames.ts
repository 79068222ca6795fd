/** Frames above this are no client's: WhatsApp's own length field ends at 16 MiB. */
const FRAME_BYTES_MAX = 8 * 1024 * 1024;
const ROUTING_BYTES_MAX = 4096;
const DICTIONARY_VERSION = 3;

/** Cuts a byte stream into frames. `prologue` is set once the client's first bytes are in. Throws on anything else. */
export type FrameReader = { push: (bytes: Buffer) => Buffer[]; prologue: () => Buffer | undefined };

/** Length-prefixes one frame. */
export const writeFrame = (body: Buffer): Buffer => {
  const frame = Buffer.allocUnsafe(3 + body.length);
  frame.writeUIntBE(body.length, 0, 3);
  body.copy(frame, 3);
  return frame;
};

/** Length of the routing blob that a returning client may put before the prologue; undefined when more bytes are due. */
const routingLength = (bytes: Buffer): number | undefined => {
  if (bytes.length < 7) return undefined;
  const length = bytes.readUIntBE(4, 3);
  if (bytes[2] !== 0 || bytes[3] !== 1 || length > ROUTING_BYTES_MAX) throw new Error('malformed routing header');
  return 7 + length;
};

export const createFrameReader = (): FrameReader => {
  let pending: Buffer = Buffer.alloc(0);
  let prologue: Buffer | undefined;

  const readPrologue = (): boolean => {
    if (pending.length < 2) return false;
    let start = 0;
    if (pending[0] === 0x45 && pending[1] === 0x44) {
      const skipped = routingLength(pending);
      if (skipped === undefined) return false;
      start = skipped;
    }
    if (pending.length < start + 4) return false;
    const intro = pending.subarray(start, start + 4);
    if (intro[0] !== 0x57 || intro[1] !== 0x41 || intro[2] !== 6) throw new Error('not a WhatsApp prologue');
    if (intro[3] !== DICTIONARY_VERSION) throw new Error(`token dictionary ${intro[3]} is not spoken here`);
    prologue = Buffer.from(intro);
    pending = pending.subarray(start + 4);
    return true;
  };

  return {
    prologue: () => prologue,
    push: (bytes) => {
      pending = pending.length ? Buffer.concat([pending, bytes]) : bytes;
      if (!prologue && !readPrologue()) return [];
      const frames: Buffer[] = [];
      while (pending.length >= 3) {
        const length = pending.readUIntBE(0, 3);
        if (length > FRAME_BYTES_MAX) throw new Error('frame is too long');
        if (pending.length < 3 + length) break;
        frames.push(pending.subarray(3, 3 + length));
        pending = pending.subarray(3 + length);
      }
      return frames;
    },
  };
};
