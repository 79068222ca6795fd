import { isAdmin, isMember, membersOf } from '../groups/groups.ts';
import { nowMs, nowSeconds } from '../lib/clock.ts';
import { hasBlocked } from '../people/privacy.ts';
import { messageKey } from '../phones/history.ts';
import { parseJid, STORIES } from '../wire/jids.ts';
import { type BinaryNode, childNamed, childrenNamed, node } from '../wire/nodes.ts';
import { accountOfJid, jidOf } from '../world/accounts.ts';
import type { Group } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { readCopy, relayToClient, relayToPhone } from './hand-over.ts';
import type { LoggedIn } from './logged-in.ts';
import type { RelayPlan } from './relay-plan.ts';

const NOT_ALLOWED = 403;
const NO_SUCH_GROUP = 404;

/** What one device of a member gets: the message, and the sender's chain if it comes along. */
type Part = { account: AccountState; device: number; enc: BinaryNode; distribution: BinaryNode | undefined };

const deviceKey = (account: AccountState, device: number): string => `${account.account.number}:${device}`;

const distributionsIn = (world: World, stanza: BinaryNode): Map<string, BinaryNode> => {
  const found = new Map<string, BinaryNode>();
  for (const to of childrenNamed(childNamed(stanza, 'participants'), 'to')) {
    const jid = parseJid(to.attrs.jid);
    const account = accountOfJid(world, jid);
    const enc = childNamed(to, 'enc');
    if (account && jid && enc) found.set(deviceKey(account, jid.device), enc);
  }
  return found;
};

/** Everyone's devices but the one that sends; or the only one that a resend is meant for. */
const partsOf = (world: World, sender: LoggedIn, group: Group, stanza: BinaryNode): Part[] => {
  const enc = childNamed(stanza, 'enc');
  if (!enc) return [];
  const only = parseJid(stanza.attrs.participant);
  if (only) {
    const account = accountOfJid(world, only);
    return account && isMember(group, account) ? [{ account, device: only.device, enc, distribution: undefined }] : [];
  }
  const distributions = distributionsIn(world, stanza);
  return membersOf(world, group).flatMap((account) =>
    [...account.devices.keys()]
      .filter((device) => account !== sender.state || device !== sender.device.id)
      .map((device) => ({ account, device, enc, distribution: distributions.get(deviceKey(account, device)) })),
  );
};

/** Clients know their own stories by number only. */
const wrapPart = (sender: LoggedIn, chat: string, stanza: BinaryNode, part: Part): BinaryNode => {
  const addressing = chat === STORIES && part.account === sender.state ? 'pn' : 'lid';
  const other = addressing === 'lid' ? 'pn' : 'lid';
  const encs = part.distribution ? [part.distribution, part.enc] : [part.enc];
  const identity = encs.some(({ attrs }) => attrs.type === 'pkmsg') ? childNamed(stanza, 'device-identity') : undefined;
  const attributes = {
    from: chat,
    participant: jidOf(sender.state, addressing, sender.device.id),
    [`participant_${other}`]: jidOf(sender.state, other, sender.device.id),
    id: stanza.attrs.id,
    type: stanza.attrs.type,
    edit: stanza.attrs.edit,
    t: nowSeconds(),
    notify: sender.state.account.name,
    addressing_mode: addressing,
  };
  return node('message', attributes, identity ? [...encs, identity] : encs);
};

const copyOf = ({ device, enc, distribution }: Part) => {
  const copy = readCopy(device, enc);
  if (!distribution) return copy;
  const { type, bytes } = readCopy(device, distribution);
  return { ...copy, distribution: { type, bytes } };
};

const handOver = (world: World, sender: LoggedIn, chat: string, stanza: BinaryNode, parts: Part[]): void => {
  const { number } = sender.state.account;
  const id = stanza.attrs.id ?? '';
  const sequence = world.nextSequence();
  const askedFor = parts.some(({ account }) => account.awaitedResends.has(messageKey(number, id)));
  for (const [account, own] of Map.groupBy(parts, (part) => part.account)) {
    const [forClients, forPhone] = [true, false].map((isClient) =>
      own.filter(({ device }) => (account.devices.get(device)?.kind === 'client') === isClient),
    );
    for (const part of forClients ?? []) {
      relayToClient(world, account, part.device, wrapPart(sender, chat, stanza, part));
    }
    if (!forPhone?.length) continue;
    relayToPhone(world, account, {
      id,
      stanza: sequence,
      from: number,
      fromDevice: sender.device.id,
      to: chat,
      group: chat,
      askedFor,
      addressing: 'lid',
      peer: false,
      at: nowMs(),
      copies: forPhone.map(copyOf),
    });
  }
};

/** A client sends to a group: each device of each member gets the one ciphertext, and the chain if it lacks it. */
export const planGroupRelay = (world: World, sender: LoggedIn, stanza: BinaryNode): RelayPlan => {
  const group = world.groups.get(stanza.attrs.to ?? '');
  if (!group) return { kind: 'refused', code: NO_SUCH_GROUP };
  const mayWrite =
    !group.isCommunity && isMember(group, sender.state) && (!group.announce || isAdmin(group, sender.state));
  if (!mayWrite) return { kind: 'refused', code: NOT_ALLOWED };
  const parts = partsOf(world, sender, group, stanza);
  return { kind: 'relay', receivers: parts, handOver: () => handOver(world, sender, group.jid, stanza, parts) };
};

/** A client posts a story: those whose devices it names get it, unless they have blocked the person. */
export const planStoryRelay = (world: World, sender: LoggedIn, stanza: BinaryNode): RelayPlan => {
  const enc = childNamed(stanza, 'enc');
  const named = enc ? childrenNamed(childNamed(stanza, 'participants'), 'to') : [];
  const parts = named.flatMap((to): Part[] => {
    const jid = parseJid(to.attrs.jid);
    const account = accountOfJid(world, jid);
    if (!enc || !jid || !account?.devices.has(jid.device) || hasBlocked(account, sender.state)) return [];
    return [{ account, device: jid.device, enc, distribution: childNamed(to, 'enc') }];
  });
  return { kind: 'relay', receivers: parts, handOver: () => handOver(world, sender, STORIES, stanza, parts) };
};
