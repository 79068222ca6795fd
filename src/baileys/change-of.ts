import { type BinaryNode, proto } from 'baileys';
import type { Identity, InboundChange, MessageTarget } from '../network/index.ts';
import { createBounds, present, wholeOf } from './bounds.ts';
import { contentOf } from './content-of.ts';
import type { Envelope } from './envelope.ts';
import { identityOf, samePerson } from './jids.ts';
import { unwrapMessage } from './unwrap-message.ts';

const idCharsMax = 128;
const emojiCharsMax = 64;
const adminDeletion = '8';

const { Type: ProtocolType } = proto.Message.ProtocolMessage;
const { Type: PinType } = proto.Message.PinInChatMessage;
const { SecretEncType } = proto.Message.SecretEncryptedMessage;

type Change = InboundChange['change'];
type About = { readonly key: proto.IMessageKey | null | undefined; readonly change: Change };

/** What a message does to another one; undefined when it is a message of its own, or does not say to which. */
export function changeOf(
  message: proto.IMessage,
  node: BinaryNode,
  envelope: Envelope,
  self: Identity,
): { readonly target: MessageTarget; readonly change: Change } | undefined {
  const { message: inner } = unwrapMessage(message);
  const about = plainChangeIn(inner, node) ?? lastingChangeIn(message, inner) ?? sealedChangeIn(inner);
  const target = about && targetOf(about.key, envelope, self);
  return target && { target, change: about.change };
}

function plainChangeIn(message: proto.IMessage, node: BinaryNode): About | undefined {
  const { reactionMessage, protocolMessage } = message;
  if (reactionMessage) {
    const emoji = createBounds().text(reactionMessage.text, emojiCharsMax) ?? null;
    return { key: reactionMessage.key, change: { type: 'reaction', emoji } };
  }
  if (!protocolMessage) return undefined;
  const { key, editedMessage } = protocolMessage;
  const type = protocolMessage.type ?? ProtocolType.REVOKE;
  if (type === ProtocolType.REVOKE) {
    return { key, change: { type: 'delete', byAdmin: node.attrs.edit === adminDeletion } };
  }
  const content = type === ProtocolType.MESSAGE_EDIT && editedMessage ? contentOf(editedMessage) : undefined;
  return content && { key, change: { type: 'edit', content } };
}

function lastingChangeIn(outer: proto.IMessage, message: proto.IMessage): About | undefined {
  const { pinInChatMessage: pin, keepInChatMessage: keep } = message;
  if (pin) {
    const info = outer.messageContextInfo ?? message.messageContextInfo;
    const seconds = wholeOf(info?.messageAddOnDurationInSecs) || undefined;
    const on = pin.type === PinType.PIN_FOR_ALL;
    return { key: pin.key, change: present({ type: 'pin' as const, on, seconds }) };
  }
  return keep
    ? { key: keep.key, change: { type: 'keep', on: keep.keepType === proto.KeepType.KEEP_FOR_ALL } }
    : undefined;
}

function sealedChangeIn(message: proto.IMessage): About | undefined {
  const { pollUpdateMessage, encEventResponseMessage, encReactionMessage, secretEncryptedMessage } = message;
  if (pollUpdateMessage) return { key: pollUpdateMessage.pollCreationMessageKey, change: sealed('poll_vote') };
  if (encEventResponseMessage) {
    return { key: encEventResponseMessage.eventCreationMessageKey, change: sealed('event_response') };
  }
  if (encReactionMessage) return { key: encReactionMessage.targetMessageKey, change: sealed('reaction') };
  const isEdit = (secretEncryptedMessage?.secretEncType ?? SecretEncType.UNKNOWN) !== SecretEncType.UNKNOWN;
  return isEdit ? { key: secretEncryptedMessage?.targetMessageKey, change: sealed('edit') } : undefined;
}

const sealed = (what: Extract<Change, { type: 'sealed' }>['what']): Change => ({ type: 'sealed', what });

/**
 * The message that a key names. Keys are written as who sends them sees it: their `fromMe` is what they wrote themselves, and
 * between two people everything else was written by the other.
 */
function targetOf(
  key: proto.IMessageKey | null | undefined,
  envelope: Envelope,
  self: Identity,
): MessageTarget | undefined {
  const networkId = createBounds().text(key?.id, idCharsMax);
  if (networkId === undefined) return undefined;
  if (key?.fromMe === true) return written(networkId, envelope.author, envelope.fromMe);
  if (envelope.chat === 'person' || envelope.chat === 'broadcast') {
    return envelope.fromMe ? { networkId, fromMe: false, author: envelope.contact } : { networkId, fromMe: true };
  }
  const author = identityOf([key?.participant ?? undefined]);
  return written(networkId, author, samePerson(author, self));
}

function written(networkId: string, author: Identity, fromMe: boolean): MessageTarget {
  if (fromMe) return { networkId, fromMe };
  return { networkId, fromMe: false, ...((author.phone ?? author.lid) !== undefined && { author }) };
}
