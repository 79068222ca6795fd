import { normalizeMessageContent, proto } from 'baileys';
import type { Identity, MessageRef, OutboundMessage } from '../../network/index.ts';
import { chatKindOf, isLidJid, lidJid, phoneJid } from '../jids.ts';

/** The chat that a message goes to and who sends it: what any reference to another message depends on. */
export type Place = Pick<OutboundMessage, 'destination' | 'self'>;

/** By LID in groups, and where the chat itself is named by one; by number elsewhere. What is known decides at last. */
function personJid(identity: Identity, byLid: boolean): string {
  const lid = identity.lid === undefined ? undefined : lidJid(identity.lid);
  const phone = identity.phone === undefined ? undefined : phoneJid(identity.phone);
  const jid = byLid ? (lid ?? phone) : (phone ?? lid);
  if (jid === undefined) throw new Error('somebody who is referred to has neither number nor LID');
  return jid;
}

const namesByLid = (destination: string): boolean => chatKindOf(destination) === 'group' || isLidJid(destination);

/** How the number itself is named in a chat. */
export const ownJid = ({ self, destination }: Place): string => personJid(self, namesByLid(destination));

/** How a mention is written: by number where it is known, since the text names people by it. */
export const mentionJid = (identity: Identity): string => personJid(identity, false);

/** The author of a message that is referred to. The other side of a chat with one person is that chat. */
export function authorJid(ref: MessageRef, place: Place): string {
  if (ref.fromMe) return ownJid(place);
  return chatKindOf(place.destination) === 'group' ? personJid(ref.author, true) : place.destination;
}

/** How a message is named on the wire. Only in a group it takes a word about who wrote it. */
export function messageKey(ref: MessageRef, place: Place): proto.IMessageKey {
  const key = { remoteJid: place.destination, fromMe: ref.fromMe, id: ref.networkId };
  const named = chatKindOf(place.destination) === 'group' && !ref.fromMe;
  return named ? { ...key, participant: authorJid(ref, place) } : key;
}

/** The one field of a message that holds its words or its file. */
type ContentField = keyof proto.IMessage & `${string}Message`;

const companions = new Set<string>(['senderKeyDistributionMessage', 'fastRatchetKeySenderKeyDistributionMessage']);

/** Names the field that holds what a message says. */
export function fieldOf(message: proto.IMessage): ContentField | undefined {
  return asNames(message).find(
    (name): name is ContentField =>
      /Message(V\d+)?$/.test(name) && !companions.has(name) && message[name] !== null && message[name] !== undefined,
  );
}

/** `Object.keys` forgets that they are keys. */
function asNames(message: proto.IMessage): (keyof proto.IMessage)[] {
  return Object.keys(message) as (keyof proto.IMessage)[];
}

/**
 * What a message that is referred to says, out of all that it was wrapped in, without its own references to others, and as
 * it reads since it was edited. Undefined when its bytes are not there.
 */
export function readContent(
  ref: MessageRef,
): { field: ContentField; content: object; secret?: Uint8Array } | undefined {
  if (ref.raw === undefined) return undefined;
  const outer = proto.Message.decode(ref.raw);
  const message = normalizeMessageContent(outer) ?? {};
  const secret = (message.messageContextInfo ?? outer.messageContextInfo)?.messageSecret ?? undefined;
  const told = secret === undefined ? {} : { secret };
  if (message.conversation) {
    return { field: 'extendedTextMessage', content: { text: ref.editedText ?? message.conversation }, ...told };
  }
  const field = fieldOf(message);
  if (field === undefined) return undefined;
  return { field, content: withText({ ...message[field] }, ref.editedText), ...told };
}

/** What an edit changes: a text, or the caption of what has one. */
export function withText(content: object, text: string | undefined): object {
  if (text === undefined) return content;
  return 'text' in content ? { ...content, text } : { ...content, caption: text };
}

/** What of a message belongs to the place where it stood and not to what it says. */
export function contextIn(content: object): proto.IContextInfo {
  const { contextInfo } = content as { contextInfo?: proto.IContextInfo | null };
  return contextInfo ?? {};
}
