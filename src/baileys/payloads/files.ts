import { proto } from 'baileys';
import type { MediaType, OutboundContent, OutboundMessage } from '../../network/index.ts';

type FileContent = Extract<OutboundContent, { readonly media: unknown }>;

const fields = {
  image: 'imageMessage',
  video: 'videoMessage',
  gif: 'videoMessage',
  video_note: 'ptvMessage',
  audio: 'audioMessage',
  voice: 'audioMessage',
  document: 'documentMessage',
  sticker: 'stickerMessage',
} as const satisfies Record<MediaType, keyof proto.IMessage>;

/** The upload said where the file is and how it is sealed; the rest is the caller's. */
export function buildFile(content: FileContent, { uploaded, atMs }: OutboundMessage): proto.IMessage {
  if (uploaded === undefined) throw new Error('a message with a file is built after its upload');
  const { url, directPath, mediaKey, fileSha256, fileEncSha256, fileLength, mediaKeyTimestamp } =
    proto.Message.DocumentMessage.decode(uploaded);
  const { media, caption, viewOnce } = content;
  const file = {
    ...{ url, directPath, mediaKey, fileSha256, fileEncSha256, fileLength, mediaKeyTimestamp },
    mimetype: media.mimeType,
    ...(caption !== undefined && { caption }),
    ...(viewOnce && { viewOnce }),
    ...(media.width !== undefined && media.height !== undefined && { width: media.width, height: media.height }),
    ...(media.seconds !== undefined && { seconds: media.seconds }),
    ...ownFields(content, atMs),
  };
  return { [fields[content.type]]: file };
}

function ownFields({ type, media }: FileContent, atMs: number): object {
  switch (type) {
    case 'voice':
      return { ptt: true, ...(media.waveform && { waveform: Uint8Array.from(media.waveform) }) };
    case 'audio':
      return { ptt: false };
    case 'gif':
      return { gifPlayback: true };
    case 'document':
      return { fileName: media.filename ?? 'file', title: media.filename ?? 'file' };
    case 'sticker':
      return { isAnimated: media.animated ?? false, stickerSentTs: atMs };
    case 'image':
    case 'video':
    case 'video_note':
      return {};
  }
}

/** Phones take the wrapper for the word that it is to be seen once. */
export const wrapViewOnce = (message: proto.IMessage): proto.IMessage => ({ viewOnceMessageV2: { message } });
