import { randomBytes } from 'node:crypto';
import { proto } from 'baileys';
import { readUint } from '../lib/bytes.ts';
import { nowMs } from '../lib/clock.ts';
import { verify } from '../lib/curve.ts';
import { randomStanzaId } from '../lib/random.ts';
import { typed } from '../signal/ratchet.ts';
import { SERVER } from '../wire/jids.ts';
import { childNamed, node } from '../wire/nodes.ts';
import type { AccountState, Connection, WaitingClient, World } from '../world/world.ts';
import type { Peer } from './channel.ts';
import { completeLink, type LinkOutcome, refused } from './complete-link.ts';
import { offerLinkCode } from './link-code.ts';

const REFS = 6;
/** A phone may still send a ref that went out of sight a moment ago. */
const REF_GRACE_MS = 5000;

const createRefs = (world: World): WaitingClient['refs'] => {
  let expiresAt = nowMs() + REF_GRACE_MS;
  return Array.from({ length: REFS }, (_, index) => {
    expiresAt += index === 0 ? world.pairingRefMs.first : world.pairingRefMs.next;
    return { ref: `2@${randomBytes(60).toString('base64')}`, expiresAt };
  });
};

const readPlatform = (deviceProps: Uint8Array | null | undefined): string => {
  const props = proto.DeviceProps.decode(deviceProps ?? new Uint8Array());
  return `${props.os ?? 'unknown'} ${proto.DeviceProps.PlatformType[props.platformType ?? 0]}`;
};

const readWaitingClient = (
  world: World,
  connection: Connection,
  noiseKey: Buffer,
  data: proto.ClientPayload.IDevicePairingRegistrationData,
): WaitingClient | undefined => {
  const identityKey = Buffer.from(data.eIdent ?? []);
  const publicKey = Buffer.from(data.eSkeyVal ?? []);
  const signature = Buffer.from(data.eSkeySig ?? []);
  if (identityKey.length !== 32 || !verify(identityKey, typed(publicKey), signature)) return undefined;
  return {
    connection,
    noiseKey,
    identityKey,
    registrationId: readUint(data.eRegid ?? new Uint8Array()),
    signedPreKey: { id: readUint(data.eSkeyId ?? new Uint8Array()), publicKey, signature },
    platform: readPlatform(data.deviceProps),
    refs: createRefs(world),
    answered: undefined,
    linkCode: undefined,
  };
};

/** A new client waits to be linked: it gets refs to show as QR codes, one after the other. */
export const awaitPairing = (
  world: World,
  connection: Connection,
  noiseKey: Buffer,
  data: proto.ClientPayload.IDevicePairingRegistrationData,
): Peer | undefined => {
  const waiting = readWaitingClient(world, connection, noiseKey, data);
  if (!waiting) {
    connection.end(node('failure', { reason: '400' }));
    return undefined;
  }
  for (const { ref } of waiting.refs) world.waiting.set(ref, waiting);
  world.changes.note('waiting');
  const refNodes = waiting.refs.map(({ ref }) => node('ref', {}, Buffer.from(ref)));
  const attributes = { from: SERVER, type: 'set', id: randomStanzaId(), xmlns: 'md' };
  connection.send(node('iq', attributes, [node('pair-device', {}, refNodes)]));
  return {
    number: undefined,
    device: undefined,
    receive: (stanza) => {
      const { type, xmlns, id } = stanza.attrs;
      const linkCode = childNamed(stanza, 'link_code_companion_reg');
      if (childNamed(stanza, 'pair-device-sign')) waiting.answered?.(stanza);
      else if (linkCode) offerLinkCode(world, waiting, id, linkCode);
      else if (stanza.tag === 'iq' && type === 'get' && xmlns === 'w:p') {
        connection.send(node('iq', { type: 'result', from: SERVER, id }));
      }
    },
    closed: () => {
      for (const { ref } of waiting.refs) world.waiting.delete(ref);
      world.changes.note('waiting');
      waiting.answered?.(undefined);
      waiting.linkCode?.finished?.(undefined);
    },
  };
};

type ReadQr = { ref: string; noiseKey: Buffer; identityKey: Buffer; secret: Buffer };

/** Reads what a client draws: four or five fields, with or without the address in front. */
const readQr = (qr: string): ReadQr | undefined => {
  const [ref, noise, identity, secret] = qr.slice(qr.indexOf('#') + 1).split(',');
  if (!ref || !noise || !identity || !secret) return undefined;
  const [noiseKey, identityKey, secretKey] = [noise, identity, secret].map((text) => Buffer.from(text, 'base64'));
  if (noiseKey?.length !== 32 || identityKey?.length !== 32 || secretKey?.length !== 32) return undefined;
  return { ref, noiseKey, identityKey, secret: secretKey };
};

const findWaiting = (world: World, qr: string): { read: ReadQr; waiting: WaitingClient } | LinkOutcome => {
  const read = readQr(qr);
  if (!read) return refused('qr_malformed', 'this is not the text of a linking QR code');
  const waiting = world.waiting.get(read.ref);
  if (!waiting) return refused('qr_unknown', 'no client is waiting with this QR code');
  const expiresAt = waiting.refs.find(({ ref }) => ref === read.ref)?.expiresAt ?? 0;
  if (expiresAt < nowMs()) return refused('qr_expired', 'this QR code is too old; the client shows a newer one');
  if (!waiting.noiseKey.equals(read.noiseKey) || !waiting.identityKey.equals(read.identityKey)) {
    return refused('qr_malformed', 'the keys in this QR code are not those of the client that waits');
  }
  return { read, waiting };
};

/** The phone scans a client's QR code. */
export const scanQr = async (world: World, state: AccountState, qr: string): Promise<LinkOutcome> => {
  const found = findWaiting(world, qr);
  if ('kind' in found) return found;
  return completeLink(world, state, found.waiting, found.read.secret);
};
