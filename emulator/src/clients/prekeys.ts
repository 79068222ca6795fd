import { nowSeconds } from '../lib/clock.ts';
import { randomStanzaId } from '../lib/random.ts';
import { SERVER } from '../wire/jids.ts';
import { node } from '../wire/nodes.ts';
import { storeOneTimeKeys } from '../world/accounts.ts';
import type { AccountState, World } from '../world/world.ts';
import { enqueueStanza } from './outbox.ts';

/** Clients upload more when they hear of fewer than this. */
const LOW_KEYS = 5;

export const oneTimeKeysLeft = (state: AccountState, device: number): number =>
  state.oneTimeKeys.get(device)?.size ?? 0;

const isWarned = (state: AccountState, device: number): boolean =>
  [...(state.outboxes.get(device)?.entries.values() ?? [])].some(({ stanza }) => stanza.attrs.type === 'encrypt');

/** Tells a client that its one-time keys run low, once until it has taken note. */
export const warnOfLowKeys = (world: World, state: AccountState, device: number): void => {
  const left = oneTimeKeysLeft(state, device);
  if (left >= LOW_KEYS || isWarned(state, device)) return;
  const attributes = { from: SERVER, type: 'encrypt', id: randomStanzaId(), t: nowSeconds() };
  enqueueStanza(world, state, device, node('notification', attributes, [node('count', { value: left.toString() })]));
};

/** Forgets the oldest one-time keys until only so many are left, as if they had been handed out. */
export const forgetOneTimeKeys = (world: World, state: AccountState, device: number, left: number): void => {
  const keys = state.oneTimeKeys.get(device);
  for (const id of keys?.keys() ?? []) {
    if (oneTimeKeysLeft(state, device) <= left) break;
    keys?.delete(id);
  }
  storeOneTimeKeys(world, state, device);
  warnOfLowKeys(world, state, device);
};
