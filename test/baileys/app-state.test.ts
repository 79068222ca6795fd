import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InboundUpdate } from '../../src/network/index.ts';
import { type Device, type Lab, type Phone, startLab, until, updatesOf } from './lab.ts';

let lab: Lab;
let shop: Phone;
let ada: Phone;
let device: Device;

beforeAll(async () => {
  lab = await startLab();
  shop = await lab.phone({ name: 'Shop' });
  ada = await lab.phone({ name: 'Ada' });
  device = await lab.link(shop);
  await lab.post(`/control/phones/${ada.number}/messages`, { to: shop.number, text: 'hello' });
});
afterAll(() => lab.stop());

const patch = async (path: string, body: object): Promise<void> => {
  const response = await fetch(`${lab.emulator.url}${path}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
};

const changeOnPhone = (change: object) => patch(`/control/phones/${shop.number}/chats/${ada.number}`, change);

const changes = (disk = device.disk) =>
  updatesOf(lab, disk, shop).filter(
    (update): update is Extract<InboundUpdate, { kind: 'chat_change' }> => update.kind === 'chat_change',
  );

const withAda = () => ({ kind: 'person' as const, contact: { lid: ada.lid } });

test('what is done to a chat on the phone is journaled, with everything that it says', async () => {
  await changeOnPhone({ archived: true });
  await changeOnPhone({ pinned: true });
  await changeOnPhone({ muted_until: -1 });
  await changeOnPhone({ unread: true });
  await until('four changes are there', () => changes().length === 4);
  expect(changes()).toEqual(
    [
      { what: 'archive', on: true },
      { what: 'pin', on: true },
      { what: 'mute', untilMs: Date.parse('9999-12-31T23:59:59Z') },
      { what: 'read', on: false },
    ].map((change) => ({ kind: 'chat_change', chat: withAda(), change, atMs: expect.any(Number), initial: false })),
  );
});

test('a change of ours reaches the phone and is journaled like one of its own', async () => {
  const outcome = await device.session.ask('change_chats', {
    chat: { kind: 'person', contact: { phone: ada.number, lid: ada.lid } },
    change: { what: 'archive', on: false },
  });
  expect(outcome).toEqual({ kind: 'done', answer: undefined });
  const chats = await lab.get(`/control/phones/${shop.number}/chats`);
  expect(chats).toMatchObject({ data: [{ archived: false, pinned: true }] });
  await until('the change is there', () => changes().length === 5);
  expect(changes().at(-1)).toMatchObject({ chat: withAda(), change: { what: 'archive', on: false } });
});

test('names in the address book are journaled, and that one is gone', async () => {
  const path = `/control/phones/${shop.number}/contacts/${ada.number}`;
  const named = () =>
    updatesOf(lab, device.disk, shop).flatMap((update) => (update.kind === 'contact_named' ? [update] : []));
  const put = await fetch(`${lab.emulator.url}${path}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Ada from next door' }),
  });
  expect(put.status).toBe(200);
  await until('the name is there', () => named().length === 1);
  expect(named()[0]).toMatchObject({ contact: { lid: ada.lid }, savedName: 'Ada from next door', initial: false });
  await lab.remove(path);
  await until('its end is there', () => named().length === 2);
  expect(named()[1]).toMatchObject({ contact: { phone: ada.number }, savedName: null });
});

test('a change whose record was lost in a crash is read again on the next connection', async () => {
  const before = changes().length;
  // The machine stops after the notification was journaled, and before what it announced was.
  device.store.beforeCommit = (batch) => {
    if (batch.keys?.some(({ kind }) => kind === 'app-state-sync-version')) throw new Error('power cut');
  };
  await changeOnPhone({ archived: true });
  await device.waitFor('closed');
  expect(changes()).toHaveLength(before);
  const again = lab.connect(device.disk);
  await again.waitFor('connected');
  await until('the change is there', () => changes().length === before + 1);
  expect(changes().at(-1)?.change).toEqual({ what: 'archive', on: true });
  device = again;
});

test('what was so before a device was linked is told as such', async () => {
  await changeOnPhone({ pinned: true });
  const second = await lab.link(shop);
  await until('the changes are there', () => changes(second.disk).length >= 4);
  expect(changes(second.disk).every(({ initial }) => initial)).toBe(true);
});
