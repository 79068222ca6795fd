import { randomBytes, timingSafeEqual } from 'node:crypto';
import { proto } from 'baileys';
import { decryptCbc, encryptCbc, hkdfSha256, hmacSha256, hmacSha512 } from '../lib/ciphers.ts';

/** Settings as a person's devices seal them for one another: each change by itself, and each patch over all there is. */

export type SettingsKey = { id: Buffer; data: Buffer };

/** One change: what it is about, and what is so now; or that there is nothing any more. */
export type Mutation = {
  operation: 'set' | 'remove';
  index: string[];
  value: proto.ISyncActionValue;
  /** Of the kind of change, as WhatsApp numbers it. */
  version: number;
};

/** What all patches of a collection come to: a sum over the marks of what is set, which grows and shrinks with it. */
export type SettingsSum = { version: number; hash: Buffer; marks: Map<string, Buffer> };

const IV_BYTES = 16;
const MAC_BYTES = 32;
const SUM_BYTES = 128;
const NO_SALT = Buffer.alloc(0);
const { SyncdOperation } = proto.SyncdMutation;

const keysFrom = (data: Buffer) => {
  const secrets = hkdfSha256(data, NO_SALT, 'WhatsApp Mutation Keys', 160);
  const part = (index: number): Buffer => secrets.subarray(index * 32, (index + 1) * 32);
  return { index: part(0), value: part(1), valueMac: part(2), snapshotMac: part(3), patchMac: part(4) };
};

const writeVersion = (version: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(version));
  return bytes;
};

const valueMac = (macKey: Buffer, operation: number, keyId: Buffer, sealed: Buffer): Buffer => {
  const kind = Buffer.concat([Buffer.from([operation === SyncdOperation.SET ? 1 : 2]), keyId]);
  return hmacSha512(macKey, kind, sealed, writeVersion(kind.length)).subarray(0, MAC_BYTES);
};

/** Reads one change; undefined if it was not sealed with this key. */
export const openMutation = (key: SettingsKey, mutation: proto.ISyncdMutation): Mutation | undefined => {
  const keys = keysFrom(key.data);
  const operation = mutation.operation ?? SyncdOperation.SET;
  const blob = Buffer.from(mutation.record?.value?.blob ?? []);
  const sealed = blob.subarray(0, Math.max(0, blob.length - MAC_BYTES));
  const mac = blob.subarray(sealed.length);
  if (mac.length !== MAC_BYTES || !timingSafeEqual(mac, valueMac(keys.valueMac, operation, key.id, sealed))) {
    return undefined;
  }
  try {
    const plain = decryptCbc(keys.value, sealed.subarray(0, IV_BYTES), sealed.subarray(IV_BYTES));
    const action = proto.SyncActionData.decode(plain);
    const index: unknown = JSON.parse(Buffer.from(action.index ?? []).toString());
    if (!Array.isArray(index)) return undefined;
    return {
      operation: operation === SyncdOperation.SET ? 'set' : 'remove',
      index: index.map(String),
      value: action.value ?? {},
      version: action.version ?? 0,
    };
  } catch {
    return undefined;
  }
};

const sealMutation = (key: SettingsKey, { operation, index, value, version }: Mutation): proto.ISyncdMutation => {
  const keys = keysFrom(key.data);
  const indexBytes = Buffer.from(JSON.stringify(index));
  const plain = proto.SyncActionData.encode({ index: indexBytes, value, padding: Buffer.alloc(0), version }).finish();
  const iv = randomBytes(IV_BYTES);
  const sealed = Buffer.concat([iv, encryptCbc(keys.value, iv, Buffer.from(plain))]);
  const code = operation === 'set' ? SyncdOperation.SET : SyncdOperation.REMOVE;
  return {
    operation: code,
    record: {
      index: { blob: hmacSha256(keys.index, indexBytes) },
      value: { blob: Buffer.concat([sealed, valueMac(keys.valueMac, code, key.id, sealed)]) },
      keyId: { id: key.id },
    },
  };
};

const addTo = (hash: Buffer, mark: Buffer, sign: 1 | -1): void => {
  const term = hkdfSha256(mark, NO_SALT, 'WhatsApp Patch Integrity', SUM_BYTES);
  for (let at = 0; at < SUM_BYTES; at += 2) {
    hash.writeUInt16LE((hash.readUInt16LE(at) + sign * term.readUInt16LE(at)) & 0xffff, at);
  }
};

const markOf = ({ record }: proto.ISyncdMutation): Buffer =>
  Buffer.from(record?.value?.blob ?? []).subarray(-MAC_BYTES);

export const createSum = (): SettingsSum => ({ version: 0, hash: Buffer.alloc(SUM_BYTES), marks: new Map() });

/** Takes a patch into the sum. */
export const addPatch = (sum: SettingsSum, patch: proto.ISyncdPatch): void => {
  for (const mutation of patch.mutations ?? []) {
    const index = Buffer.from(mutation.record?.index?.blob ?? []).toString('base64');
    const before = sum.marks.get(index);
    if (before) addTo(sum.hash, before, -1);
    if (mutation.operation === SyncdOperation.REMOVE) {
      sum.marks.delete(index);
    } else {
      sum.marks.set(index, markOf(mutation));
      addTo(sum.hash, markOf(mutation), 1);
    }
  }
  sum.version += 1;
};

/** Seals changes into the patch that follows on all those in the sum, and takes it in. */
export const sealPatch = (
  key: SettingsKey,
  name: string,
  sum: SettingsSum,
  mutations: Mutation[],
): proto.ISyncdPatch => {
  const keys = keysFrom(key.data);
  const patch: proto.ISyncdPatch = { mutations: mutations.map((mutation) => sealMutation(key, mutation)) };
  addPatch(sum, patch);
  const version = writeVersion(sum.version);
  const snapshotMac = hmacSha256(keys.snapshotMac, sum.hash, version, Buffer.from(name));
  const marks = (patch.mutations ?? []).map(markOf);
  const patchMac = hmacSha256(keys.patchMac, snapshotMac, ...marks, version, Buffer.from(name));
  return { ...patch, version: { version: sum.version }, snapshotMac, patchMac, keyId: { id: key.id } };
};
