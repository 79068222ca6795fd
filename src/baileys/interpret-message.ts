import { type BinaryNode, proto } from 'baileys';
import { toSnakeCase } from '../lib/index.ts';
import type { Identity, InboundContent, InboundContext, InboundRecord, InboundUpdate } from '../network/index.ts';
import { wholeOf } from './bounds.ts';
import { changeOf } from './change-of.ts';
import { contentOf } from './content-of.ts';
import { contextOf } from './context-of.ts';
import { chatRefOf, type Envelope, envelopeOf } from './envelope.ts';
import { chatKindOf, identityOf } from './jids.ts';
import { openPlain, openPlaintexts } from './plaintexts.ts';
import { childOf, timeOf } from './stanza-bytes.ts';
import { unwrapMessage } from './unwrap-message.ts';

const { Type: ProtocolType } = proto.Message.ProtocolMessage;

// What only our own phone may tell us; from anybody else it is an attempt to make us believe so.
const selfOnly = new Set([
  ProtocolType.HISTORY_SYNC_NOTIFICATION,
  ProtocolType.APP_STATE_SYNC_KEY_SHARE,
  ProtocolType.LID_MIGRATION_MAPPING_SYNC,
  ProtocolType.PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE,
]);

/**
 * What a message stanza says: a message of a type, `unsupported` with its kind for what this program has no type for, or a
 * change of another message or of the chat. Whatever a person sent is one of these.
 */
export function interpretMessage(node: BinaryNode, record: InboundRecord): readonly InboundUpdate[] {
  const envelope = envelopeOf(node, record.self);
  const networkId = node.attrs.id;
  if (networkId === undefined || networkId === '') return [ignored('message without id')];
  if (envelope.chat === 'newsletter') return [interpretNewsletter(node, networkId, record)];
  if (record.plaintexts.length === 0) return [interpretUnread(node, networkId, envelope, record)];

  const said = openPlaintexts(record.plaintexts);
  if (said.kind === 'unreadable') {
    if (envelope.peer) return [ignored('unreadable peer message')];
    const content = { type: 'unsupported', kind: 'unreadable' } as const;
    return [messageUpdate(node, networkId, envelope, { content, raw: said.raw }, record)];
  }
  const { message, raw } = said;
  const own = interpretProtocol(message, envelope);
  if (own !== undefined) return own;
  const change = interpretChange(node, networkId, envelope, { message, raw }, record);
  if (change !== undefined) return [change];
  const content = contentOf(message) ?? (raw.byteLength > 0 ? unknownContent : undefined);
  if (content === undefined) return [ignored('no content')];
  if (envelope.peer) return [ignored('peer message')];
  const context = contextOf(message, record.self);
  return [messageUpdate(node, networkId, envelope, { content, ...(context && { context }), raw }, record)];
}

/** What changes another message, or how long messages of the chat stay; undefined for a message of its own. */
function interpretChange(
  node: BinaryNode,
  networkId: string,
  envelope: Envelope,
  said: { readonly message: proto.IMessage; readonly raw: Uint8Array },
  record: InboundRecord,
): InboundUpdate | undefined {
  const { author, contact, fromMe } = envelope;
  if (envelope.peer || (contact.phone ?? contact.lid) === undefined) return undefined;
  const chat = chatRefOf(node, envelope);
  const atMs = timeOf(node, record.receivedAtMs);
  const about = changeOf(said.message, node, envelope, record.self);
  if (about) {
    const who = { author: fromMe ? author : contact, fromMe };
    return { kind: 'message_change', networkId, chat, ...who, ...about, raw: said.raw, atMs };
  }
  const { protocolMessage } = unwrapMessage(said.message).message;
  // A group tells of its timer in notices, which only its admins can cause.
  if (chat.kind !== 'person' || protocolMessage?.type !== ProtocolType.EPHEMERAL_SETTING) return undefined;
  const seconds = wholeOf(protocolMessage.ephemeralExpiration) ?? 0;
  return { kind: 'chat_change', chat, change: { what: 'timer', seconds }, atMs, initial: false };
}

