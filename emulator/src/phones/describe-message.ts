import { proto } from 'baileys';
import type { MessageDetails } from '../world/types.ts';
import { describeExtras, EXTRA_CONTENT_KINDS, extraTarget, textOfExtra } from './describe-extra.ts';

/** Message content as a person reads it. */

export type Description = {
  kind: string;
  text: string | undefined;
  /** Id of the message that this one changes. */
  target: string | undefined;
  details: MessageDetails;
};

const CONTENT_KINDS: Record<string, string> = {
  conversation: 'text',
  extendedTextMessage: 'text',
  imageMessage: 'image',
  videoMessage: 'video',
  ptvMessage: 'video_note',
  audioMessage: 'audio',
  documentMessage: 'document',
  stickerMessage: 'sticker',
  locationMessage: 'location',
  liveLocationMessage: 'live_location',
  contactMessage: 'contact',
  contactsArrayMessage: 'contact',
  reactionMessage: 'reaction',
  pollCreationMessage: 'poll',
  pollCreationMessageV2: 'poll',
  pollCreationMessageV3: 'poll',
  pollUpdateMessage: 'vote',
  protocolMessage: 'protocol',
  ...EXTRA_CONTENT_KINDS,
};

const { Type } = proto.Message.ProtocolMessage;
const PROTOCOL_KINDS = new Map([
  [Type.REVOKE, 'delete'],
  [Type.MESSAGE_EDIT, 'edit'],
  [Type.EPHEMERAL_SETTING, 'timer'],
]);

const IGNORED_FIELDS = new Set(['messageContextInfo', 'senderKeyDistributionMessage']);
const WRAPPERS_MAX = 5;

type Unwrapped = { message: proto.IMessage; viewOnce: boolean };

/** Takes off what messages are wrapped in when they disappear, are to be seen once, or carry a caption. */
export const unwrapMessage = (wrapped: proto.IMessage): Unwrapped => {
  let message = wrapped;
  let viewOnce = false;
  for (let depth = 0; depth < WRAPPERS_MAX; depth += 1) {
    const once = message.viewOnceMessage ?? message.viewOnceMessageV2 ?? message.viewOnceMessageV2Extension;
    const inner =
      once ?? message.ephemeralMessage ?? message.documentWithCaptionMessage ?? message.editedMessage ?? undefined;
    if (!inner?.message) break;
    viewOnce ||= once != null;
    message = { messageContextInfo: message.messageContextInfo ?? null, ...inner.message };
  }
  return { message, viewOnce };
};

const fieldOf = (message: proto.IMessage): keyof proto.IMessage | undefined =>
  (Object.keys(message) as (keyof proto.IMessage)[]).find(
    (key) => !IGNORED_FIELDS.has(key) && message[key] !== null && message[key] !== undefined,
  );

const textOfMessage = (message: proto.IMessage): string | undefined =>
  message.conversation ??
  message.extendedTextMessage?.text ??
  message.reactionMessage?.text ??
  message.imageMessage?.caption ??
  message.videoMessage?.caption ??
  message.documentMessage?.caption ??
  message.documentMessage?.fileName ??
  message.locationMessage?.name ??
  message.contactMessage?.displayName ??
  pollOf(message)?.name ??
  textOfExtra(message);

const pollOf = (message: proto.IMessage): proto.Message.IPollCreationMessage | undefined =>
  message.pollCreationMessage ?? message.pollCreationMessageV2 ?? message.pollCreationMessageV3 ?? undefined;

type WithContext = { contextInfo?: proto.IContextInfo | null };

/** The context sits inside whatever field the content is in, always under the same name. */
const contextOf = (message: proto.IMessage): proto.IContextInfo | undefined => {
  const field = fieldOf(message);
  const content: unknown = field && message[field];
  return typeof content === 'object' ? ((content as WithContext | null)?.contextInfo ?? undefined) : undefined;
};

const describeContext = (context: proto.IContextInfo | undefined): MessageDetails => {
  const details: MessageDetails = {};
  if (!context) return details;
  const { stanzaId, participant, quotedMessage, mentionedJid, isForwarded, expiration } = context;
  if (stanzaId) {
    const text = quotedMessage ? textOfMessage(unwrapMessage(quotedMessage).message) : undefined;
    details.quoted = { id: stanzaId, participant: participant ?? undefined, text };
  }
  if (mentionedJid?.length) details.mentions = mentionedJid;
  if (isForwarded) details.forwarded = true;
  if (expiration) details.expiresSeconds = expiration;
  return details;
};

const describeContacts = (message: proto.IMessage): MessageDetails => {
  const contacts = message.contactsArrayMessage?.contacts ?? (message.contactMessage ? [message.contactMessage] : []);
  if (contacts.length === 0) return {};
  return { contacts: contacts.map(({ displayName, vcard }) => ({ name: displayName ?? '', vcard: vcard ?? '' })) };
};

