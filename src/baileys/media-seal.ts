import { createCipheriv, createDecipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { getMediaKeys } from 'baileys';
import type { MediaType } from '../network/index.ts';

type Keys = { readonly iv: Uint8Array; readonly cipherKey: Uint8Array; readonly macKey: Uint8Array };

/** What WhatsApp calls the kinds of files when it derives keys and chooses paths. */
export const wireKinds = {
  image: 'image',
  video: 'video',
  video_note: 'video',
  gif: 'video',
  audio: 'audio',
  voice: 'audio',
  document: 'document',
  sticker: 'sticker',
} as const satisfies Record<MediaType, string>;

const macBytes = 10;

/** Somebody altered the file, or sent other bytes than the message promised. */
export class DamagedFile extends Error {
  override readonly name = 'DamagedFile';
}

export async function keysOf(mediaKey: Uint8Array, type: MediaType): Promise<Keys> {
  const { iv, cipherKey, macKey } = await getMediaKeys(mediaKey, wireKinds[type]);
  if (!cipherKey || !macKey) throw new Error('no keys could be derived');
  return { iv, cipherKey, macKey };
}

/** The file as WhatsApp's host keeps it: AES-CBC, and the first ten bytes of an HMAC behind it. The same keys give the same bytes. */
export async function* seal(chunks: AsyncIterable<Uint8Array>, keys: Keys): AsyncGenerator<Uint8Array, void> {
  const cipher = createCipheriv('aes-256-cbc', keys.cipherKey, keys.iv);
  const mac = createHmac('sha256', keys.macKey).update(keys.iv);
  for await (const chunk of chunks) {
    const sealed = cipher.update(chunk);
    mac.update(sealed);
    yield sealed;
  }
  const last = cipher.final();
  yield Buffer.concat([last, mac.update(last).digest().subarray(0, macBytes)]);
}

export type FileHashes = { readonly plain: Uint8Array; readonly sealed: Uint8Array; readonly sealedBytes: number };

/** What sealing will give, without keeping any of it. */
export async function measureSealed(chunks: AsyncIterable<Uint8Array>, keys: Keys): Promise<FileHashes> {
  const plain = createHash('sha256');
  const sealed = createHash('sha256');
  let sealedBytes = 0;
  for await (const chunk of seal(hashing(chunks, plain), keys)) {
    sealed.update(chunk);
    sealedBytes += chunk.byteLength;
  }
  return { plain: plain.digest(), sealed: sealed.digest(), sealedBytes };
}

async function* hashing(
  chunks: AsyncIterable<Uint8Array>,
  hash: { update(bytes: Uint8Array): unknown },
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

/** The file again. Throws `DamagedFile` at its end when the HMAC or one of the hashes is not the one that was promised. */
export async function* unseal(
  chunks: AsyncIterable<Uint8Array>,
  keys: Keys,
  promised: { readonly plain: Uint8Array; readonly sealed: Uint8Array | undefined },
): AsyncGenerator<Uint8Array, void> {
  const decipher = createDecipheriv('aes-256-cbc', keys.cipherKey, keys.iv);
  const mac = createHmac('sha256', keys.macKey).update(keys.iv);
  const sealedHash = createHash('sha256');
  const plainHash = createHash('sha256');
  let tail = Buffer.alloc(0);
  for await (const chunk of chunks) {
    sealedHash.update(chunk);
    const all = Buffer.concat([tail, chunk]);
    const body = all.subarray(0, Math.max(0, all.length - macBytes));
    tail = all.subarray(body.length);
    mac.update(body);
    const plain = decipher.update(body);
    plainHash.update(plain);
    yield plain;
  }
  if (!isSame(mac.digest().subarray(0, macBytes), tail)) throw new DamagedFile('the file was altered on its way');
  const last = finish(decipher);
  plainHash.update(last);
  if (promised.sealed && !isSame(sealedHash.digest(), promised.sealed))
    throw new DamagedFile('other bytes than promised');
  if (!isSame(plainHash.digest(), promised.plain)) throw new DamagedFile('another file than promised');
  yield last;
}

function finish(decipher: { final(): Buffer }): Buffer {
  try {
    return decipher.final();
  } catch (cause) {
    throw new DamagedFile('the file is not whole', { cause });
  }
}

const isSame = (one: Uint8Array, other: Uint8Array): boolean =>
  one.byteLength === other.byteLength && timingSafeEqual(one, other);
