import { proto } from 'baileys';
import { enqueueStanza } from '../clients/outbox.ts';
import { nowSeconds } from '../lib/clock.ts';
import { randomStanzaId } from '../lib/random.ts';
import { takeSettings } from '../phones/settings.ts';
import { type BinaryNode, bytesOf, childNamed, childrenNamed, node } from '../wire/nodes.ts';
import { clientsOf, jidOf } from '../world/accounts.ts';
import type { SettingsCollection } from '../world/types.ts';
import type { World } from '../world/world.ts';
import type { LoggedIn } from './logged-in.ts';

/** Shared settings: the server numbers the patches of each collection and hands them to the person's other clients. */

const NAMES = new Set(['critical_block', 'critical_unblock_low', 'regular', 'regular_low', 'regular_high']);
const PATCHES_MAX = 10_000;
const PATCH_BYTES_MAX = 1024 * 1024;

const collectionOf = (client: LoggedIn, name: string): SettingsCollection => {
  const { settings } = client.state;
  const collection = settings.get(name) ?? { name, patches: [] };
  settings.set(name, collection);
  return collection;
};

const refuse = (name: string, code: string, text: string): BinaryNode =>
  node('collection', { name, type: 'error' }, [node('error', { code, text })]);

const tellOthers = (world: World, client: LoggedIn, { name, patches }: SettingsCollection): void => {
  const { state } = client;
  for (const other of clientsOf(state)) {
    if (other.id === client.device.id) continue;
    const attributes = { from: jidOf(state, 'pn'), type: 'server_sync', id: randomStanzaId(), t: nowSeconds() };
    const change = node('collection', { name, version: patches.length.toString() });
    enqueueStanza(world, state, other.id, node('notification', attributes, [change]));
  }
};

const push = (world: World, client: LoggedIn, name: string, version: number, bytes: Buffer): BinaryNode => {
  const collection = collectionOf(client, name);
  const { patches } = collection;
  if (version !== patches.length) return refuse(name, '409', 'conflict');
  if (patches.length >= PATCHES_MAX || bytes.length > PATCH_BYTES_MAX) return refuse(name, '400', 'bad-request');
  const patch = proto.SyncdPatch.decode(bytes);
  patch.version = { version: version + 1 };
  patches.push(Buffer.from(proto.SyncdPatch.encode(patch).finish()));
  world.store.put('settings', `${client.state.account.number}:${name}`, () => collection);
  takeSettings(world, client.state, patch);
  tellOthers(world, client, collection);
  return node('collection', { name, version: patches.length.toString() });
};

const pull = (client: LoggedIn, name: string, version: number): BinaryNode => {
  const { patches } = collectionOf(client, name);
  const missing = patches.slice(version).map((patch) => node('patch', {}, patch));
  const attributes = { name, version: version.toString(), has_more_patches: 'false' };
  return node('collection', attributes, missing.length ? [node('patches', {}, missing)] : undefined);
};

/** A client brings a change of settings, or asks for those it has missed. */
export const syncCollections = (world: World, client: LoggedIn, iq: BinaryNode): BinaryNode[] => {
  const asked = childrenNamed(childNamed(iq, 'sync'), 'collection');
  const collections = asked.map((collection) => {
    const name = collection.attrs.name ?? '';
    const version = Number(collection.attrs.version ?? '0');
    if (!NAMES.has(name) || !Number.isInteger(version) || version < 0) return refuse(name, '400', 'bad-request');
    const patch = bytesOf(childNamed(collection, 'patch'));
    return patch ? push(world, client, name, version, patch) : pull(client, name, version);
  });
  return [node('sync', {}, collections)];
};
