import { proto } from 'baileys';
import { appendPatch, COLLECTION_NAMES, collectionOf, isCollectionFull } from '../phones/collections.ts';
import { type BinaryNode, bytesOf, childNamed, childrenNamed, node } from '../wire/nodes.ts';
import type { SettingsCollection } from '../world/types.ts';
import type { World } from '../world/world.ts';
import type { LoggedIn } from './logged-in.ts';

/** Shared settings: the server numbers the patches of each collection and hands them to the person's other clients. */

const PATCH_BYTES_MAX = 1024 * 1024;

const refuse = (name: string, code: string, text: string): BinaryNode =>
  node('collection', { name, type: 'error' }, [node('error', { code, text })]);

const push = (
  world: World,
  client: LoggedIn,
  collection: SettingsCollection,
  version: number,
  bytes: Buffer,
): BinaryNode => {
  const { name, patches } = collection;
  if (version !== patches.length) return refuse(name, '409', 'conflict');
  if (isCollectionFull(collection) || bytes.length > PATCH_BYTES_MAX) return refuse(name, '400', 'bad-request');
  appendPatch(world, client.state, collection, proto.SyncdPatch.decode(bytes), client.device.id);
  return node('collection', { name, version: patches.length.toString() });
};

const pull = ({ name, patches }: SettingsCollection, version: number): BinaryNode => {
  const missing = patches.slice(version).map((patch) => node('patch', {}, patch));
  const attributes = { name, version: version.toString(), has_more_patches: 'false' };
  return node('collection', attributes, missing.length ? [node('patches', {}, missing)] : undefined);
};

/** A client brings a change of settings, or asks for those it has missed. */
export const syncCollections = (world: World, client: LoggedIn, iq: BinaryNode): BinaryNode[] => {
  const asked = childrenNamed(childNamed(iq, 'sync'), 'collection');
  const collections = asked.map((wanted) => {
    const name = COLLECTION_NAMES.find((one) => one === wanted.attrs.name);
    const version = Number(wanted.attrs.version ?? '0');
    if (!name || !Number.isInteger(version) || version < 0) {
      return refuse(wanted.attrs.name ?? '', '400', 'bad-request');
    }
    const collection = collectionOf(client.state, name);
    const patch = bytesOf(childNamed(wanted, 'patch'));
    return patch ? push(world, client, collection, version, patch) : pull(collection, version);
  });
  return [node('sync', {}, collections)];
};
