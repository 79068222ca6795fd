import { nowSeconds } from '../lib/clock.ts';
import { nameOfMedia, nameOfPath, pathOfMedia } from '../media/media-host.ts';
import { isMediaKind, type MediaKind, openMedia, sealMedia } from '../media/sealed-media.ts';
import type { ShownMessage } from '../world/types.ts';
import type { World } from '../world/world.ts';
import type { AnnouncedMedia } from './build-message.ts';

/** Files on phones: brought to the media host, and fetched from there. */

export type OutgoingFile = {
  kind: MediaKind;
  bytes: Buffer;
  mimeType: string | undefined;
  fileName: string | undefined;
  seconds: number | undefined;
};

const MIME_TYPES: Record<MediaKind, string> = {
  image: 'image/jpeg',
  video: 'video/mp4',
  video_note: 'video/mp4',
  audio: 'audio/mpeg',
  voice: 'audio/ogg; codecs=opus',
  document: 'application/octet-stream',
  sticker: 'image/webp',
};

export const uploadMedia = async (world: World, file: OutgoingFile): Promise<AnnouncedMedia> => {
  const { sealed, ...announced } = sealMedia(file.kind, file.bytes);
  const name = nameOfMedia(announced.fileEncSha256);
  await world.media.blobs.put(name, sealed);
  const directPath = pathOfMedia(name);
  return {
    ...announced,
    url: `https://${world.media.host}${directPath}`,
    directPath,
    mimetype: file.mimeType ?? MIME_TYPES[file.kind],
    mediaKeyTimestamp: Number(nowSeconds()),
    fileName: file.fileName,
    seconds: file.seconds,
  };
};

export type FetchOutcome =
  | { kind: 'fetched'; bytes: Buffer; mimeType: string }
  | { kind: 'absent' }
  | { kind: 'gone' }
  | { kind: 'broken' };

/** What the person sees when they tap on a picture. */
export const fetchMedia = async (world: World, message: ShownMessage): Promise<FetchOutcome> => {
  const media = message.details?.media;
  if (!media || !isMediaKind(message.kind)) return { kind: 'absent' };
  const name = nameOfPath(media.directPath);
  const sealed = name === undefined ? undefined : await world.media.blobs.read(name);
  if (!sealed) return { kind: 'gone' };
  const bytes = openMedia(message.kind, sealed, media);
  return bytes ? { kind: 'fetched', bytes, mimeType: media.mimeType } : { kind: 'broken' };
};
