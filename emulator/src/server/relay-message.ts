import { isOutboxFull } from '../clients/outbox.ts';
import { isGroupJid } from '../groups/groups.ts';
import { nowMs, nowSeconds } from '../lib/clock.ts';
import { isNewsletterJid } from '../newsletters/newsletters.ts';
import { hasBlocked } from '../people/privacy.ts';
import { mayWriteTo } from '../people/restriction.ts';
import { type Addressing, parseJid, STORIES } from '../wire/jids.ts';
import { type BinaryNode, childNamed, childrenNamed, node } from '../wire/nodes.ts';
import { accountOfJid, findAccount, jidOf } from '../world/accounts.ts';
import type { AccountState, World } from '../world/world.ts';
import { readCopy, relayToClient, relayToPhone } from './hand-over.ts';
import type { LoggedIn } from './logged-in.ts';
import { receiveForNewsletter } from './newsletter-stanzas.ts';
import type { RelayPlan } from './relay-plan.ts';
import { planGroupRelay, planStoryRelay } from './relay-to-many.ts';

const NACK_DEFAULT = 479;
/** Broadcast lists are not spoken yet; the real server answers unknown chats with this. */
const NACK_NO_SUCH_CHAT = 404;
const NACK_NO_ROOM = 503;
/** The account may start no new chats for a while. */
const NACK_RESTRICTED = 463;

type Routed = { account: AccountState; device: number; enc: BinaryNode };

const ackOf = (stanza: BinaryNode, error?: number): BinaryNode =>
  node('ack', {
    class: 'message',
    id: stanza.attrs.id,
    from: stanza.attrs.to,
    participant: stanza.attrs.participant,
    t: nowSeconds(),
    error: error?.toString(),
  });

const routeCopies = (world: World, stanza: BinaryNode): Routed[] => {
  const routed: Routed[] = [];
  const add = (to: string | undefined, enc: BinaryNode | undefined): void => {
    const jid = parseJid(to);
    const account = accountOfJid(world, jid);
    if (account && jid && enc) routed.push({ account, device: jid.device, enc });
  };
  const direct = childNamed(stanza, 'enc');
  if (direct) {
    // Peer messages and resends to one device. A resend names the device among the participants as well: still one copy.
    add(stanza.attrs.to, direct);
    return routed;
  }
  for (const to of childrenNamed(childNamed(stanza, 'participants'), 'to')) add(to.attrs.jid, childNamed(to, 'enc'));
  return routed;
};

/** A copy as the server hands it on to another client. */
const wrapForClient = (
  sender: LoggedIn,
  receiver: AccountState,
  chat: AccountState,
  addressing: Addressing,
  stanza: BinaryNode,
  enc: BinaryNode,
): BinaryNode => {
  const own = receiver === sender.state;
  const other = addressing === 'lid' ? 'pn' : 'lid';
  const identity = enc.attrs.type === 'pkmsg' ? childNamed(stanza, 'device-identity') : undefined;
  return node(
    'message',
    {
      from: jidOf(sender.state, addressing, sender.device.id),
      id: stanza.attrs.id,
      type: stanza.attrs.type,
      edit: stanza.attrs.edit,
      category: stanza.attrs.category,
      t: nowSeconds(),
      notify: sender.state.account.name,
      recipient: own ? jidOf(chat, addressing) : undefined,
      addressing_mode: addressing,
      [own ? `peer_recipient_${other}` : `sender_${other}`]: jidOf(own ? chat : sender.state, other),
    },
    identity ? [enc, identity] : [enc],
  );
};

const distribute = (world: World, sender: LoggedIn, chat: AccountState, stanza: BinaryNode, routed: Routed[]): void => {
  const addressing = parseJid(stanza.attrs.recipient ?? stanza.attrs.to)?.addressing ?? 'pn';
  const sequence = world.nextSequence();
  const forPhones = new Map<AccountState, Routed[]>();
  for (const copy of routed) {
    const device = copy.account.devices.get(copy.device);
    if (device?.kind === 'client') {
      const wrapped = wrapForClient(sender, copy.account, chat, addressing, stanza, copy.enc);
      relayToClient(world, copy.account, device.id, wrapped);
    } else if (device) {
      forPhones.set(copy.account, [...(forPhones.get(copy.account) ?? []), copy]);
    }
  }
  for (const [account, copies] of forPhones) {
    relayToPhone(world, account, {
      id: stanza.attrs.id ?? '',
      stanza: sequence,
      from: sender.state.account.number,
      fromDevice: sender.device.id,
      to: chat.account.number,
      addressing,
      peer: stanza.attrs.category === 'peer',
      at: nowMs(),
      copies: copies.map(({ device, enc }) => readCopy(device, enc)),
    });
  }
};

const planDirect = (world: World, sender: LoggedIn, stanza: BinaryNode): RelayPlan => {
  const to = stanza.attrs.recipient ?? stanza.attrs.to;
  if (!parseJid(to)) return { kind: 'refused', code: NACK_NO_SUCH_CHAT };
  // Who is blocked is told nothing of it: the server takes the message and that is all.
  const chat = findAccount(world, to);
  if (chat && stanza.attrs.category !== 'peer' && !mayWriteTo(sender.state, chat)) {
    return { kind: 'refused', code: NACK_RESTRICTED };
  }
  const routed = routeCopies(world, stanza).filter(({ account }) => !hasBlocked(account, sender.state));
  return {
    kind: 'relay',
    receivers: routed,
    handOver: () => {
      // Nobody is behind an unknown number: then only the sender's own devices have a copy to get.
      if (chat) distribute(world, sender, chat, stanza, routed);
    },
  };
};

const planRelay = (world: World, sender: LoggedIn, stanza: BinaryNode): RelayPlan => {
  const { to } = stanza.attrs;
  if (isGroupJid(to)) return planGroupRelay(world, sender, stanza);
  return to === STORIES ? planStoryRelay(world, sender, stanza) : planDirect(world, sender, stanza);
};

/** A client sends a message: the server takes it, says so, and hands each device its copy. */
export const relayMessage = (world: World, sender: LoggedIn, stanza: BinaryNode): void => {
  const { faults } = world;
  const { number } = sender.state.account;
  const { id: device } = sender.device;
  if (faults.strike('drop_socket', number, device, (fault) => fault.when !== 'after')) {
    sender.connection.terminate();
    return;
  }
  const nack = faults.strike('nack', number, device);
  if (nack) {
    sender.connection.send(ackOf(stanza, nack.code ?? NACK_DEFAULT));
    return;
  }
  if (isNewsletterJid(stanza.attrs.to)) {
    receiveForNewsletter(world, sender, stanza);
    return;
  }
  const plan = planRelay(world, sender, stanza);
  if (plan.kind === 'refused') {
    sender.connection.send(ackOf(stanza, plan.code));
    return;
  }
  if (plan.receivers.some((receiver) => isOutboxFull(receiver.account, receiver.device))) {
    sender.connection.send(ackOf(stanza, NACK_NO_ROOM));
    return;
  }
  const cut = faults.strike('drop_socket', number, device, (fault) => fault.when === 'after');
  if (cut) sender.connection.terminate();
  else if (!faults.strike('withhold_ack', number, device)) sender.connection.send(ackOf(stanza));
  plan.handOver();
};
