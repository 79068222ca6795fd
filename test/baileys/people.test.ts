import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RequestKind, Requests } from '../../src/network/index.ts';
import { type Device, type Lab, type Phone, startLab, until } from './lab.ts';

// One black pixel.
const jpeg =
  '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=';

let lab: Lab;
let shop: Phone;
let ada: Phone;
let device: Device;

beforeAll(async () => {
  lab = await startLab();
  shop = await lab.phone({ name: 'Shop' });
  ada = await lab.phone({ name: 'Ada' });
  device = await lab.link(shop);
});
afterAll(() => lab.stop());

async function ask<K extends RequestKind>(kind: K, input: Requests[K]['input']): Promise<Requests[K]['answer']> {
  const outcome = await device.session.ask(kind, input);
  if (outcome.kind !== 'done') throw new Error(JSON.stringify(outcome));
  return outcome.answer;
}

const person = ({ number, lid }: Phone) => ({ phone: number, lid });

const control = async (method: string, path: string, body: object): Promise<void> => {
  const response = await fetch(`${lab.emulator.url}/control/phones/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
};

test('somebody who shows nothing has a profile of nothing', async () => {
  await control('PATCH', `${ada.number}/privacy`, { profile: 'none' });
  expect(await ask('read_profile', { contact: person(ada) })).toMatchObject({ pictureUrl: null, business: null });
});

test('what the number shows of itself is what was set', async () => {
  await ask('set_profile', { name: 'Bakery', about: 'Baking since 1907' });
  await ask('set_profile_picture', { jpeg });
  const profile = await until('the picture is there', async () => {
    const found = await ask('read_profile', { contact: person(shop) });
    return found.pictureUrl === null ? undefined : found;
  });
  expect(profile).toMatchObject({ about: 'Baking since 1907', aboutSetAtMs: expect.any(Number) });
  expect(await lab.get(`/control/phones/${shop.number}`)).toMatchObject({ name: 'Bakery' });
  await ask('set_profile_picture', { jpeg: null });
  expect(await ask('read_profile', { contact: person(shop) })).toMatchObject({ pictureUrl: null });
});

test('people are blocked and unblocked by both of their addresses', async () => {
  await ask('set_blocked', { contact: person(ada), blocked: true });
  expect(await ask('list_blocked', {})).toEqual({ contacts: [{ lid: ada.lid }] });
  await ask('set_blocked', { contact: person(ada), blocked: false });
  expect(await ask('list_blocked', {})).toEqual({ contacts: [] });
  const half = await device.session.ask('set_blocked', { contact: { phone: ada.number }, blocked: true });
  expect(half).toMatchObject({ kind: 'refused', code: 'not_found' });
});

test('privacy is set value by value, and the rest stays', async () => {
  const before = await ask('read_privacy', {});
  await ask('set_privacy', { lastSeen: 'contacts', readReceipts: 'none', newChatsTimer: 86_400 });
  expect(await ask('read_privacy', {})).toEqual({ ...before, lastSeen: 'contacts', readReceipts: 'none' });
});
