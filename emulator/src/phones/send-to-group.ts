import { proto } from 'baileys';
import { enqueueStanza } from '../clients/outbox.ts';
import { membersOf } from '../groups/groups.ts';
import { nowMs, nowSeconds } from '../lib/clock.ts';
import { randomMessageId } from '../lib/random.ts';
import { encryptForGroup } from '../signal/sender-keys.ts';
import { type BinaryNode, node } from '../wire/nodes.ts';
import { clientsOf, jidOf, phoneDevicesOf } from '../world/accounts.ts';
import type { Group, PhoneDevice } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { describeMessage, stanzaMarks } from './describe-message.ts';
import { padMessage } from './padding.ts';
import { LOCAL_COPY, receiveCopies } from './receive-copies.ts';
import { damage, encryptForClient } from './send-message.ts';
import { distributionMessage, ownSenderKey, storeOwnSenderKey } from './sender-keys.ts';
import { showContent } from './show-content.ts';

type GroupLeg = { from: AccountState; device: PhoneDevice; group: string; id: string; kind: string; t: string };

/** The stanza around what a phone sends to a group, for one client. */
export const wrapForGroup = (leg: GroupLeg, encs: BinaryNode[]): BinaryNode => {
  const { from, device } = leg;
  const needsIdentity = device.deviceIdentity !== undefined && encs.some(({ attrs }) => attrs.type === 'pkmsg');
  const attributes = {
    from: leg.group,
    participant: jidOf(from, 'lid', device.id),
    participant_pn: jidOf(from, 'pn', device.id),
    id: leg.id,
    ...stanzaMarks(leg.kind),
    t: leg.t,
    notify: from.account.name,
    addressing_mode: 'lid',
  };
  return node(
    'message',
    attributes,
    needsIdentity ? [...encs, node('device-identity', {}, device.deviceIdentity)] : encs,
  );
};

const deliverToClients = (world: World, leg: GroupLeg, members: AccountState[], encoded: Uint8Array): void => {
  const { from, device, group } = leg;
  const own = ownSenderKey(world, from, device, group);
  const distribution = padMessage(proto.Message.encode(distributionMessage(own, group)).finish());
  const sealed = node('enc', { v: '2', type: 'skmsg' }, encryptForGroup(own, padMessage(encoded)));
  for (const member of members) {
    for (const client of clientsOf(member)) {
      const { number } = member.account;
      const key = `${number}:${client.id}`;
      const brings = own.sharedWith.has(key)
        ? []
        : [encryptForClient(world, from, device, member, client, distribution)];
      own.sharedWith.add(key);
      const struck = world.faults.strike('corrupt_inbound', number, client.id);
      const stanza = wrapForGroup(leg, [...brings, struck ? damage(sealed) : sealed]);
      enqueueStanza(world, member, client.id, stanza);
      const twice = world.faults.strike('duplicate', number, client.id, (fault) => fault.to !== 'phone');
      if (twice) enqueueStanza(world, member, client.id, stanza);
    }
  }
  storeOwnSenderKey(world, from, device, group);
};

const deliverToPhones = (world: World, leg: GroupLeg, members: AccountState[], encoded: Uint8Array): void => {
  const stanza = world.nextSequence();
  for (const member of members) {
    if (member === leg.from) continue;
    const bytes = padMessage(encoded);
    receiveCopies(world, member, {
      id: leg.id,
      stanza,
      from: leg.from.account.number,
      fromDevice: leg.device.id,
      to: leg.group,
      group: leg.group,
      addressing: 'lid',
      peer: false,
      at: nowMs(),
      copies: phoneDevicesOf(member).map(({ id }) => ({ device: id, type: LOCAL_COPY, count: undefined, bytes })),
    });
  }
};

/** A person sends to a group from one of the devices that the emulator plays. Gives the message's id. */
export const sendToGroup = (
  world: World,
  from: AccountState,
  group: Group,
  message: proto.IMessage,
  options: { id?: string | undefined; fromDevice?: number | undefined } = {},
): string => {
  const device = from.devices.get(options.fromDevice ?? 0);
  if (!device || device.kind === 'client') throw new Error('only a device of the emulator can be told to send');
  const id = options.id ?? randomMessageId();
  const encoded = proto.Message.encode(message).finish();
  const { kind } = describeMessage(message);
  const leg: GroupLeg = { from, device, group: group.jid, id, kind, t: nowSeconds() };
  const occasion = {
    id,
    chat: group.jid,
    from: from.account.number,
    to: group.jid,
    direction: 'out' as const,
    fromDevice: device.id,
    addressing: 'lid' as const,
    at: nowMs(),
    status: 'sent' as const,
    body: Buffer.from(encoded),
  };
  showContent(world, from, occasion, message);
  const members = membersOf(world, group);
  deliverToClients(world, leg, members, encoded);
  deliverToPhones(world, leg, members, encoded);
  return id;
};
