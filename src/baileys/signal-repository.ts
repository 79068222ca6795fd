import { jidDecode, type LIDMapping, type SignalAuthState, type SignalRepositoryWithLIDStore } from 'baileys';
import { makeLibSignalRepository } from 'baileys/lib/Signal/libsignal.js';
import type { ILogger } from 'baileys/lib/Utils/logger.js';
import { holdAddresses } from './address-locks.ts';
import { decryptFailureOf } from './decrypt-failure.ts';
import { isPhoneJid } from './jids.ts';
import { stageSharedKeys } from './peer-keys.ts';
import type { SessionStore } from './session-store.ts';
import type { SignalKeys } from './signal-keys.ts';
import type { StanzaPart } from './stanza-parts.ts';

const resolveTriesMax = 3;

type Deps = {
  readonly store: SessionStore;
  readonly keys: SignalKeys;
  /** Tells group locks of two instances apart: sender keys go through no global queue. */
  readonly instanceId: string;
  partOf(ciphertext: Uint8Array): StanzaPart | undefined;
};

/**
 * Baileys' own Signal repository, each operation of it alone on its address and in one commit with what it means: the
 * plaintext of what was decrypted; the ratchet of what was encrypted, before the stanza leaves. Baileys sends its receipt
 * when decrypting resolves, so it resolves once the plaintext is durable and never when the store has failed.
 */
export function createSignalRepository(deps: Deps) {
  return (
    auth: SignalAuthState,
    logger: ILogger,
    findLids?: (jids: string[]) => Promise<LIDMapping[] | undefined>,
  ): SignalRepositoryWithLIDStore => {
    const inner = makeLibSignalRepository({ creds: auth.creds, keys: deps.keys }, logger, forgiving(findLids));
    const lockAddress = createAddressLock(inner);
    const { guard } = deps.store;
    const { atomically } = deps.keys;

    const onAddress = <T>(jid: string, work: () => Promise<T>): Promise<T> =>
      guard(() => lockAddress([jid], () => atomically(work)));
    const onGroup = <T>(group: string, work: () => Promise<T>): Promise<T> =>
      guard(() => holdAddresses([`${deps.instanceId} ${group}`], () => atomically(work)));

    return {
      ...inner,
      lidMapping: guardMethods(inner.lidMapping, guard),
      decryptMessage: (opts) =>
        guard(() => lockAddress([opts.jid], () => readPart(deps, opts.ciphertext, () => inner.decryptMessage(opts)))),
      decryptGroupMessage: (opts) =>
        guard(() =>
          holdAddresses([`${deps.instanceId} ${opts.group}`], () =>
            readPart(deps, opts.msg, () => inner.decryptGroupMessage(opts)),
          ),
        ),
      processSenderKeyDistributionMessage: (opts) =>
        onGroup(opts.item.groupId ?? '', () => inner.processSenderKeyDistributionMessage(opts)),
      encryptMessage: (opts) => onAddress(opts.jid, () => inner.encryptMessage(opts)),
      encryptGroupMessage: (opts) => onGroup(opts.group, () => inner.encryptGroupMessage(opts)),
      getSenderKeyDistributionMessage: (opts) => onGroup(opts.group, () => inner.getSenderKeyDistributionMessage(opts)),
      injectE2ESession: (opts) => onAddress(opts.jid, () => inner.injectE2ESession(opts)),
      deleteSession: (jids) => guard(() => deleteSessions(inner, lockAddress, atomically, jids)),
      migrateSession: (from, to) => guard(() => migrateSession(inner, lockAddress, deps.keys, from, to)),
      hasSenderKey: (opts) => guard(() => inner.hasSenderKey(opts)),
      getSessionInfo: (jid) => guard(() => inner.getSessionInfo(jid)),
      validateSession: (jid) => guard(() => inner.validateSession(jid)),
    };
  };
}

type AddressLock = <T>(jids: readonly string[], work: () => Promise<T>) => Promise<T>;

