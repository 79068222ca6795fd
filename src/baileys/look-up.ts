import type { BinaryNode, WASocket } from 'baileys';
import { listOtherSpellings } from '../lib/index.ts';
import type { LookUp } from '../network/index.ts';
import { identityOf, isLidJid, isPhoneJid, phoneJid } from './jids.ts';
import { childOf, childrenOf, textOf } from './stanza-bytes.ts';

type Found = {
  readonly asked: string | undefined;
  readonly jid: string | undefined;
  readonly lid: string | undefined;
  readonly exists: boolean;
};

/**
 * Asks WhatsApp about phone numbers, all in one query, each in every spelling it may be known by. Its answer repeats what
 * was asked, because the number that it knows somebody by may differ (a digit that a country once added). The destination is by number: Baileys keeps the one
 * Signal session of a person under the LID either way, once the mapping is known, which is stored here.
 */
export async function lookUpPhones(
  socket: Pick<WASocket, 'query' | 'generateMessageTag' | 'signalRepository'>,
  phones: readonly string[],
  timeoutMs: number,
): Promise<readonly LookUp[]> {
  if (phones.length === 0) return [];
  const asked = [...new Set(phones.flatMap(spellingsOf))];
  const answer = await socket.query(buildQuery(asked, socket.generateMessageTag()), timeoutMs);
  if (answer === undefined) throw new Error('WhatsApp did not answer in time.');
  const found = readAnswer(answer);
  const pairs = found.flatMap(({ jid, lid }) => (isPhoneJid(jid) && isLidJid(lid) ? [{ pn: jid, lid }] : []));
  await socket.signalRepository.lidMapping.storeLIDPNMappings(pairs);
  return phones.map((phone) => lookUpOf(phone, found));
}

const spellingsOf = (phone: string): readonly string[] => [phone, ...listOtherSpellings(phone)];

function lookUpOf(phone: string, found: readonly Found[]): LookUp {
  const matches = spellingsOf(phone).map((spelling) => answerTo(spelling, found));
  const match = matches.find((one) => one?.exists === true);
  if (match === undefined || !isPhoneJid(match.jid)) return { phone, exists: false };
  return { phone, exists: true, identity: identityOf([match.jid, match.lid]), destination: match.jid };
}

const answerTo = (phone: string, found: readonly Found[]): Found | undefined =>
  found.find((one) => one.asked === phone) ?? found.find((one) => one.jid === phoneJid(phone));

function readAnswer(answer: BinaryNode): readonly Found[] {
  return childrenOf(childOf(childOf(answer, 'usync'), 'list')).map((user) => {
    const contact = childOf(user, 'contact');
    return {
      asked: textOf(contact)?.replace(/^\+/, ''),
      jid: user.attrs.jid,
      lid: childOf(user, 'lid')?.attrs.val,
      exists: contact?.attrs.type === 'in',
    };
  });
}

function buildQuery(phones: readonly string[], sid: string): BinaryNode {
  const users = phones.map((phone) => node('user', {}, [node('contact', {}, `+${phone}`)]));
  const wanted = node('query', {}, [node('contact', {}), node('lid', {})]);
  const attrs = { context: 'interactive', mode: 'query', sid, last: 'true', index: '0' };
  const usync = node('usync', attrs, [wanted, node('list', {}, users)]);
  return node('iq', { to: '@s.whatsapp.net', type: 'get', xmlns: 'usync' }, [usync]);
}

function node(tag: string, attrs: Record<string, string>, content?: BinaryNode[] | string): BinaryNode {
  return content === undefined ? { tag, attrs } : { tag, attrs, content };
}