const describeLocation = (message: proto.IMessage): MessageDetails => {
  const place = message.locationMessage ?? message.liveLocationMessage;
  if (!place) return {};
  const { degreesLatitude, degreesLongitude } = place;
  const { name, address } = message.locationMessage ?? {};
  return {
    location: {
      latitude: degreesLatitude ?? 0,
      longitude: degreesLongitude ?? 0,
      name: name ?? undefined,
      address: address ?? undefined,
    },
  };
};

const describeLook = ({ jpegThumbnail, isAnimated, waveform }: AnyMedia): MessageDetails => ({
  ...(jpegThumbnail?.length ? { thumbnail: true } : {}),
  ...(isAnimated ? { animated: true } : {}),
  ...(waveform?.length ? { waveform: Buffer.from(waveform) } : {}),
});

type AnyMedia = proto.Message.IImageMessage &
  Pick<proto.Message.IAudioMessage, 'waveform'> &
  Pick<proto.Message.IStickerMessage, 'isAnimated'> &
  Pick<proto.Message.IVideoMessage, 'seconds'> &
  Pick<proto.Message.IDocumentMessage, 'fileName'>;

const describeMedia = (message: proto.IMessage): MessageDetails => {
  const media: AnyMedia | null | undefined =
    message.imageMessage ??
    message.videoMessage ??
    message.ptvMessage ??
    message.audioMessage ??
    message.documentMessage ??
    message.stickerMessage;
  if (!media) return {};
  return {
    ...describeLook(media),
    media: {
      directPath: media.directPath ?? '',
      mediaKey: Buffer.from(media.mediaKey ?? []),
      fileSha256: Buffer.from(media.fileSha256 ?? []),
      fileEncSha256: Buffer.from(media.fileEncSha256 ?? []),
      byteCount: Number(media.fileLength ?? 0),
      mimeType: media.mimetype ?? 'application/octet-stream',
      fileName: media.fileName ?? undefined,
      seconds: media.seconds ?? undefined,
    },
  };
};

const describePoll = (message: proto.IMessage): MessageDetails => {
  const poll = pollOf(message);
  if (!poll) return {};
  return {
    poll: {
      name: poll.name ?? '',
      options: (poll.options ?? []).map(({ optionName }) => optionName ?? ''),
      selectable: poll.selectableOptionsCount ?? 0,
      secret: Buffer.from(message.messageContextInfo?.messageSecret ?? []),
    },
  };
};

const describeProtocol = (content: proto.Message.IProtocolMessage): Description | undefined => {
  const kind = PROTOCOL_KINDS.get(content.type ?? Type.REVOKE);
  if (!kind) return undefined;
  if (kind === 'timer') {
    const details = { expiresSeconds: content.ephemeralExpiration ?? 0 };
    return { kind, text: undefined, target: undefined, details };
  }
  const edited = content.editedMessage && textOfMessage(unwrapMessage(content.editedMessage).message);
  return { kind, text: edited ?? undefined, target: content.key?.id ?? '', details: {} };
};

const TARGETED = new Set(['reaction', 'vote', 'pin', 'keep', 'event_reply']);

/** What a person sees: the kind of the message, its words, if it has any, and the rest of what it says. */
export const describeMessage = (wrapped: proto.IMessage): Description => {
  const { message, viewOnce } = unwrapMessage(wrapped);
  const change = message.protocolMessage && describeProtocol(message.protocolMessage);
  if (change) return change;
  const field = fieldOf(message) ?? 'empty';
  const kind = CONTENT_KINDS[field] ?? field.replace(/Message(V\d)?$/, '');
  const key = message.reactionMessage?.key ?? message.pollUpdateMessage?.pollCreationMessageKey;
  const target = key?.id ?? extraTarget(message) ?? '';
  const extras = describeExtras(message);
  const isTargeted = TARGETED.has(kind);
  const text = textOfMessage(message) || undefined;
  const isVoice = message.audioMessage?.ptt === true;
  const details: MessageDetails = {
    ...describeContext(contextOf(message)),
    ...describeContacts(message),
    ...describeLocation(message),
    ...describePoll(message),
    ...describeMedia(message),
    ...(viewOnce ? { viewOnce: true } : {}),
    ...(extras ? { extras } : {}),
  };
  return { kind: isVoice ? 'voice' : kind, text, target: isTargeted ? target : undefined, details };
};

/** Sealed texts that travel under this name, as files do. */
const EXTRA_MEDIA = ['live_location', 'list_reply', 'button_reply', 'flow_reply', 'group_invite', 'product', 'order'];
const MEDIA_KINDS = new Set([
  'image',
  'video',
  'video_note',
  'audio',
  'voice',
  'document',
  'sticker',
  'contact',
  ...EXTRA_MEDIA,
]);
const EDIT_MARKS: Record<string, string> = { edit: '1', pin: '2', delete: '7' };

/** What of a message's kind travels outside the encryption. */
export const stanzaMarks = (kind: string): { type: string; edit: string | undefined } => {
  const isPoll = kind === 'poll' || kind === 'vote';
  const isOwn = kind === 'reaction' || kind === 'event';
  const type = MEDIA_KINDS.has(kind) ? 'media' : isOwn ? kind : isPoll ? 'poll' : 'text';
  return { type, edit: EDIT_MARKS[kind] };
};
