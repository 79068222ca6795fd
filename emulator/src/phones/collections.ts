import { proto } from 'baileys';
import { enqueueStanza } from '../clients/outbox.ts';
import { nowSeconds } from '../lib/clock.ts';
import { randomStanzaId } from '../lib/random.ts';
import { node } from '../wire/nodes.ts';
import { clientsOf, jidOf } from '../world/accounts.ts';
import type { SettingsCollection } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { addPatch, createSum, type SettingsSum } from './sealed-settings.ts';
import { takeSettings } from './settings.ts';

/** The collections that shared settings are kept in: numbered patches, for all of a person's devices. */

export const COLLECTION_NAMES = [
  'critical_block',
  'critical_unblock_low',
  'regular',
  'regular_low',
  'regular_high',
] as const;
export type CollectionName = (typeof COLLECTION_NAMES)[number];

const PATCHES_MAX = 10_000;

export const collectionOf = (state: AccountState, name: CollectionName): SettingsCollection => {
  const collection = state.settings.get(name) ?? { name, patches: [] };
  state.settings.set(name, collection);
  return collection;
};

export const isCollectionFull = ({ patches }: SettingsCollection): boolean => patches.length >= PATCHES_MAX;

// What the patches come to can be told from them at any time; following them is cheaper.
const sums = new WeakMap<SettingsCollection, SettingsSum>();

/** What all patches of the collection come to. */
export const sumOf = (collection: SettingsCollection): SettingsSum => {
  const sum = sums.get(collection) ?? createSum();
  for (const patch of collection.patches.slice(sum.version)) addPatch(sum, proto.SyncdPatch.decode(patch));
  sums.set(collection, sum);
  return sum;
};

const tellClients = (world: World, state: AccountState, { name, patches }: SettingsCollection, but?: number): void => {
  for (const client of clientsOf(state)) {
    if (client.id === but) continue;
    const attributes = { from: jidOf(state, 'pn'), type: 'server_sync', id: randomStanzaId(), t: nowSeconds() };
    const change = node('collection', { name, version: patches.length.toString() });
    enqueueStanza(world, state, client.id, node('notification', attributes, [change]));
  }
};

/** Adds a patch that follows on the last one; the phone takes it over, and clients but the one that brought it are told. */
export const appendPatch = (
  world: World,
  state: AccountState,
  collection: SettingsCollection,
  patch: proto.ISyncdPatch,
  by?: number,
): void => {
  const numbered = { ...patch, version: { version: collection.patches.length + 1 } };
  collection.patches.push(Buffer.from(proto.SyncdPatch.encode(numbered).finish()));
  world.store.put('settings', `${state.account.number}:${collection.name}`, () => collection);
  takeSettings(world, state, patch);
  tellClients(world, state, collection, by);
};
