import { type BinaryNode, proto, unpadRandomMax16 } from 'baileys';
import { toSnakeCase } from '../lib/index.ts';
import type { InboundContent, InboundRecord, InboundUpdate } from '../network/index.ts';
import { contentOf } from './content-of.ts';
import { chatRefOf, type Envelope, envelopeOf } from './envelope.ts';
import { chatKindOf, identityOf } from './jids.ts';
import { childOf, timeOf } from './stanza-bytes.ts';

const { Type: ProtocolType } = proto.Message.ProtocolMessage;

// What only our own phone may tell us; from anybody else it is an attempt to make us believe so.
const selfOnly = new Set([
  ProtocolType.HISTORY_SYNC_NOTIFICATION,
  ProtocolType.APP_STATE_SYNC_KEY_SHARE,
  ProtocolType.LID_MIGRATION_MAPPING_SYNC,
  ProtocolType.PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE,
]);

/**
 * What a message stanza says: a text is a text, anything else a person sent is `unsupported` with its kind. Stories and
 * newsletters are written to nobody in particular, so they are ignored.
 */
export function interpretMessage(node: BinaryNode, record: InboundRecord): readonly InboundUpdate[] {
  const envelope = envelopeOf(node, record.self);
  if (envelope.chat === 'story' || envelope.chat === 'newsletter') return [ignored(envelope.chat)];
  const networkId = node.attrs.id;
  if (networkId === undefined || networkId === '') return [ignored('message without id')];
  if (record.plaintexts.length === 0) return [interpretUnread(node, networkId, envelope, record)];

  const message = mergePlaintexts(record.plaintexts);
  const own = interpretProtocol(message, envelope);
  if (own !== undefined) return own;
  const content = contentOf(message);
  if (content === undefined) return [ignored('no content')];
  if (envelope.peer) return [ignored('peer message')];
  const raw = proto.Message.encode(message).finish();
  return [messageUpdate(node, networkId, envelope, { content, raw }, record)];
}

function ignored(why: string): InboundUpdate {
  return { kind: 'ignored', why };
}

function messageUpdate(
  node: BinaryNode,
  networkId: string,
  envelope: Envelope,
  said: { readonly content: InboundContent; readonly raw?: Uint8Array },
  record: InboundRecord,
): InboundUpdate {
  if (envelope.contact.phone === undefined && envelope.contact.lid === undefined) return ignored('unknown sender');
  return {
    kind: 'message',
    networkId,
    chat: chatRefOf(node, envelope),
    author: envelope.fromMe ? envelope.author : envelope.contact,
    fromMe: envelope.fromMe,
    ...said,
    atMs: timeOf(node, record.receivedAtMs),
  };
}

/** A stanza without any plaintext: one that failed, or one that came without encryption. */
function interpretUnread(
  node: BinaryNode,
  networkId: string,
  envelope: Envelope,
  record: InboundRecord,
): InboundUpdate {
  const { contact, peer } = envelope;
  if (record.failure !== undefined) {
    if (peer || (contact.phone === undefined && contact.lid === undefined)) return ignored('unreadable peer message');
    const atMs = timeOf(node, record.receivedAtMs);
    const chat = chatRefOf(node, envelope);
    return { kind: 'undecryptable', networkId, chat, author: contact, reason: record.failure, atMs };
  }
  if (peer) return ignored('peer message');
  return messageUpdate(node, networkId, envelope, { content: { type: 'unsupported', kind: bareKind(node) } }, record);
}

function bareKind(node: BinaryNode): string {
  const unavailable = childOf(node, 'unavailable');
  if (unavailable !== undefined) return `${toSnakeCase(unavailable.attrs.type ?? 'content')}_unavailable`;
  const type = childOf(node, 'enc')?.attrs.type;
  return type === 'msmsg' ? 'bot_message' : 'without_content';
}

/** The parts of one stanza make one message: a sender key in one, the words in another. Own devices wrap theirs. */
function mergePlaintexts(plaintexts: readonly Uint8Array[]): proto.IMessage {
  const messages = plaintexts.map((plaintext) => {
    const message = proto.Message.decode(unpadRandomMax16(plaintext));
    return message.deviceSentMessage?.message ?? message;
  });
  return Object.assign({}, ...messages);
}

/** What devices tell each other about protocol; undefined for what a person said. */
function interpretProtocol(message: proto.IMessage, envelope: Envelope): readonly InboundUpdate[] | undefined {
  const protocol = message.protocolMessage;
  if (protocol === null || protocol === undefined) return undefined;
  const type = protocol.type ?? ProtocolType.REVOKE;
  const name = (ProtocolType[type] ?? String(type)).toLowerCase();
  if (selfOnly.has(type)) {
    if (!envelope.fromMe) return [ignored(`${name} from somebody else`)];
    const resent = protocol.peerDataOperationRequestResponseMessage;
    return resent ? interpretResent(resent) : [ignored(name)];
  }
  if (envelope.peer) return [ignored(name)];
  return undefined;
}

/** Messages that did not come encrypted to us and that our phone sent again at Baileys' request. */
function interpretResent(response: proto.Message.IPeerDataOperationRequestResponseMessage): readonly InboundUpdate[] {
  const updates = (response.peerDataOperationResult ?? []).map((result): InboundUpdate => {
    const bytes = result.placeholderMessageResendResponse?.webMessageInfoBytes;
    return bytes ? interpretWebMessage(proto.WebMessageInfo.decode(bytes)) : ignored('peer answer');
  });
  return updates.length > 0 ? updates : [ignored('peer answer')];
}

function interpretWebMessage(info: proto.WebMessageInfo): InboundUpdate {
  const networkId = info.key?.id;
  const chat = chatKindOf(info.key?.remoteJid ?? undefined);
  const content = info.message ? contentOf(info.message) : undefined;
  if (!networkId || content === undefined || (chat !== 'person' && chat !== 'group')) return ignored('peer answer');
  const fromMe = info.key?.fromMe === true;
  const other = identityOf([info.key?.remoteJid ?? undefined], fromMe ? undefined : (info.pushName ?? undefined));
  const author =
    chat === 'group' ? identityOf([info.key?.participant ?? undefined], info.pushName ?? undefined) : other;
  if (author.phone === undefined && author.lid === undefined) return ignored('peer answer');
  return {
    kind: 'message',
    networkId,
    chat: chat === 'group' ? { kind: chat, address: info.key?.remoteJid ?? '' } : { kind: 'person', contact: other },
    author,
    fromMe,
    content,
    ...(info.message && { raw: proto.Message.encode(info.message).finish() }),
    atMs: Number(info.messageTimestamp ?? 0) * 1000,
  };
}