/** What newsletters say is not encrypted, and nobody in particular says it. */
function interpretNewsletter(node: BinaryNode, networkId: string, record: InboundRecord): InboundUpdate {
  const raw = childOf(node, 'plaintext')?.content;
  const said = raw instanceof Uint8Array ? openPlain(raw) : undefined;
  const content = said?.kind === 'read' ? contentOf(said.message) : undefined;
  const context = said?.kind === 'read' ? contextOf(said.message, record.self) : undefined;
  return {
    kind: 'message',
    networkId,
    chat: { kind: 'newsletter', address: node.attrs.from ?? '' },
    author: {},
    fromMe: false,
    content: content ?? { type: 'unsupported', kind: said === undefined ? bareKind(node) : 'unreadable' },
    ...(context && { context }),
    ...(said && { raw: said.raw }),
    atMs: timeOf(node, record.receivedAtMs),
  };
}

/** Something was said in words that came up after this program. */
const unknownContent: InboundContent = { type: 'unsupported', kind: 'unknown' };

function ignored(why: string): InboundUpdate {
  return { kind: 'ignored', why };
}

function messageUpdate(
  node: BinaryNode,
  networkId: string,
  envelope: Envelope,
  said: { readonly content: InboundContent; readonly context?: InboundContext; readonly raw?: Uint8Array },
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

/** What devices tell each other about protocol; undefined for what a person said. */
function interpretProtocol(message: proto.IMessage, envelope: Envelope): readonly InboundUpdate[] | undefined {
  const protocol = message.protocolMessage;
  if (protocol === null || protocol === undefined) return undefined;
  const type = protocol.type ?? ProtocolType.REVOKE;
  const name = (ProtocolType[type] ?? String(type)).toLowerCase();
  if (selfOnly.has(type)) {
    if (!envelope.fromMe) return [ignored(`${name} from somebody else`)];
    const resent = protocol.peerDataOperationRequestResponseMessage;
    return resent ? interpretResent(resent, envelope.author) : [ignored(name)];
  }
  if (envelope.peer) return [ignored(name)];
  return undefined;
}

/** Messages that did not come encrypted to us and that our phone sent again at Baileys' request. */
function interpretResent(
  response: proto.Message.IPeerDataOperationRequestResponseMessage,
  self: Identity,
): readonly InboundUpdate[] {
  const updates = (response.peerDataOperationResult ?? []).map((result): InboundUpdate => {
    const bytes = result.placeholderMessageResendResponse?.webMessageInfoBytes;
    return bytes ? interpretWebMessage(proto.WebMessageInfo.decode(bytes), self) : ignored('peer answer');
  });
  return updates.length > 0 ? updates : [ignored('peer answer')];
}

function interpretWebMessage(info: proto.WebMessageInfo, self: Identity): InboundUpdate {
  const networkId = info.key?.id;
  const chat = chatKindOf(info.key?.remoteJid ?? undefined);
  const content = info.message ? contentOf(info.message) : undefined;
  if (!networkId || content === undefined || (chat !== 'person' && chat !== 'group')) return ignored('peer answer');
  const fromMe = info.key?.fromMe === true;
  const other = identityOf([info.key?.remoteJid ?? undefined], fromMe ? undefined : (info.pushName ?? undefined));
  const author =
    chat === 'group' ? identityOf([info.key?.participant ?? undefined], info.pushName ?? undefined) : other;
  if (author.phone === undefined && author.lid === undefined) return ignored('peer answer');
  const context = info.message ? contextOf(info.message, self) : undefined;
  return {
    kind: 'message',
    networkId,
    chat: chat === 'group' ? { kind: chat, address: info.key?.remoteJid ?? '' } : { kind: 'person', contact: other },
    author,
    fromMe,
    content,
    ...(context && { context }),
    ...(info.message && { raw: proto.Message.encode(info.message).finish() }),
    atMs: Number(info.messageTimestamp ?? 0) * 1000,
  };
}
