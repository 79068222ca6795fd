import { randomBytes } from 'node:crypto';
import { forgetOneTimeKeys, oneTimeKeysLeft, warnOfLowKeys } from '../clients/prekeys.ts';
import { readUint, writeUint } from '../lib/bytes.ts';
import { verify } from '../lib/curve.ts';
import { bundleNodes } from '../phones/ask-again.ts';
import { issueClientBundle, issuePhoneBundle } from '../phones/sessions.ts';
import { typed } from '../signal/ratchet.ts';
import { parseJid } from '../wire/jids.ts';
import { type BinaryNode, bytesOf, childNamed, childrenNamed, node } from '../wire/nodes.ts';
import { accountOfJid, storeDevice, storeOneTimeKeys } from '../world/accounts.ts';
import type { World } from '../world/world.ts';
import type { LoggedIn } from './logged-in.ts';

/** What a query is refused with. */
export type QueryError = { code: number; text: string };

const LOW_KEYS_DEFAULT = 3;
const BAD_REQUEST: QueryError = { code: 400, text: 'bad-request' };

const readSignedPreKey = (parent: BinaryNode | undefined, identityKey: Buffer) => {
  const skey = childNamed(parent, 'skey');
  const id = bytesOf(childNamed(skey, 'id'));
  const publicKey = bytesOf(childNamed(skey, 'value'));
  const signature = bytesOf(childNamed(skey, 'signature'));
  if (!id || !publicKey || !signature || !verify(identityKey, typed(publicKey), signature)) return undefined;
  return { id: readUint(id), publicKey, signature };
};

/** How many one-time keys the server still has. */
export const answerKeyCount = (world: World, client: LoggedIn): BinaryNode[] => {
  const { state, device } = client;
  const fault = world.faults.strike('low_prekeys', state.account.number, device.id);
  if (fault) forgetOneTimeKeys(world, state, device.id, fault.left ?? LOW_KEYS_DEFAULT);
  return [node('count', { value: oneTimeKeysLeft(state, device.id).toString() })];
};

/** A client uploads keys. A signed prekey that its identity has not signed is refused, and nothing is kept. */
export const uploadKeys = (world: World, client: LoggedIn, iq: BinaryNode): BinaryNode[] | QueryError => {
  const { state, device } = client;
  const signedPreKey = readSignedPreKey(iq, device.identityKey);
  const identity = bytesOf(childNamed(iq, 'identity'));
  if (!signedPreKey || !identity?.equals(device.identityKey)) return BAD_REQUEST;
  const keys = state.oneTimeKeys.get(device.id) ?? new Map<number, Buffer>();
  for (const key of childrenNamed(childNamed(iq, 'list'), 'key')) {
    const id = bytesOf(childNamed(key, 'id'));
    const value = bytesOf(childNamed(key, 'value'));
    if (!id || value?.length !== 32) return BAD_REQUEST;
    keys.set(readUint(id), value);
  }
  state.oneTimeKeys.set(device.id, keys);
  device.signedPreKey = signedPreKey;
  storeDevice(world, state, device);
  storeOneTimeKeys(world, state, device.id);
  return [];
};

export const rotateSignedPreKey = (world: World, client: LoggedIn, iq: BinaryNode): BinaryNode[] | QueryError => {
  const signedPreKey = readSignedPreKey(childNamed(iq, 'rotate'), client.device.identityKey);
  if (!signedPreKey) return BAD_REQUEST;
  client.device.signedPreKey = signedPreKey;
  storeDevice(world, client.state, client.device);
  return [];
};

/** Clients only look whether an answer is there; the hash covers what the server holds for them. */
export const answerKeyDigest = (client: LoggedIn): BinaryNode[] => {
  const { device } = client;
  return [
    node('digest', {}, [
      node('registration', {}, writeUint(device.registrationId, 4)),
      node('type', {}, Buffer.from([5])),
      node('identity', {}, device.identityKey),
      node('skey', {}, [node('id', {}, writeUint(device.signedPreKey.id, 3))]),
      node('hash', {}, randomBytes(20)),
    ]),
  ];
};

const answerUserKeys = (world: World, jid: string | undefined): BinaryNode => {
  const parsed = parseJid(jid);
  const account = accountOfJid(world, parsed);
  const device = account?.devices.get(parsed?.device ?? 0);
  if (!account || !device) return node('user', { jid }, [node('error', { code: '404', text: 'item-not-found' })]);
  if (device.kind !== 'client') {
    const bundle = issuePhoneBundle(world, account, device);
    return node('user', { jid }, [
      node('registration', {}, writeUint(bundle.registrationId, 4)),
      ...bundleNodes(bundle),
    ]);
  }
  const bundle = issueClientBundle(world, account, device);
  warnOfLowKeys(world, account, device.id);
  return node('user', { jid }, [node('registration', {}, writeUint(bundle.registrationId, 4)), ...bundleNodes(bundle)]);
};

/** Hands out bundles, each with a one-time key that nobody gets again. */
export const answerKeys = (world: World, iq: BinaryNode): BinaryNode[] => {
  const users = childrenNamed(childNamed(iq, 'key'), 'user');
  return [
    node(
      'list',
      {},
      users.map((user) => answerUserKeys(world, user.attrs.jid)),
    ),
  ];
};
