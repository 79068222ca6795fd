import { oneTimeKeysLeft } from '../clients/prekeys.ts';
import { jidOf } from '../world/accounts.ts';
import type { ClientDevice, ClientReceipt, Delivery } from '../world/types.ts';
import { type AccountState, createCounters, type World } from '../world/world.ts';

/** How the world looks through the control API. */

const isoOrNull = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());

export const viewPresence = ({ presence }: AccountState) => ({
  available: presence.availableOn.size > 0,
  last_seen: isoOrNull(presence.lastSeenAt),
  typing: [...presence.typing].map(([chat, state]) => ({ chat, state })),
});

export const viewPhone = (state: AccountState) => {
  const { account } = state;
  return {
    number: account.number,
    lid: account.lid,
    name: account.name,
    devices: [...state.devices.values()].map(({ id, kind }) => ({
      id,
      kind,
      online: kind === 'client' ? state.connections.has(id) : account.online,
    })),
    auto_delivered: account.autoDelivered,
    auto_read: account.autoRead,
    answer_retry: account.answerRetry,
    history: account.history ?? 'inline',
    about: account.about ?? '',
    online: account.online,
    has_picture: account.picture !== undefined,
    presence: viewPresence(state),
  };
};

export const viewClient = (state: AccountState, device: ClientDevice) => ({
  device: device.id,
  jid: jidOf(state, 'pn', device.id),
  lid: jidOf(state, 'lid', device.id),
  online: state.connections.has(device.id),
  linked_at: new Date(device.linkedAt).toISOString(),
  platform: device.platform,
  last_login_at: isoOrNull(device.lastLoginAt),
  prekeys_left: oneTimeKeysLeft(state, device.id),
  undelivered: state.outboxes.get(device.id)?.entries.size ?? 0,
});

export const viewDelivery = (delivery: Delivery) => ({
  id: delivery.id,
  stanza: delivery.stanza,
  device: delivery.device,
  from: delivery.from,
  from_device: delivery.fromDevice,
  enc_type: delivery.encType,
  count: delivery.count === undefined ? null : Number(delivery.count),
  bytes: delivery.byteCount,
  sha256: delivery.sha256,
  at: new Date(delivery.at).toISOString(),
  class: delivery.class,
  own: delivery.own,
  decrypted: delivery.decrypted,
  error: delivery.error ?? null,
});

export const viewReceipt = (receipt: ClientReceipt) => ({
  id: receipt.id,
  type: receipt.type,
  from: receipt.from,
  device: receipt.device,
  at: new Date(receipt.at).toISOString(),
});

export const viewCounters = ({ account }: AccountState) => ({ ...account.counters });

export const viewStats = (world: World) => {
  const counters = createCounters();
  let clients = 0;
  let clientsOnline = 0;
  let undelivered = 0;
  for (const state of world.accounts.values()) {
    for (const key of Object.keys(counters) as (keyof typeof counters)[]) counters[key] += state.account.counters[key];
    for (const device of state.devices.values()) if (device.kind === 'client') clients += 1;
    clientsOnline += state.connections.size;
    for (const outbox of state.outboxes.values()) undelivered += outbox.entries.size;
  }
  const usage = process.cpuUsage();
  return {
    ...counters,
    phones: world.accounts.size,
    clients,
    clients_online: clientsOnline,
    undelivered,
    cpu_ms: Math.round((usage.user + usage.system) / 1000),
    rss_bytes: process.memoryUsage.rss(),
  };
};
