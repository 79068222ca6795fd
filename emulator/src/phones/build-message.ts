import { randomBytes } from 'node:crypto';
import { proto } from 'baileys';
import { nowMs } from '../lib/clock.ts';
import { isMediaKind, MEDIA_KINDS, type MediaKind } from '../media/sealed-media.ts';
import type { Extras } from '../world/types.ts';
import { EXTRA_KINDS, extraContent, isExtraKind } from './build-extra.ts';

/** Message content as phones write it. */

export const SENDABLE_KINDS = [
  'text',
  ...MEDIA_KINDS,
  'location',
  'contact',
  'poll',
  'reaction',
  'edit',
  'delete',
  'vote',
  'timer',
  ...EXTRA_KINDS,
] as const;
export type SendableKind = (typeof SENDABLE_KINDS)[number];

/** What a message says of a file, in the words of the protobuf. */
export type AnnouncedMedia = {
  url: string;
  directPath: string;
  mediaKey: Buffer;
  fileSha256: Buffer;
  fileEncSha256: Buffer;
  fileLength: number;
  mimetype: string;
  mediaKeyTimestamp: number;
  fileName?: string | undefined;
  seconds?: number | undefined;
  jpegThumbnail?: Buffer | undefined;
  waveform?: Buffer | undefined;
  animated?: boolean | undefined;
};

/** Everything that a message can be made of; each kind takes what it needs. */
export type Draft = {
  kind: SendableKind;
  text: string;
  /** The message that a reaction, an edit, a deletion or a vote is about. */
  target: proto.IMessageKey | undefined;
  latitude?: number | undefined;
  longitude?: number | undefined;
  address?: string | undefined;
  contacts?: { name: string; number: string }[] | undefined;
  options?: string[] | undefined;
  selectable?: number | undefined;
  /** A vote, sealed already. */
  vote?: proto.Message.IPollEncValue | undefined;
  seconds?: number | undefined;
  /** A file that is at the media host already. */
  media?: AnnouncedMedia | undefined;
  viewOnce?: boolean | undefined;
  choice?: string | undefined;
  extras?: Extras | undefined;
  reply?: { encIv: Buffer; encPayload: Buffer } | undefined;
  businessJid?: string | undefined;
  context: proto.IContextInfo | undefined;
};

const BERLIN = { latitude: 52.52, longitude: 13.405 };
const SECRET_BYTES = 32;

const mediaContent = (
  kind: MediaKind,
  text: string,
  { fileName, seconds, jpegThumbnail, waveform, animated, ...file }: AnnouncedMedia,
): proto.IMessage => {
  const caption = text === '' ? null : text;
  const preview = jpegThumbnail ? { jpegThumbnail } : {};
  switch (kind) {
    case 'image':
      return { imageMessage: { ...file, ...preview, caption } };
    case 'video':
      return { videoMessage: { ...file, ...preview, caption, seconds: seconds ?? null } };
    case 'video_note':
      return { ptvMessage: { ...file, seconds: seconds ?? null } };
    case 'audio':
    case 'voice':
      return { audioMessage: { ...file, seconds: seconds ?? null, ptt: kind === 'voice', waveform: waveform ?? null } };
    case 'document':
      return {
        documentMessage: { ...file, ...preview, caption, fileName: fileName ?? 'file', title: fileName ?? 'file' },
      };
    case 'sticker':
      return { stickerMessage: { ...file, isAnimated: animated ?? false } };
  }
};

const vcard = (name: string, number: string | undefined): string => {
  const phone = number === undefined ? '' : `TEL;type=CELL;waid=${number}:+${number}\n`;
  return `BEGIN:VCARD\nVERSION:3.0\nFN:${name}\n${phone}END:VCARD`;
};

const contactContent = ({ text, contacts = [] }: Draft): proto.IMessage => {
  const cards = contacts.map(({ name, number }) => ({ displayName: name, vcard: vcard(name, number) }));
  const [only] = cards;
  if (!only) return { contactMessage: { displayName: text, vcard: vcard(text, undefined) } };
  if (cards.length === 1) return { contactMessage: only };
  return { contactsArrayMessage: { displayName: `${cards.length} contacts`, contacts: cards } };
};

