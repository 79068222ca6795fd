import type { proto } from 'baileys';
import { toSnakeCase } from '../lib/index.ts';
import type { InboundContent } from '../network/index.ts';
import { type Bounds, createBounds } from './bounds.ts';
import { mediaContentOf, textCharsMax } from './media-content.ts';
import { unwrapMessage } from './unwrap-message.ts';

/** Fields that accompany a message and are none. */
const companions = new Set([
  'messageContextInfo',
  'senderKeyDistributionMessage',
  'fastRatchetKeySenderKeyDistributionMessage',
]);

const kindNames: ReadonlyMap<string, string> = new Map([
  ['stickerPackMessage', 'sticker_pack'],
  ['contactMessage', 'contact'],
  ['contactsArrayMessage', 'contact'],
  ['locationMessage', 'location'],
  ['liveLocationMessage', 'live_location'],
  ['reactionMessage', 'reaction'],
  ['encReactionMessage', 'reaction'],
  ['pollCreationMessage', 'poll'],
  ['pollCreationMessageV2', 'poll'],
  ['pollCreationMessageV3', 'poll'],
  ['pollCreationMessageV5', 'poll'],
  ['pollUpdateMessage', 'poll_vote'],
  ['eventMessage', 'event'],
  ['groupInviteMessage', 'group_invite'],
  ['buttonsResponseMessage', 'button_reply'],
  ['templateButtonReplyMessage', 'button_reply'],
  ['listResponseMessage', 'list_reply'],
  ['interactiveResponseMessage', 'interactive_reply'],
  ['productMessage', 'product'],
  ['orderMessage', 'order'],
]);

/** What a message says, or undefined when it carries nothing for a person (a sender key alone). */
export function contentOf(message: proto.IMessage): InboundContent | undefined {
  const { message: inner } = unwrapMessage(message);
  const bounds = createBounds();
  const content = readContent(inner, bounds) ?? unsupportedOf(inner);
  return content && bounds.exceeded() ? { ...content, truncated: true } : content;
}

function readContent(message: proto.IMessage, bounds: Bounds): InboundContent | undefined {
  const text = bounds.text(message.extendedTextMessage?.text ?? message.conversation, textCharsMax);
  if (text !== undefined || message.extendedTextMessage) return { type: 'text', text: text ?? '' };
  return readMedia(message, bounds);
}

function readMedia(message: proto.IMessage, bounds: Bounds): InboundContent | undefined {
  const { imageMessage, videoMessage, ptvMessage, audioMessage, documentMessage, stickerMessage } = message;
  if (imageMessage) return mediaContentOf('image', imageMessage, bounds);
  if (videoMessage) return mediaContentOf(videoMessage.gifPlayback === true ? 'gif' : 'video', videoMessage, bounds);
  if (ptvMessage) return mediaContentOf('video_note', ptvMessage, bounds);
  if (audioMessage) return mediaContentOf(audioMessage.ptt === true ? 'voice' : 'audio', audioMessage, bounds);
  if (documentMessage) return mediaContentOf('document', documentMessage, bounds);
  if (stickerMessage) return mediaContentOf('sticker', stickerMessage, bounds);
  return undefined;
}

function unsupportedOf(message: proto.IMessage): InboundContent | undefined {
  const field = fieldOf(message);
  if (field === undefined) return undefined;
  return { type: 'unsupported', kind: kindNames.get(field) ?? toSnakeCase(field.replace(/Message(V\d+)?$/, '')) };
}

function fieldOf(message: proto.IMessage): string | undefined {
  return Object.entries(message).find(
    ([name, value]) => !companions.has(name) && value !== null && value !== undefined,
  )?.[0];
}
