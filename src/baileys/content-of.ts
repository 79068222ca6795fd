import type { proto } from 'baileys';
import { toSnakeCase } from '../lib/index.ts';
import type { InboundContent } from '../network/index.ts';
import { type Bounds, createBounds, nameCharsMax, present, textCharsMax } from './bounds.ts';
import { pollOf, replyOf } from './choice-content.ts';
import { contactsOf } from './contact-cards.ts';
import { mediaContentOf } from './media-content.ts';
import { eventOf, groupInviteOf, liveLocationOf, locationOf } from './place-content.ts';
import { albumOf, orderOf, paymentOf, productOf, stickerPackOf } from './trade-content.ts';
import { unwrapMessage } from './unwrap-message.ts';

/** Fields that accompany a message and are none. */
const companions = new Set([
  'messageContextInfo',
  'senderKeyDistributionMessage',
  'fastRatchetKeySenderKeyDistributionMessage',
]);

const kindNames: ReadonlyMap<string, string> = new Map([
  ['encReactionMessage', 'reaction'],
  ['pollUpdateMessage', 'poll_vote'],
  ['encEventResponseMessage', 'event_response'],
  ['callLogMesssage', 'call_log'],
]);

/** What a message says, or undefined when it carries nothing for a person (a sender key alone). */
export function contentOf(message: proto.IMessage): InboundContent | undefined {
  const { message: inner } = unwrapMessage(message);
  const bounds = createBounds();
  const content = readContent(inner, bounds) ?? unsupportedOf(inner, bounds);
  return content && bounds.exceeded() ? { ...content, truncated: true } : content;
}

function readContent(message: proto.IMessage, bounds: Bounds): InboundContent | undefined {
  return (
    readText(message, bounds) ??
    readMedia(message, bounds) ??
    readPlain(message, bounds) ??
    replyOf(message, bounds) ??
    paymentOf(message, bounds)
  );
}

function readText(message: proto.IMessage, bounds: Bounds): InboundContent | undefined {
  const { extendedTextMessage: extended, conversation } = message;
  if (!extended && !conversation) return undefined;
  const url = bounds.text(extended?.matchedText, nameCharsMax);
  const preview = url === undefined ? undefined : { url, ...previewOf(extended ?? {}, bounds) };
  return present({
    type: 'text' as const,
    text: bounds.text(extended?.text ?? conversation, textCharsMax) ?? '',
    linkPreview: preview,
  });
}

const previewOf = ({ title, description }: proto.Message.IExtendedTextMessage, bounds: Bounds) =>
  present({ title: bounds.text(title, nameCharsMax), description: bounds.text(description, nameCharsMax) });

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

function readPlain(message: proto.IMessage, bounds: Bounds): InboundContent | undefined {
  const poll = pollIn(message);
  if (poll) return pollOf(poll, bounds);
  if (message.locationMessage) return locationOf(message.locationMessage, bounds);
  if (message.liveLocationMessage) return liveLocationOf(message.liveLocationMessage, bounds);
  if (message.contactMessage) return contactsOf([message.contactMessage], bounds);
  if (message.contactsArrayMessage) return contactsOf(message.contactsArrayMessage.contacts, bounds);
  if (message.eventMessage) return eventOf(message.eventMessage, bounds);
  if (message.groupInviteMessage) return groupInviteOf(message.groupInviteMessage, bounds);
  if (message.productMessage) return productOf(message.productMessage, bounds);
  if (message.orderMessage) return orderOf(message.orderMessage, bounds);
  if (message.stickerPackMessage) return stickerPackOf(message.stickerPackMessage, bounds);
  if (message.albumMessage) return albumOf(message.albumMessage);
  return undefined;
}

/** A poll, in whichever of its versions. */
export function pollIn(message: proto.IMessage): proto.Message.IPollCreationMessage | undefined {
  const { pollCreationMessage, pollCreationMessageV2, pollCreationMessageV3, pollCreationMessageV5 } = message;
  return pollCreationMessage ?? pollCreationMessageV2 ?? pollCreationMessageV3 ?? pollCreationMessageV5 ?? undefined;
}

function unsupportedOf(message: proto.IMessage, bounds: Bounds): InboundContent | undefined {
  const field = fieldOf(message);
  if (field === undefined) return undefined;
  const kind = kindNames.get(field) ?? toSnakeCase(field.replace(/Message(V\d+)?$/, ''));
  return present({ type: 'unsupported' as const, kind, text: wordsOf(message, bounds) });
}

/** The words of what businesses send with buttons, lists and templates. */
function wordsOf(message: proto.IMessage, bounds: Bounds): string | undefined {
  const { buttonsMessage, listMessage, templateMessage, interactiveMessage, invoiceMessage } = message;
  const template = templateMessage?.hydratedTemplate ?? templateMessage?.hydratedFourRowTemplate;
  const said = [
    buttonsMessage?.contentText,
    listMessage?.description,
    template?.hydratedContentText,
    interactiveMessage?.body?.text ?? templateMessage?.interactiveMessageTemplate?.body?.text,
    invoiceMessage?.note,
  ];
  return bounds.text(said.find(Boolean), textCharsMax);
}

function fieldOf(message: proto.IMessage): string | undefined {
  return Object.entries(message).find(
    ([name, value]) => !companions.has(name) && value !== null && value !== undefined,
  )?.[0];
}
