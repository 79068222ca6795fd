import { pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { applyCtr, hkdfSha256, toKey, unseal } from '../lib/ciphers.ts';
import { nowMs, nowSeconds, startTimer } from '../lib/clock.ts';
import { agree, generateKeyPair, type KeyPair } from '../lib/curve.ts';
import { randomStanzaId } from '../lib/random.ts';
import { parseJid, SERVER } from '../wire/jids.ts';
import { type BinaryNode, bytesOf, childNamed, node } from '../wire/nodes.ts';
import { accountOfJid, requirePhone } from '../world/accounts.ts';
import type { AccountState, OfferedCode, WaitingClient, World } from '../world/world.ts';
import { completeLink, type LinkOutcome, refused } from './complete-link.ts';

/** Linking by a code that the client shows and the person types: the code seals both sides' ephemeral keys. */

const KEY_ROUNDS = 131_072;
const SALT_BYTES = 32;
const IV_BYTES = 16;
const NONCE_BYTES = 12;
const WRAPPED_BYTES = SALT_BYTES + IV_BYTES + 32;
const BUNDLE_BYTES = 96;
/** How long a client may take to answer the phone's half. */
const FINISH_WAIT_MS = 10_000;

const deriveKey = promisify(pbkdf2);

const keyOfCode = (code: string, salt: Buffer): Promise<Buffer> => deriveKey(code, salt, KEY_ROUNDS, 32, 'sha256');

const unwrapKey = async (code: string, wrapped: Buffer): Promise<Buffer> => {
  const key = await keyOfCode(code, wrapped.subarray(0, SALT_BYTES));
  const iv = wrapped.subarray(SALT_BYTES, SALT_BYTES + IV_BYTES);
  return applyCtr(key, iv, wrapped.subarray(SALT_BYTES + IV_BYTES));
};

const wrapKey = async (code: string, publicKey: Buffer): Promise<Buffer> => {
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(IV_BYTES);
  return Buffer.concat([salt, iv, applyCtr(await keyOfCode(code, salt), iv, publicKey)]);
};

const receiveHello = (world: World, waiting: WaitingClient, id: string | undefined, hello: BinaryNode): void => {
  const jid = parseJid(hello.attrs.jid);
  const wrappedKey = bytesOf(childNamed(hello, 'link_code_pairing_wrapped_companion_ephemeral_pub'));
  const noiseKey = bytesOf(childNamed(hello, 'companion_server_auth_key_pub'));
  const isSound = wrappedKey?.length === WRAPPED_BYTES && noiseKey?.equals(waiting.noiseKey);
  if (!jid || !wrappedKey || !isSound || !accountOfJid(world, jid)) {
    const error = node(
      'error',
      isSound ? { code: '404', text: 'item-not-found' } : { code: '400', text: 'bad-request' },
    );
    waiting.connection.send(node('iq', { type: 'error', from: SERVER, id }, [error]));
    return;
  }
  const ref = Buffer.from(`2@${randomBytes(30).toString('base64')}`);
  waiting.linkCode?.finished?.(undefined);
  const expiresAt = nowMs() + world.linkCodeMs;
  waiting.linkCode = { number: jid.user, wrappedKey, ref, expiresAt, finished: undefined };
  world.changes.note('waiting');
  const content = [node('link_code_companion_reg', {}, [node('link_code_pairing_ref', {}, ref)])];
  waiting.connection.send(node('iq', { type: 'result', from: SERVER, id }, content));
};

const receiveFinish = (waiting: WaitingClient, id: string | undefined, finish: BinaryNode): void => {
  waiting.connection.send(node('iq', { type: 'result', from: SERVER, id }));
  const { linkCode } = waiting;
  const ref = bytesOf(childNamed(finish, 'link_code_pairing_ref'));
  if (linkCode && ref?.equals(linkCode.ref)) linkCode.finished?.(finish);
};

/** A waiting client says that it shows a code, or answers a phone where the code was typed. */
export const offerLinkCode = (
  world: World,
  waiting: WaitingClient,
  id: string | undefined,
  registration: BinaryNode,
): void => {
  if (registration.attrs.stage === 'companion_hello') receiveHello(world, waiting, id, registration);
  else if (registration.attrs.stage === 'companion_finish') receiveFinish(waiting, id, registration);
};

const awaitFinish = (offered: OfferedCode): Promise<BinaryNode | undefined> =>
  new Promise((resolve) => {
    const timer = startTimer(FINISH_WAIT_MS, () => resolve(undefined));
    offered.finished = (finish) => {
      timer.cancel();
      offered.finished = undefined;
      resolve(finish);
    };
  });

const sendPrimaryHello = (waiting: WaitingClient, offered: OfferedCode, identity: KeyPair, wrapped: Buffer): void => {
  const attributes = { from: SERVER, type: 'link_code_companion_reg', id: randomStanzaId(), t: nowSeconds() };
  const hello = node('link_code_companion_reg', { stage: 'primary_hello' }, [
    node('link_code_pairing_wrapped_primary_ephemeral_pub', {}, wrapped),
    node('primary_identity_pub', {}, identity.publicKey),
    node('link_code_pairing_ref', {}, offered.ref),
  ]);
  waiting.connection.send(node('notification', attributes, [hello]));
};

/** The secret that both sides now share; undefined when the client's bundle does not open, so that the codes differed. */
const openBundle = (
  waiting: WaitingClient,
  identity: KeyPair,
  sharedEphemeral: Buffer,
  finish: BinaryNode,
): Buffer | undefined => {
  const sealed = bytesOf(childNamed(finish, 'link_code_pairing_wrapped_key_bundle')) ?? Buffer.alloc(0);
  const salt = sealed.subarray(0, SALT_BYTES);
  const nonce = sealed.subarray(SALT_BYTES, SALT_BYTES + NONCE_BYTES);
  const key = hkdfSha256(sharedEphemeral, salt, 'link_code_pairing_key_bundle_encryption_key', 32);
  try {
    const bundle = unseal(toKey(key), nonce, sealed.subarray(SALT_BYTES + NONCE_BYTES));
    const isGenuine =
      bundle.length === BUNDLE_BYTES &&
      bundle.subarray(0, 32).equals(waiting.identityKey) &&
      bundle.subarray(32, 64).equals(identity.publicKey);
    if (!isGenuine) return undefined;
    const sharedIdentity = agree(identity.privateKey, waiting.identityKey);
    const secrets = Buffer.concat([sharedEphemeral, sharedIdentity, bundle.subarray(64)]);
    return hkdfSha256(secrets, Buffer.alloc(0), 'adv_secret', 32);
  } catch {
    return undefined;
  }
};

const findOffer = (world: World, number: string): WaitingClient | undefined =>
  [...new Set(world.waiting.values())].findLast((waiting) => waiting.linkCode?.number === number);

const agreeOrNothing = (privateKey: Buffer, publicKey: Buffer): Buffer | undefined => {
  try {
    return agree(privateKey, publicKey);
  } catch {
    return undefined;
  }
};

/** The person types the code that a client shows for this number. A wrong one is refused and may be tried again. */
export const enterLinkCode = async (world: World, state: AccountState, typedCode: string): Promise<LinkOutcome> => {
  const waiting = findOffer(world, state.account.number);
  const offered = waiting?.linkCode;
  if (!waiting || !offered) return refused('code_unknown', 'no client shows a code for this number');
  if (offered.expiresAt < nowMs()) return refused('code_expired', 'this code is too old; the client has to ask again');
  const code = typedCode.replace('-', '').toUpperCase();
  const { identity } = requirePhone(state);
  const ephemeral = generateKeyPair();
  const theirs = await unwrapKey(code, offered.wrappedKey);
  const wrapped = await wrapKey(code, ephemeral.publicKey);
  // Two phones, or two typings, at once: the client can follow one only.
  if (offered.finished || waiting.linkCode !== offered)
    return refused('code_unknown', 'the client is busy being linked');
  const finishing = awaitFinish(offered);
  sendPrimaryHello(waiting, offered, identity, wrapped);
  const finish = await finishing;
  if (!finish) return refused('client_gone', 'the client did not answer while it was being linked');
  const shared = agreeOrNothing(ephemeral.privateKey, theirs);
  const secret = shared && openBundle(waiting, identity, shared, finish);
  if (!secret) return refused('code_wrong', 'this is not the code that the client shows');
  waiting.linkCode = undefined;
  return completeLink(world, state, waiting, secret);
};
