import { randomBytes } from 'node:crypto';
import { MEDIA_PATH_MAP, proto, type WASocket } from 'baileys';
import type { DownloadOutcome, MediaDownload, MediaType, MediaUpload, Route, UploadOutcome } from '../network/index.ts';
import { now } from '../platform/index.ts';
import { type AskLine, askForFile } from './ask-for-file.ts';
import { forgetMediaConnection, readMediaConnection } from './media-connection.ts';
import { getFile, postFile, type Way } from './media-host.ts';
import { DamagedFile, keysOf, measureSealed, seal, unseal, wireKinds } from './media-seal.ts';
import { unwrapMessage } from './unwrap-message.ts';

/** A session's socket, and the proxy that everything of it goes through. */
type MediaLine = { readonly socket: Pick<WASocket, 'query'>; readonly route: Route | undefined };

type DownloadLine = AskLine & MediaLine & { readonly isOwnServer: boolean };

const wayOf = ({ route }: MediaLine, signal: AbortSignal): Way => ({ signal, ...(route && { agent: route.agent }) });

const keyBytes = 32;
const hashBytes = 32;
const goneStatuses = new Set([404, 410]);

/** Seals a file with a fresh key and brings it to WhatsApp's media host. It is read twice: its sealed hash names it there. */
export async function uploadFile(line: MediaLine, input: MediaUpload): Promise<UploadOutcome> {
  const { socket } = line;
  try {
    const mediaKey = randomBytes(keyBytes);
    const keys = await keysOf(mediaKey, input.type);
    const hashes = await measureSealed(input.open(), keys);
    const { hostname, auth } = await readMediaConnection(socket);
    const token = Buffer.from(hashes.sealed).toString('base64url');
    const url = new URL(
      `https://${hostname ?? ''}${MEDIA_PATH_MAP[wireKinds[input.type]]}/${token}?auth=${encodeURIComponent(auth)}&token=${token}`,
    );
    const answer = await postFile(
      url,
      { chunks: seal(input.open(), keys), bytes: hashes.sealedBytes },
      wayOf(line, input.signal),
    );
    const place = placeOf(answer);
    if (place === undefined) {
      // What let us in may have run out.
      forgetMediaConnection(socket);
      return { kind: 'failed', detail: `WhatsApp's media host answered with status ${answer.statusCode}` };
    }
    const file = proto.Message.DocumentMessage.encode({
      ...place,
      mediaKey,
      fileSha256: hashes.plain,
      fileEncSha256: hashes.sealed,
      fileLength: input.bytes,
      mediaKeyTimestamp: Math.floor(now() / 1000),
    }).finish();
    return { kind: 'uploaded', file };
  } catch (error) {
    return { kind: 'failed', detail: reasonOf(error) };
  }
}

function placeOf(answer: { statusCode: number; text: string }): { url: string; directPath: string } | undefined {
  if (answer.statusCode !== 200) return undefined;
  const said: unknown = JSON.parse(answer.text);
  const { url, direct_path: directPath } = said as { url?: unknown; direct_path?: unknown };
  return typeof url === 'string' && typeof directPath === 'string' ? { url, directPath } : undefined;
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown');

/**
 * Fetches the file of a message from WhatsApp's media host, whatever host the message names, opens and checks it. When the host
 * keeps it no more, the phone is asked once to bring it there again.
 */
export async function downloadFile(line: DownloadLine, input: MediaDownload): Promise<DownloadOutcome> {
  const found = readFile(input.payload);
  if (found === undefined) return { kind: 'unusable', detail: 'the message has no key, hash or path of a file' };
  const outcome = await fetchFrom(line, input, found);
  if (outcome.kind !== 'gone') return outcome;
  const directPath = await askForFile(line, input, found.mediaKey);
  return directPath === undefined ? outcome : fetchFrom(line, input, { ...found, directPath });
}

async function fetchFrom(line: DownloadLine, input: MediaDownload, found: FoundFile): Promise<DownloadOutcome> {
  let keeperFailed = false;
  try {
    const { hostname } = await readMediaConnection(line.socket);
    const url = urlOf(hostname, found.directPath, line.isOwnServer);
    if (url === undefined) return { kind: 'unusable', detail: 'its path leads away from the media host' };
    const response = await getFile(url, wayOf(line, input.signal));
    const refusal = refusalOf(response.statusCode ?? 0, Number(response.headers['content-length'] ?? 0), input);
    if (refusal !== undefined) {
      response.destroy();
      return refusal;
    }
    const keys = await keysOf(found.mediaKey, found.type);
    await input.keep(unseal(response, keys, found)).catch((error: unknown) => {
      keeperFailed = !(error instanceof DamagedFile) && !isLineError(error);
      throw error;
    });
    return { kind: 'kept' };
  } catch (error) {
    if (keeperFailed) throw error;
    return { kind: error instanceof DamagedFile ? 'damaged' : 'failed', detail: reasonOf(error) };
  }
}

/** What the socket's stream throws; anything else is the keeper's own trouble. */
const isLineError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^(E[A-Z]+|ERR_STREAM_\w+|ABORT_ERR)$/.test(String(error.code));

function refusalOf(statusCode: number, bytes: number, { bytesMax }: MediaDownload): DownloadOutcome | undefined {
  if (goneStatuses.has(statusCode)) return { kind: 'gone', detail: `the media host answered with ${statusCode}` };
  if (statusCode !== 200) return { kind: 'failed', detail: `the media host answered with ${statusCode}` };
  return bytes > bytesMax + sealBytesMax ? { kind: 'too_large', detail: `it has ${bytes} bytes` } : undefined;
}

/** What padding and HMAC add. */
const sealBytesMax = 26;

/** A message may name any host, and a path that is none; neither decides where we go. */
function urlOf(hostname: string | undefined, directPath: string, isOwnServer: boolean): URL | undefined {
  const host = hostname ?? 'mmg.whatsapp.net';
  if (!isOwnServer && !/(^|\.)whatsapp\.net(:\d+)?$/.test(host)) return undefined;
  const url = URL.parse(`https://${host}${directPath}`);
  return url?.host === new URL(`https://${host}`).host && url.username === '' ? url : undefined;
}

type FoundFile = {
  readonly type: MediaType;
  readonly directPath: string;
  readonly mediaKey: Uint8Array;
  readonly plain: Uint8Array;
  readonly sealed: Uint8Array | undefined;
};

const fileFields = {
  imageMessage: 'image',
  videoMessage: 'video',
  ptvMessage: 'video_note',
  audioMessage: 'audio',
  documentMessage: 'document',
  stickerMessage: 'sticker',
} as const satisfies Partial<Record<keyof proto.IMessage, MediaType>>;

function readFile(payload: Uint8Array): FoundFile | undefined {
  const { message } = unwrapMessage(proto.Message.decode(payload));
  const field = namesOf(fileFields).find((name) => message[name]);
  const file = field && message[field];
  if (!field || !file) return undefined;
  const { directPath, mediaKey, fileSha256, fileEncSha256 } = file;
  if (!directPath?.startsWith('/') || mediaKey?.byteLength !== keyBytes || fileSha256?.byteLength !== hashBytes) {
    return undefined;
  }
  const sealed = fileEncSha256?.byteLength === hashBytes ? fileEncSha256 : undefined;
  return { type: fileFields[field], directPath, mediaKey, plain: fileSha256, sealed };
}

/** `Object.keys` forgets that they are keys. */
function namesOf<T extends object>(table: T): (keyof T)[] {
  return Object.keys(table) as (keyof T)[];
}