/** Holds every address that the JIDs name, by LID where one is known, always in the same order. */
function createAddressLock(inner: SignalRepositoryWithLIDStore): AddressLock {
  const addressOf = async (jid: string): Promise<string> => {
    const lid = isPhoneJid(jid) ? await inner.lidMapping.getLIDForPN(jid) : null;
    return inner.jidToSignalProtocolAddress(lid ?? jid);
  };
  const addressesOf = async (jids: readonly string[]): Promise<readonly string[]> =>
    [...new Set(await Promise.all(jids.map(addressOf)))].sort();

  return async (jids, work) => {
    for (let tries = 1; ; tries += 1) {
      const addresses = await addressesOf(jids);
      const outcome = await holdAddresses(addresses, async () => {
        // While we waited, the number's LID may have become known; then the session goes by that.
        const settled = tries >= resolveTriesMax || (await addressesOf(jids)).join() === addresses.join();
        return settled ? { value: await work() } : undefined;
      });
      if (outcome !== undefined) return outcome.value;
    }
  };
}

/** Decrypts one part of a stanza, and keeps what it says or why it cannot be read. */
async function readPart(deps: Deps, ciphertext: Uint8Array, decrypt: () => Promise<Uint8Array>): Promise<Uint8Array> {
  const part = deps.partOf(ciphertext);
  if (part === undefined) throw new Error('A ciphertext belongs to no stanza.');
  try {
    const plaintext = await deps.keys.atomically(async (stage) => {
      const opened = await decrypt();
      if (part.fromMe) await stageSharedKeys(deps.keys, opened);
      stage(part.captureOf(opened));
      return opened;
    });
    part.end();
    return plaintext;
  } catch (error) {
    const known = await deps.store.readPlaintext(part.hash);
    if (known === undefined) {
      const inbound = part.failureOf(decryptFailureOf(error));
      if (inbound !== undefined) await deps.store.commit({ inbound });
    }
    part.end();
    if (known !== undefined) return Buffer.from(known);
    throw error;
  }
}

/** Baileys names the devices by number where the session goes by LID; then it would delete nothing. */
async function deleteSessions(
  inner: SignalRepositoryWithLIDStore,
  lockAddress: AddressLock,
  atomically: SignalKeys['atomically'],
  jids: readonly string[],
): Promise<void> {
  const lids = await inner.lidMapping.getLIDsForPNs(jids.filter(isPhoneJid));
  const all = [...new Set([...jids, ...(lids ?? []).map((pair) => pair.lid)])];
  await lockAddress(all, () => atomically(() => inner.deleteSession(all)));
}

type Migrated = Awaited<ReturnType<SignalRepositoryWithLIDStore['migrateSession']>>;

/** Asked with every message from a LID; there is work only in the rare case that a session goes by number still. */
async function migrateSession(
  inner: SignalRepositoryWithLIDStore,
  lockAddress: AddressLock,
  keys: SignalKeys,
  from: string,
  to: string,
): Promise<Migrated> {
  const decoded = jidDecode(from);
  if (decoded === undefined || !isPhoneJid(from)) return inner.migrateSession(from, to);
  const { [decoded.user]: listed } = await keys.get('device-list', [decoded.user]);
  const devices = [...new Set([...(listed ?? []), String(decoded.device ?? 0)])];
  const sessions = await keys.get(
    'session',
    devices.map((device) => `${decoded.user}.${device}`),
  );
  if (Object.keys(sessions).length === 0) return { migrated: 0, skipped: 0, total: devices.length };
  const jids = devices.map((device) =>
    device === '0' ? `${decoded.user}@${decoded.server}` : `${decoded.user}:${device}@${decoded.server}`,
  );
  const lid = jidDecode(to);
  const lids = devices.map((device) => (device === '0' ? `${lid?.user}@lid` : `${lid?.user}:${device}@lid`));
  return lockAddress([...jids, ...lids], () => keys.atomically(() => inner.migrateSession(from, to)));
}

/** A number whose LID cannot be asked for is one without, not a reason to refuse its message. */
function forgiving(findLids: ((jids: string[]) => Promise<LIDMapping[] | undefined>) | undefined) {
  if (findLids === undefined) return undefined;
  return async (jids: string[]): Promise<LIDMapping[] | undefined> => {
    try {
      return await findLids(jids);
    } catch {
      return undefined;
    }
  };
}

function guardMethods<T extends object>(target: T, guard: SessionStore['guard']): T {
  return new Proxy(target, {
    get: (object, name) => {
      const value: unknown = Reflect.get(object, name, object);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => guard(() => Reflect.apply(value, object, args));
    },
  });
}
