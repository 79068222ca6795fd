import { randomBytes } from 'node:crypto';
import { enqueueStanza } from '../clients/outbox.ts';
import { nowMs, nowSeconds, startTimer } from '../lib/clock.ts';
import { randomStanzaId } from '../lib/random.ts';
import { type BinaryNode, node } from '../wire/nodes.ts';
import { clientsOf, jidOf } from '../world/accounts.ts';
import type { AccountState, Call, World } from '../world/world.ts';
import { hasBlocked } from './privacy.ts';

/** Calls as clients meet them: they hear of them and can turn them down. Nobody hears a voice. */

/** Calls that are remembered; the oldest go. */
const CALLS_MAX = 10_000;

/** Tells the clients of somebody who is called what happens, on behalf of who does it. */
const signal = (world: World, by: AccountState, callee: AccountState, what: BinaryNode, passOver?: number): void => {
  for (const client of clientsOf(callee)) {
    if (client.id === passOver) continue;
    const attributes = { from: jidOf(by, 'lid'), id: randomStanzaId(), t: nowSeconds(), notify: by.account.name };
    enqueueStanza(world, callee, client.id, node('call', attributes, [what]));
  }
};

/** Everybody in the call has something new to look at. */
const note = (world: World, call: Call): void => {
  for (const number of [call.from, ...call.callees]) world.changes.note(number);
};

const calleesOf = (world: World, call: Call): AccountState[] =>
  call.callees.flatMap((number) => world.accounts.get(number) ?? []);

/** What every word about a call starts from: which one it is. */
const naming = (world: World, call: Call): Record<string, string> => {
  const caller = world.accounts.get(call.from);
  return { 'call-id': call.id, 'call-creator': caller ? jidOf(caller, 'lid') : '' };
};

const offerOf = (world: World, call: Call, caller: AccountState): BinaryNode => {
  const group = world.groups.has(call.to) ? call.to : undefined;
  const attributes = { ...naming(world, call), caller_pn: jidOf(caller, 'pn'), device_class: '2016', joinable: '1' };
  return node('offer', { ...attributes, 'group-jid': group }, [
    node('audio', { enc: 'opus', rate: '16000' }),
    ...(call.video ? [node('video', { enc: 'h.264', dec: 'H264', orientation: '0' })] : []),
    node('net', { medium: '3' }),
    node('encopt', { keygen: '2' }),
  ]);
};

const terminate = (
  world: World,
  call: Call,
  callee: AccountState,
  reason: 'timeout' | 'accepted_elsewhere' | 'rejected_elsewhere' | undefined,
): void => {
  const caller = world.accounts.get(call.from);
  if (caller) signal(world, caller, callee, node('terminate', { ...naming(world, call), reason }));
};

export type CallInput = {
  /** A number, or the JID of a group. */
  to: string;
  callees: AccountState[];
  video: boolean;
  /** After so long without an answer the caller gives up. */
  ringMs: number;
};

/** A person calls somebody, or the others of a group. Who has blocked the person hears nothing of it. */
export const startCall = (world: World, caller: AccountState, { to, callees, video, ringMs }: CallInput): Call => {
  const reached = callees.filter((callee) => callee !== caller && !hasBlocked(callee, caller));
  const call: Call = {
    id: randomBytes(16).toString('hex').toUpperCase(),
    from: caller.account.number,
    to,
    callees: reached.map(({ account }) => account.number),
    video,
    state: 'ringing',
    at: nowMs(),
    answeredBy: undefined,
  };
  world.calls.set(call.id, call);
  const [oldest] = world.calls.keys();
  if (world.calls.size > CALLS_MAX && oldest !== undefined) world.calls.delete(oldest);
  note(world, call);
  for (const callee of reached) signal(world, caller, callee, offerOf(world, call, caller));
  startTimer(ringMs, () => {
    if (call.state !== 'ringing') return;
    call.state = 'missed';
    note(world, call);
    for (const callee of calleesOf(world, call)) terminate(world, call, callee, 'timeout');
  });
  return call;
};

/** One side hangs up. What rang until then stops ringing. */
export const hangUp = (world: World, call: Call): void => {
  const rang = call.state === 'ringing';
  call.state = 'ended';
  note(world, call);
  if (rang) for (const callee of calleesOf(world, call)) terminate(world, call, callee, undefined);
};

/**
 * Somebody who is called takes the call or turns it down, on the phone or with a client: the person's other clients hear of
 * it, and that the call is no longer theirs. A group goes on ringing for the others when one turns it down.
 */
export const answerCall = (
  world: World,
  call: Call,
  callee: AccountState,
  answer: 'accept' | 'reject',
  byClient?: number,
): void => {
  signal(world, callee, callee, node(answer, naming(world, call)), byClient);
  terminate(world, call, callee, answer === 'accept' ? 'accepted_elsewhere' : 'rejected_elsewhere');
  if (answer === 'reject' && call.callees.length > 1) return;
  call.state = answer === 'accept' ? 'accepted' : 'rejected';
  call.answeredBy = { number: callee.account.number, device: byClient ?? 0 };
  note(world, call);
};

/** The calls that a person has made or got, oldest first. */
export const callsOf = (world: World, state: AccountState): Call[] => {
  const { number } = state.account;
  return [...world.calls.values()].filter(({ from, callees }) => from === number || callees.includes(number));
};
