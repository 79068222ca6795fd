import { randomBytes } from 'node:crypto';
import { proto } from 'baileys';
import type { OutboundMessage } from '../network/index.ts';
import { buildContent } from './payloads/content.ts';
import { addContext } from './payloads/context.ts';
import { wrapViewOnce } from './payloads/files.ts';

const idBytes = 9;
const messageSecretBytes = 32;
const changes: ReadonlySet<string> = new Set(['reaction', 'poll_vote', 'edit', 'delete']);

/** WhatsApp Web's own shape: `3EB0` and 18 hexadecimal digits, which other clients take for a companion's message. */
export function newMessageId(): string {
  return `3EB0${randomBytes(idBytes).toString('hex').toUpperCase()}`;
}

/**
 * The protobuf that every attempt carries, its random parts drawn once. WhatsApp Web gives each message a secret that
 * later edits, votes and reports refer to; what only changes another message has none.
 */
export function buildPayload(outbound: OutboundMessage): Uint8Array {
  const message = wrapped(addContext(buildContent(outbound), outbound), outbound);
  const secret = { messageContextInfo: { messageSecret: randomBytes(messageSecretBytes) } };
  const bytes = proto.Message.encode(changes.has(outbound.content.type) ? message : { ...message, ...secret }).finish();
  if (!Buffer.from(encodePayload(decodePayload(bytes))).equals(bytes)) {
    throw new Error('A payload changes when it is decoded and encoded again.');
  }
  return bytes;
}

const wrapped = (message: proto.IMessage, { content }: OutboundMessage): proto.IMessage =>
  'viewOnce' in content && content.viewOnce ? wrapViewOnce(message) : message;

/** Baileys takes messages and encodes them itself: for what `buildPayload` made that gives the same bytes back. */
export function decodePayload(bytes: Uint8Array): proto.Message {
  return proto.Message.decode(bytes);
}

function encodePayload(message: proto.Message): Uint8Array {
  return proto.Message.encode(message).finish();
}
