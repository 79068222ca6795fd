import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { decryptCbc, encryptCbc, hkdfSha256, hmacSha256 } from '../lib/ciphers.ts';

/** Files as WhatsApp encrypts them, with a key that travels in the message only. */

export const MEDIA_KINDS = ['image', 'video', 'video_note', 'audio', 'voice', 'document', 'sticker'] as const;
export type MediaKind = (typeof MEDIA_KINDS)[number];

export const isMediaKind = (kind: string): kind is MediaKind => (MEDIA_KINDS as readonly string[]).includes(kind);

/** What is sealed: a file of a message, or history on its way to a client. */
type SealedKind = MediaKind | 'history';

const KEY_USES: Record<SealedKind, string> = {
  image: 'Image',
  video: 'Video',
  video_note: 'Video',
  audio: 'Audio',
  voice: 'Audio',
  document: 'Document',
  sticker: 'Image',
  history: 'History',
};

const MAC_BYTES = 10;

export const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

const keysFrom = (mediaKey: Buffer, kind: SealedKind) => {
  const secrets = hkdfSha256(mediaKey, Buffer.alloc(0), `WhatsApp ${KEY_USES[kind]} Keys`, 112);
  return { iv: secrets.subarray(0, 16), cipherKey: secrets.subarray(16, 48), macKey: secrets.subarray(48, 80) };
};

export const sealMedia = (kind: SealedKind, plain: Buffer) => {
  const mediaKey = randomBytes(32);
  const { iv, cipherKey, macKey } = keysFrom(mediaKey, kind);
  const ciphertext = encryptCbc(cipherKey, iv, plain);
  const sealed = Buffer.concat([ciphertext, hmacSha256(macKey, iv, ciphertext).subarray(0, MAC_BYTES)]);
  return { mediaKey, sealed, fileSha256: sha256(plain), fileEncSha256: sha256(sealed), fileLength: plain.length };
};

/** The file; undefined if one bit of it is not what was announced. */
export const openMedia = (
  kind: MediaKind,
  sealed: Buffer,
  announced: { mediaKey: Buffer; fileSha256: Buffer; fileEncSha256: Buffer },
): Buffer | undefined => {
  const { mediaKey, fileSha256, fileEncSha256 } = announced;
  const { iv, cipherKey, macKey } = keysFrom(mediaKey, kind);
  const ciphertext = sealed.subarray(0, Math.max(0, sealed.length - MAC_BYTES));
  const mac = sealed.subarray(ciphertext.length);
  const expected = hmacSha256(macKey, iv, ciphertext).subarray(0, MAC_BYTES);
  if (mac.length !== MAC_BYTES || !timingSafeEqual(mac, expected) || !sha256(sealed).equals(fileEncSha256)) {
    return undefined;
  }
  try {
    const plain = decryptCbc(cipherKey, iv, ciphertext);
    return sha256(plain).equals(fileSha256) ? plain : undefined;
  } catch {
    return undefined;
  }
};
