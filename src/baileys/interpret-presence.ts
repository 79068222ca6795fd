import type { BinaryNode } from 'baileys';
import type { Identity, PresenceUpdate } from '../network/index.ts';
import { chatOf } from './interpret-app-state.ts';
import { identityOf, samePerson } from './jids.ts';
import { childrenOf } from './stanza-bytes.ts';

/** What a presence or a chatstate says of somebody else; undefined for what is about ourselves or about nobody. */
export function interpretPresence(node: BinaryNode, self: Identity): PresenceUpdate | undefined {
  const { attrs } = node;
  const chat = chatOf(attrs.from ?? '');
  const contact = identityOf([attrs.participant ?? attrs.from]);
  const presence = presenceOf(node);
  const nobody = contact.phone === undefined && contact.lid === undefined;
  if (chat === undefined || presence === undefined || nobody || samePerson(contact, self)) return undefined;
  const last = Number(attrs.last);
  return { chat, contact, presence, lastSeenAtMs: Number.isSafeInteger(last) && last > 0 ? last * 1000 : null };
}

function presenceOf(node: BinaryNode): PresenceUpdate['presence'] | undefined {
  if (node.tag === 'presence') return node.attrs.type === 'unavailable' ? 'unavailable' : 'available';
  const [state] = childrenOf(node);
  if (state?.tag === 'paused') return 'paused';
  if (state?.tag !== 'composing') return undefined;
  return state.attrs.media === 'audio' ? 'recording' : 'typing';
}
