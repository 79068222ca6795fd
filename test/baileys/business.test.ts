import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RequestKind, Requests } from '../../src/network/index.ts';
import { type Device, type Lab, type Phone, startLab, until, updatesOf } from './lab.ts';

let lab: Lab;
let shop: Phone;
let bakery: Phone;
let device: Device;

const image = 'https://media.example/rye.jpg';
const loaf = (id: string, more: object = {}) => ({ id, name: `Bread ${id}`, price: 4_500, currency: 'EUR', ...more });
const business = {
  description: 'Bread and cake',
  category: 'Bakery',
  products: [
    loaf('p1', { description: 'A loaf', retailer_id: 'RYE-1', url: 'https://bakery.example/rye', image_urls: [image] }),
    loaf('p2'),
    loaf('p3', { hidden: true }),
  ],
  collections: [{ id: 'c1', name: 'Dark', products: ['p1'] }],
};

beforeAll(async () => {
  lab = await startLab();
  shop = await lab.phone({ name: 'Shop' });
  bakery = await lab.phone({ name: 'Bakery' });
  device = await lab.link(shop);
  await makeBusiness(bakery);
});
afterAll(() => lab.stop());

async function makeBusiness({ number }: Phone): Promise<void> {
  const response = await fetch(`${lab.emulator.url}/control/phones/${number}/business`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(business),
  });
  if (!response.ok) throw new Error(await response.text());
}

async function ask<K extends RequestKind>(kind: K, input: Requests[K]['input']): Promise<Requests[K]['answer']> {
  const outcome = await device.session.ask(kind, input);
  if (outcome.kind !== 'done') throw new Error(JSON.stringify(outcome));
  return outcome.answer;
}

const person = ({ number, lid }: Phone) => ({ phone: number, lid });
const price = { amount: '4.50', currency: 'EUR' };
const bare = { description: null, retailerId: null, url: null, imageUrl: null };
const plain = { ...bare, price, hidden: false, reviewStatus: 'APPROVED' };
const rye = {
  ...plain,
  id: 'p1',
  name: 'Bread p1',
  description: 'A loaf',
  retailerId: 'RYE-1',
  url: 'https://bakery.example/rye',
  imageUrl: image,
};
const second = { ...plain, id: 'p2', name: 'Bread p2' };

test('a catalogue is read page by page, by every address that a business has', async () => {
  const first = await ask('read_catalog', { owner: person(bakery), limit: 1 });
  expect(first).toEqual({ products: [rye], after: expect.any(String) });
  const next = await ask('read_catalog', { owner: { lid: bakery.lid }, limit: 1, after: first.after ?? '' });
  expect(next).toEqual({ products: [second], after: null });
  const collections = await ask('list_collections', { owner: person(bakery) });
  expect(collections).toEqual({ collections: [{ id: 'c1', name: 'Dark', products: [rye] }] });
});

test('who is no business has no catalogue, and cannot say what it is', async () => {
  for (const [kind, input] of [
    ['read_catalog', { limit: 10 }],
    ['list_collections', {}],
    ['set_business_profile', { description: 'x' }],
  ] as const) {
    expect(await device.session.ask(kind, input)).toMatchObject({ kind: 'refused' });
  }
});

test('a business says what it is and when it is open, and sees what it hides', async () => {
  await makeBusiness(shop);
  const days = [
    { day: 'mon', mode: 'specific_hours', openMinutes: 480, closeMinutes: 1080 },
    { day: 'tue', mode: 'open_24h' },
  ] as const;
  const said = { description: 'More bread', address: 'High Street 1', email: 'shop@bakery.example' };
  const hours = { timezone: 'Europe/Berlin', days };
  await ask('set_business_profile', { ...said, websites: ['https://bakery.example/'], hours });
  expect((await ask('read_profile', { contact: person(shop) })).business).toEqual({
    ...said,
    category: 'Bakery',
    websites: ['https://bakery.example/'],
    timezone: 'Europe/Berlin',
    hours: days,
  });
  await ask('set_business_profile', { description: 'Bread again' });
  const { business: now } = await ask('read_profile', { contact: person(shop) });
  expect(now).toMatchObject({ description: 'Bread again', address: 'High Street 1', hours: days });
  const { products } = await ask('read_catalog', { limit: 10 });
  expect(products.map(({ id, hidden }) => [id, hidden])).toEqual([
    ['p1', false],
    ['p2', false],
    ['p3', true],
  ]);
});

test('the details of an order are read by what came in its message', async () => {
  await makeBusiness(shop);
  await lab.post(`/control/phones/${bakery.number}/messages`, {
    to: shop.number,
    kind: 'order',
    items: [
      { product: 'p1', quantity: 2 },
      { product: 'p2', quantity: 1 },
    ],
  });
  const order = await until(
    'the order',
    () =>
      updatesOf(lab, device.disk, shop).flatMap((update) =>
        update.kind === 'message' && update.content.type === 'order' ? [update.content.order] : [],
      )[0],
  );
  const { id: orderId = '', token = '' } = order;
  expect(await ask('read_order', { orderId, token })).toEqual({
    total: { amount: '13.50', currency: 'EUR' },
    products: [
      { id: 'p1', name: 'Bread p1', price, imageUrl: image, quantity: 2 },
      { id: 'p2', name: 'Bread p2', price, imageUrl: null, quantity: 1 },
    ],
  });
  const guessed = await device.session.ask('read_order', { orderId, token: 'guessed' });
  expect(guessed).toMatchObject({ kind: 'refused', code: 'not_found' });
});
