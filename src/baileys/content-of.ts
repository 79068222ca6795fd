import { normalizeMessageContent, type proto } from 'baileys';
import type { InboundContent } from '../network/index.ts';

/** Fields that accompany a message and are none. */
const companions = new Set([
  'messageContextInfo',
  'senderKeyDistributionMessage',
  'fastRatchetKeySenderKeyDistributionMessage',
]);

const kindNames: Readonly<Record<string, string>> = {
  imageMessage: 'image',
  videoMessage: 'video',
  ptvMessage: 'video_note',
  audioMessage: 'audio',
  documentMessage: 'document',
  stickerMessage: 'sticker',
  lottieStickerMessage: 'sticker',
  stickerPackMessage: 'sticker_pack',
  contactMessage: 'contact',
  contactsArrayMessage: 'contact',
  locationMessage: 'location',
  liveLocationMessage: 'live_location',
  reactionMessage: 'reaction',
  encReactionMessage: 'reaction',
  pollCreationMessage: 'poll',
  pollCreationMessageV2: 'poll',
  pollCreationMessageV3: 'poll',
  pollCreationMessageV4: 'poll',
  pollCreationMessageV5: 'poll',
  pollUpdateMessage: 'poll_vote',
  eventMessage: 'event',
  groupInviteMessage: 'group_invite',
  buttonsResponseMessage: 'button_reply',
  templateButtonReplyMessage: 'button_reply',
  listResponseMessage: 'list_reply',
  interactiveResponseMessage: 'interactive_reply',
  productMessage: 'product',
  orderMessage: 'order',
};

/** What a message says, or undefined when it carries nothing for a person (a sender key alone). */
export function contentOf(message: proto.IMessage): InboundContent | undefined {
  const inner = normalizeMessageContent(message);
  if (inner === undefined) return undefined;
  const text = inner.extendedTextMessage?.text ?? (inner.conversation || undefined);
  if (typeof text === 'string') return { type: 'text', text };
  const field = fieldOf(inner);
  return field === undefined ? undefined : { type: 'unsupported', kind: kindOf(field, inner) };
}

function fieldOf(message: proto.IMessage): string | undefined {
  return Object.entries(message).find(
    ([name, value]) => !companions.has(name) && value !== null && value !== undefined,
  )?.[0];
}

function kindOf(field: string, message: proto.IMessage): string {
  if (message.audioMessage?.ptt === true) return 'voice';
  if (message.videoMessage?.gifPlayback === true) return 'gif';
  return kindNames[field] ?? toSnakeCase(field.replace(/Message(V\d+)?$/, ''));
}

export function toSnakeCase(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
}
