import { dropOutbox, enqueueStanza } from '../clients/outbox.ts';
import { nowSeconds } from '../lib/clock.ts';
import { randomStanzaId } from '../lib/random.ts';
import { dropSessionsWith } from '../phones/sessions.ts';
import { node } from '../wire/nodes.ts';
import { jidOf } from '../world/accounts.ts';
import type { AccountState, World } from '../world/world.ts';

/** Tells everyone who has asked for an account's devices that the list has changed. */
export const announceDevices = (world: World, state: AccountState, change: 'add' | 'remove', device: number): void => {
  for (const watcher of state.watchers) {
    const [number, id] = watcher.split(':');
    const account = world.accounts.get(number ?? '');
    const client = account?.devices.get(Number(id));
    if (!account || client?.kind !== 'client') {
      state.watchers.delete(watcher);
      continue;
    }
    for (const addressing of ['pn', 'lid'] as const) {
      const jid = jidOf(state, addressing, device);
      const attributes = { from: jidOf(state, addressing), type: 'devices', id: randomStanzaId(), t: nowSeconds() };
      const content = [node('device', { jid, 'key-index': device.toString() })];
      enqueueStanza(world, account, client.id, node('notification', attributes, [node(change, {}, content)]));
    }
  }
};

/** The person, or the client itself, ends a link: its credentials are worth nothing from now on. */
export const unlinkClient = (world: World, state: AccountState, device: number): void => {
  const { number } = state.account;
  state.devices.delete(device);
  world.changes.note(number);
  state.oneTimeKeys.delete(device);
  world.store.remove('device', `${number}:${device}`);
  world.store.remove('one-time-keys', `${number}:${device}`);
  dropOutbox(world, state, device);
  dropSessionsWith(world, number, device);
  announceDevices(world, state, 'remove', device);
  state.connections.get(device)?.end(deviceRemoved());
};

export const deviceRemoved = () =>
  node('stream:error', { code: '401' }, [node('conflict', { type: 'device_removed' })]);
export const replaced = () => node('stream:error', {}, [node('conflict', { type: 'replaced' })]);
export const streamError = (code: number) => node('stream:error', { code: code.toString() });
