import type { BinaryNode, WASocket } from 'baileys';
import type { Identity, MemberOutcome, MemberResult } from '../network/index.ts';
import { msOf, participantsOf, personOf } from './group-info.ts';
import { lidJid, phoneJid, samePerson } from './jids.ts';
import { childOf } from './stanza-bytes.ts';

/** Where what concerns no single group is asked. */
export const atLarge = '@g.us';

type Content = BinaryNode['content'];

export function node(tag: string, attrs: Record<string, string> = {}, content?: Content): BinaryNode {
  return content === undefined ? { tag, attrs } : { tag, attrs, content };
}

/** Puts one question or order about groups to WhatsApp. Throws what it refuses with, and when it says nothing. */
export async function askGroups(
  socket: WASocket,
  to: string,
  type: 'get' | 'set',
  asked: BinaryNode,
): Promise<BinaryNode> {
  return ask(socket, node('iq', { to, type, xmlns: 'w:g2' }, [asked]));
}

export async function ask(socket: WASocket, iq: BinaryNode): Promise<BinaryNode> {
  const answer: BinaryNode | undefined = await socket.query(iq);
  if (answer === undefined) throw new Error('WhatsApp did not answer in time');
  return answer;
}

/** The part of an answer without which it says nothing. */
export function requireChild(answer: BinaryNode, tag: string): BinaryNode {
  const child = childOf(answer, tag);
  if (child === undefined) throw new Error(`WhatsApp answered without ${tag}`);
  return child;
}

/** People are named by LID, as in the groups themselves; who is added is named by number beside it. */
export function participantNode({ phone, lid }: Identity, withNumber: boolean): BinaryNode {
  if (lid === undefined) return node('participant', { jid: phoneJid(phone ?? '') });
  const number = withNumber && phone !== undefined ? { phone_number: phoneJid(phone) } : {};
  return node('participant', { jid: lidJid(lid), ...number });
}

/** What a person is answered with; a code means something else for each thing that is done. */
const outcomes: Readonly<Record<string, MemberOutcome>> = {
  '200': 'done',
  '404': 'not_in_group',
  '405': 'not_allowed',
  '406': 'not_allowed',
  '408': 'recently_left',
  '409': 'already_in',
  '419': 'group_full',
};

export type Answering = 'add' | 'change' | 'decide';

/** The results for people in the order in which they were asked about, whatever order they are answered in. */
export function resultsOf(
  people: readonly Identity[],
  answered: BinaryNode | undefined,
  answering: Answering,
): readonly MemberResult[] {
  const participants = participantsOf(answered);
  return people.map((person, index) => {
    const named = participants.find((one) => samePerson(personOf(one) ?? {}, person));
    const participant = named ?? (participants.length === people.length ? participants[index] : undefined);
    return participant === undefined ? { outcome: 'refused', person } : resultOf(person, participant, answering);
  });
}

function resultOf(asked: Identity, participant: BinaryNode, answering: Answering): MemberResult {
  const person = { ...asked, ...personOf(participant) };
  const request = childOf(participant, 'add_request');
  const { code, expiration } = request?.attrs ?? {};
  const expiresAtMs = msOf(expiration);
  const outcome = outcomeOf(participant.attrs.error ?? '200', answering);
  if (code === undefined || expiresAtMs === undefined) return { outcome, person };
  return { outcome: 'invitation_required', person, invitation: { code, expiresAtMs } };
}

function outcomeOf(code: string, answering: Answering): MemberOutcome {
  if (code === '404' && answering === 'add') return 'not_on_whatsapp';
  if (code === '404' && answering === 'decide') return 'not_requested';
  return outcomes[code] ?? 'refused';
}
