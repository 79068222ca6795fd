import type { BinaryNode } from 'baileys';
import type { ChatRef, InboundRecord, InboundUpdate } from '../network/index.ts';
import { chatOf } from './interpret-app-state.ts';
import { chatKindOf, identityOf, samePerson } from './jids.ts';
import { childOf, childrenOf, timeOf } from './stanza-bytes.ts';

// No type is a delivery; `inactive` is one to a device that nobody looks at.
const receiptNames: Readonly<Record<string, 'delivered' | 'read' | 'played'>> = {
  '': 'delivered',
  inactive: 'delivered',
  read: 'read',
  played: 'played',
};

/**
 * What a receipt says about messages of ours, and whose it is. Receipts between our own devices and retry requests (Baileys
 * answers them) say nothing to anybody else.
 */
export function interpretReceipt(node: BinaryNode, record: InboundRecord): InboundUpdate {
  const own = interpretReading(node, record);
  if (own !== undefined) return own;
  const { attrs } = node;
  const type = attrs.type ?? '';
  const receipt = Object.hasOwn(receiptNames, type) ? receiptNames[type] : undefined;
  if (receipt === undefined) return { kind: 'ignored', why: `receipt ${type}` };
  const kind = chatKindOf(attrs.from);
  if (kind !== 'person' && kind !== 'group' && kind !== 'story')
    return { kind: 'ignored', why: `receipt of a ${kind}` };
  const contact = identityOf([
    ...(kind === 'person' ? [attrs.from] : [attrs.participant]),
    attrs.sender_pn,
    attrs.sender_lid,
    attrs.participant_pn,
    attrs.participant_lid,
  ]);
  if (attrs.recipient !== undefined || samePerson(contact, record.self)) {
    return { kind: 'ignored', why: 'receipt of our own device' };
  }
  const networkIds = idsOf(node);
  if (networkIds.length === 0) return { kind: 'ignored', why: 'receipt without id' };
  if ((contact.phone ?? contact.lid) === undefined) return { kind: 'ignored', why: 'receipt of nobody' };
  const chat: ChatRef = kind === 'person' ? { kind, contact } : { kind, address: attrs.from ?? '' };
  return { kind: 'receipt', networkIds, receipt, chat, contact, atMs: timeOf(node, record.receivedAtMs) };
}

const readingTypes = new Set(['read', 'read-self', 'played', 'played-self']);

/** What another device of ours says that it has read; in a group it stands as participant, and else it names the chat. */
function interpretReading(node: BinaryNode, record: InboundRecord): InboundUpdate | undefined {
  const { attrs } = node;
  if (!readingTypes.has(attrs.type ?? '')) return undefined;
  const shared = chatKindOf(attrs.from) !== 'person';
  if (!samePerson(identityOf([shared ? attrs.participant : attrs.from]), record.self)) return undefined;
  const chat = chatOf((shared ? attrs.from : attrs.recipient) ?? '');
  const networkIds = idsOf(node);
  if (chat === undefined || networkIds.length === 0) return undefined;
  return { kind: 'chat_read', chat, networkIds, atMs: timeOf(node, record.receivedAtMs) };
}

/** The first id is the stanza's own; further ones come in a list, which may name the first again. */
function idsOf(node: BinaryNode): readonly string[] {
  const listed = childrenOf(childOf(node, 'list')).map((item) => item.attrs.id);
  return [...new Set([node.attrs.id, ...listed])].flatMap((id) => (id === undefined || id === '' ? [] : [id]));
}