const pollContent = ({ text, options = [], selectable = 1 }: Draft): proto.IMessage => {
  const poll = {
    name: text,
    options: options.map((optionName) => ({ optionName })),
    selectableOptionsCount: selectable,
  };
  const messageContextInfo = { messageSecret: randomBytes(SECRET_BYTES) };
  // Phones choose the version by whether one option may be chosen or several.
  if (selectable === 1) return { pollCreationMessageV3: poll, messageContextInfo };
  return { pollCreationMessage: poll, messageContextInfo };
};

const { Type } = proto.Message.ProtocolMessage;

const editContent = ({ text, target }: Draft): proto.IMessage => {
  const editedMessage = { extendedTextMessage: { text } };
  const protocolMessage = { key: target ?? null, type: Type.MESSAGE_EDIT, editedMessage, timestampMs: nowMs() };
  return { editedMessage: { message: { protocolMessage } } };
};

const plainContent = (draft: Draft): proto.IMessage => {
  const { kind, text, target, media } = draft;
  if (isExtraKind(kind)) {
    const { latitude = BERLIN.latitude, longitude = BERLIN.longitude } = draft;
    return extraContent(kind, { ...draft, latitude, longitude, extras: draft.extras ?? {} });
  }
  if (isMediaKind(kind)) {
    if (!media) throw new Error(`a message of kind ${kind} without its file`);
    return mediaContent(kind, text, media);
  }
  switch (kind) {
    case 'text':
      return { extendedTextMessage: { text } };
    case 'location': {
      const { latitude: degreesLatitude = BERLIN.latitude, longitude: degreesLongitude = BERLIN.longitude } = draft;
      return { locationMessage: { degreesLatitude, degreesLongitude, name: text, address: draft.address ?? null } };
    }
    case 'contact':
      return contactContent(draft);
    case 'poll':
      return pollContent(draft);
    case 'reaction':
      return { reactionMessage: { key: target ?? null, text, senderTimestampMs: nowMs() } };
    case 'edit':
      return editContent(draft);
    case 'delete':
      return { protocolMessage: { key: target ?? null, type: Type.REVOKE } };
    case 'vote':
      return {
        pollUpdateMessage: {
          pollCreationMessageKey: target ?? null,
          vote: draft.vote ?? null,
          senderTimestampMs: nowMs(),
        },
      };
    case 'timer':
      return { protocolMessage: { type: Type.EPHEMERAL_SETTING, ephemeralExpiration: draft.seconds ?? 0 } };
  }
};

const CONTEXTUAL = [
  'extendedTextMessage',
  'imageMessage',
  'videoMessage',
  'ptvMessage',
  'audioMessage',
  'documentMessage',
  'stickerMessage',
  'locationMessage',
  'contactMessage',
  'contactsArrayMessage',
  'pollCreationMessage',
  'pollCreationMessageV3',
  'liveLocationMessage',
  'listResponseMessage',
  'buttonsResponseMessage',
  'templateButtonReplyMessage',
  'interactiveResponseMessage',
  'groupInviteMessage',
  'eventMessage',
  'productMessage',
  'orderMessage',
] as const;

const withContext = (message: proto.IMessage, contextInfo: proto.IContextInfo | undefined): proto.IMessage => {
  const field = contextInfo && CONTEXTUAL.find((name) => message[name]);
  return field ? { ...message, [field]: { ...message[field], contextInfo } } : message;
};

export const buildMessage = (draft: Draft): proto.IMessage => {
  const message = withContext(plainContent(draft), draft.context);
  if (!draft.viewOnce) return message;
  const { imageMessage, videoMessage, audioMessage } = message;
  const once: proto.IMessage | undefined =
    (imageMessage && { imageMessage: { ...imageMessage, viewOnce: true } }) ??
    (videoMessage && { videoMessage: { ...videoMessage, viewOnce: true } }) ??
    (audioMessage && { audioMessage: { ...audioMessage, viewOnce: true } }) ??
    undefined;
  return once ? { viewOnceMessageV2: { message: once } } : message;
};
