import { randomBytes } from 'node:crypto';
import { proto } from 'baileys';
import { nowMs } from '../lib/clock.ts';

/** Message content as phones write it. */

export const SENDABLE_KINDS = [
  'text',
  'image',
  'location',
  'contact',
  'poll',
  'reaction',
  'edit',
  'delete',
  'vote',
  'timer',
] as const;
export type SendableKind = (typeof SENDABLE_KINDS)[number];

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
  viewOnce?: boolean | undefined;
  context: proto.IContextInfo | undefined;
};

const BERLIN = { latitude: 52.52, longitude: 13.405 };
const SECRET_BYTES = 32;

// A picture nobody can download: enough for a client to see that an image came.
const imageContent = (caption: string): proto.IMessage => ({
  imageMessage: {
    url: 'https://mmg.whatsapp.net/o1/v/emulated',
    directPath: '/o1/v/emulated',
    mimetype: 'image/jpeg',
    caption,
    fileSha256: Buffer.alloc(32, 1),
    fileEncSha256: Buffer.alloc(32, 2),
    mediaKey: Buffer.alloc(32, 3),
    fileLength: 1024,
    height: 1,
    width: 1,
  },
});

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
  const { kind, text, target } = draft;
  switch (kind) {
    case 'text':
      return { extendedTextMessage: { text } };
    case 'image':
      return imageContent(text);
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
  'locationMessage',
  'contactMessage',
  'contactsArrayMessage',
  'pollCreationMessage',
  'pollCreationMessageV3',
] as const;

const withContext = (message: proto.IMessage, contextInfo: proto.IContextInfo | undefined): proto.IMessage => {
  const field = contextInfo && CONTEXTUAL.find((name) => message[name]);
  return field ? { ...message, [field]: { ...message[field], contextInfo } } : message;
};

export const buildMessage = (draft: Draft): proto.IMessage => {
  const message = withContext(plainContent(draft), draft.context);
  if (!draft.viewOnce || !message.imageMessage) return message;
  return { viewOnceMessageV2: { message: { imageMessage: { ...message.imageMessage, viewOnce: true } } } };
};
