import { jidDecode } from 'baileys';
import type { Identity } from '../network/index.ts';

const phoneServers = new Set(['s.whatsapp.net', 'hosted', 'c.us']);
const lidServers = new Set(['lid', 'hosted.lid']);

/** Where stories go, and come from. */
export const storyJid = 'status@broadcast';

export type ChatKind = 'person' | 'group' | 'story' | 'broadcast' | 'newsletter' | 'other';

/** What kind of chat a JID names. */
export function chatKindOf(jid: string | undefined): ChatKind {
  const server = jidDecode(jid)?.server;
  if (server === undefined) return 'other';
  if (phoneServers.has(server) || lidServers.has(server)) return 'person';
  if (server === 'g.us') return 'group';
  if (server === 'newsletter') return 'newsletter';
  if (server === 'broadcast') return jid === storyJid ? 'story' : 'broadcast';
  return 'other';
}

export function isPhoneJid(jid: string | undefined): jid is string {
  const decoded = jidDecode(jid);
  return decoded !== undefined && phoneServers.has(decoded.server) && decoded.user !== '';
}

export function isLidJid(jid: string | undefined): jid is string {
  const decoded = jidDecode(jid);
  return decoded !== undefined && lidServers.has(decoded.server) && decoded.user !== '';
}

/** Everything that several JIDs and a name say about one person; the first of a kind wins. */
export function identityOf(jids: readonly (string | undefined)[], name?: string): Identity {
  const phone = jidDecode(jids.find(isPhoneJid))?.user;
  const lid = jidDecode(jids.find(isLidJid))?.user;
  return {
    ...(phone === undefined ? {} : { phone }),
    ...(lid === undefined ? {} : { lid }),
    ...(name === undefined || name === '' ? {} : { name }),
  };
}

/** True when any attribute that two identities share says that they are one. */
export function samePerson(one: Identity, other: Identity): boolean {
  if (one.lid !== undefined && one.lid === other.lid) return true;
  return one.phone !== undefined && one.phone === other.phone;
}

/** An address that stays the same whether WhatsApp names a person by number or by LID, as far as the stanza tells. */
export function stablePersonKey(identity: Identity): string {
  if (identity.lid !== undefined) return `lid:${identity.lid}`;
  return identity.phone === undefined ? '' : `pn:${identity.phone}`;
}

export function lidJid(lid: string): string {
  return `${lid}@lid`;
}

export function phoneJid(phone: string): string {
  return `${phone}@s.whatsapp.net`;
}
