import { createHmac } from 'node:crypto';
import { proto } from 'baileys';
import { nowMs, nowSeconds, startTimer } from '../lib/clock.ts';
import { verify } from '../lib/curve.ts';
import { randomStanzaId } from '../lib/random.ts';
import { SERVER } from '../wire/jids.ts';
import { type BinaryNode, bytesOf, childNamed, node } from '../wire/nodes.ts';
import {
  DEVICE_PREFIX,
  jidOf,
  requirePhone,
  signDeviceIdentity,
  storeAccount,
  storeDevice,
} from '../world/accounts.ts';
import type { ClientDevice } from '../world/types.ts';
import type { AccountState, WaitingClient, World } from '../world/world.ts';
import { announceDevices, streamError } from './unlink.ts';

/** How long a client may take to countersign. */
const ANSWER_WAIT_MS = 10_000;
const RESTART = 515;

export type LinkRefusal =
  | 'qr_malformed'
  | 'qr_unknown'
  | 'qr_expired'
  | 'code_unknown'
  | 'code_expired'
  | 'code_wrong'
  | 'client_gone'
  | 'client_refused';

export type LinkOutcome =
  | { kind: 'linked'; device: ClientDevice }
  | { kind: 'refused'; code: LinkRefusal; reason: string };

export const refused = (code: LinkRefusal, reason: string): LinkOutcome & { kind: 'refused' } => ({
  kind: 'refused',
  code,
  reason,
});

const awaitAnswer = (waiting: WaitingClient): Promise<BinaryNode | undefined> =>
  new Promise((resolve) => {
    const timer = startTimer(ANSWER_WAIT_MS, () => resolve(undefined));
    waiting.answered = (answer) => {
      timer.cancel();
      waiting.answered = undefined;
      resolve(answer);
    };
  });

const readCountersigned = (answer: BinaryNode, identityKey: Buffer, phoneKey: Buffer): Buffer | undefined => {
  const bytes = bytesOf(childNamed(childNamed(answer, 'pair-device-sign'), 'device-identity'));
  if (!bytes) return undefined;
  const signed = proto.ADVSignedDeviceIdentity.decode(bytes);
  const covered = Buffer.concat([DEVICE_PREFIX, signed.details ?? Buffer.alloc(0), identityKey, phoneKey]);
  if (!verify(identityKey, covered, signed.deviceSignature ?? Buffer.alloc(0))) return undefined;
  signed.accountSignatureKey = phoneKey;
  return Buffer.from(proto.ADVSignedDeviceIdentity.encode(signed).finish());
};

const sendPairSuccess = (state: AccountState, waiting: WaitingClient, id: number, secret: Buffer): void => {
  const details = proto.ADVSignedDeviceIdentity.encode(signDeviceIdentity(state, id, waiting.identityKey)).finish();
  const hmac = createHmac('sha256', secret).update(details).digest();
  const blob = proto.ADVSignedDeviceIdentityHMAC.encode({ details, hmac }).finish();
  const attributes = { from: SERVER, type: 'set', id: randomStanzaId(), xmlns: 'md', t: nowSeconds() };
  const success = node('pair-success', {}, [
    node('device-identity', {}, blob),
    node('biz', { name: state.account.name }),
    node('device', { jid: jidOf(state, 'pn', id), lid: jidOf(state, 'lid', id) }),
    node('platform', { name: 'android' }),
  ]);
  waiting.connection.send(node('iq', attributes, [success]));
};

/**
 * Phone and client share a secret: the client becomes a device of the account once it has countersigned, and is told to
 * come back as such.
 */
export const completeLink = async (
  world: World,
  state: AccountState,
  waiting: WaitingClient,
  secret: Buffer,
): Promise<LinkOutcome> => {
  for (const { ref } of waiting.refs) world.waiting.delete(ref);
  world.changes.note('waiting');
  const id = state.account.nextDevice;
  state.account.nextDevice += 1;
  storeAccount(world, state);
  sendPairSuccess(state, waiting, id, secret);
  const answer = await awaitAnswer(waiting);
  if (!answer) return refused('client_gone', 'the client went away while it was being linked');
  const phoneKey = requirePhone(state).identity.publicKey;
  const deviceIdentity = readCountersigned(answer, waiting.identityKey, phoneKey);
  if (!deviceIdentity) {
    waiting.connection.end(streamError(401));
    return refused('client_refused', "the client's countersignature is not genuine");
  }
  const device: ClientDevice = {
    kind: 'client',
    id,
    noiseKey: waiting.noiseKey,
    identityKey: waiting.identityKey,
    registrationId: waiting.registrationId,
    signedPreKey: waiting.signedPreKey,
    deviceIdentity,
    platform: waiting.platform,
    linkedAt: nowMs(),
    lastLoginAt: undefined,
    historySent: false,
  };
  state.devices.set(id, device);
  storeDevice(world, state, device);
  announceDevices(world, state, 'add', id);
  waiting.connection.end(streamError(RESTART));
  return { kind: 'linked', device };
};
