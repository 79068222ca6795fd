import { proto } from 'baileys';
import type { OutboundContent } from '../../network/index.ts';
import { contextIn, messageKey, type Place, readContent, withText } from './references.ts';

type Of<T extends OutboundContent['type']> = Extract<OutboundContent, { type: T }>;
type At = Place & { readonly atMs: number };

const { Type } = proto.Message.ProtocolMessage;

export function buildReaction({ target, emoji }: Of<'reaction'>, at: At): proto.IMessage {
  return {
    reactionMessage: { key: messageKey(target, at), text: emoji ?? '', senderTimestampMs: at.atMs },
  };
}

/** Carries the message whole, as it shall be: for a file that is everything about it beside the new caption. */
export function buildEdit({ target, text }: Of<'edit'>, at: At): proto.IMessage {
  const original = readContent(target);
  if (original === undefined) throw new Error(`the bytes of message ${target.networkId} are not there`);
  const editedMessage = { [original.field]: { ...withText(original.content, text), contextInfo: null } };
  const protocolMessage = { key: messageKey(target, at), type: Type.MESSAGE_EDIT, editedMessage, timestampMs: at.atMs };
  return { editedMessage: { message: { protocolMessage } } };
}

export function buildDelete({ target }: Of<'delete'>, at: At): proto.IMessage {
  return { protocolMessage: { key: messageKey(target, at), type: Type.REVOKE } };
}

/** What one wrote oneself is not marked as forwarded the first time, as on phones. */
export function buildForward({ target }: Of<'forward'>): proto.IMessage {
  const original = readContent(target);
  if (original === undefined) throw new Error(`the bytes of message ${target.networkId} are not there`);
  const forwardingScore = (contextIn(original.content).forwardingScore ?? 0) + (target.fromMe ? 0 : 1);
  const contextInfo = forwardingScore > 0 ? { forwardingScore, isForwarded: true } : null;
  return { [original.field]: { ...original.content, contextInfo } };
}
