import type { proto } from 'baileys';
import type { InboundContent, InboundMedia, MediaType } from '../network/index.ts';
import { type Bounds, countOf, nameCharsMax, present, textCharsMax, wholeOf } from './bounds.ts';

const mimeCharsMax = 255;
const hashBytes = 32;
const waveformValues = 64;
const waveformMax = 100;

/** Any of the messages that bring a file. */
type FileMessage = Partial<
  proto.Message.IImageMessage &
    proto.Message.IVideoMessage &
    proto.Message.IAudioMessage &
    proto.Message.IDocumentMessage &
    proto.Message.IStickerMessage
>;

/** What a message with a file says about it. */
export function mediaContentOf(type: MediaType, message: FileMessage, bounds: Bounds): InboundContent {
  const caption = bounds.text(message.caption, textCharsMax);
  return { type, media: mediaOf(message, bounds), ...(caption !== undefined && { caption }) };
}

function mediaOf(message: FileMessage, bounds: Bounds): InboundMedia {
  const { isAnimated, isLottie } = message;
  return present({
    mimeType: bounds.text(message.mimetype, mimeCharsMax),
    bytes: wholeOf(message.fileLength),
    sha256: hashOf(message.fileSha256),
    width: countOf(message.width),
    height: countOf(message.height),
    seconds: wholeOf(message.seconds),
    waveform: waveformOf(message.waveform),
    filename: bounds.text(message.fileName, nameCharsMax),
    title: bounds.text(message.title, nameCharsMax),
    pages: countOf(message.pageCount),
    animated:
      typeof isAnimated === 'boolean' || isLottie === true ? isAnimated === true || isLottie === true : undefined,
  });
}

function hashOf(bytes: Uint8Array | null | undefined): string | undefined {
  return bytes?.byteLength === hashBytes ? Buffer.from(bytes).toString('hex') : undefined;
}

function waveformOf(bytes: Uint8Array | null | undefined): readonly number[] | undefined {
  if (!bytes || bytes.byteLength === 0) return undefined;
  return [...bytes.subarray(0, waveformValues)].map((value) => Math.min(value, waveformMax));
}
