import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BareClient } from './bare-client.ts';
import type { Phone } from './control.ts';
import { type Desk, lidOf, pnOf, startDesk, trustMedia } from './desk.ts';

let desk: Desk;
let phone: Phone;
let client: BareClient;
let bakery: Phone;
beforeAll(async () => {
  desk = await startDesk();
  await trustMedia(desk);
  ({ phone, client } = await desk.addLinked({ name: 'Shop' }));
  bakery = await desk.addPhone({ name: 'Bakery' });
});
afterAll(() => desk.stop());

const product = (n: number, rest: object = {}) => ({
  id: `p${n}`,
  name: `Loaf ${n}`,
  description: 'fresh',
  retailer_id: `SKU-${n}`,
  url: 'https://bakery.example/loaf',
  price: 3500,
  currency: 'EUR',
  image_urls: ['https://bakery.example/loaf.jpg'],
  ...rest,
});
const become = (who: Phone, input: object) => desk.control.call('PUT', `/control/phones/${who.number}/business`, input);

/** As clients bring pictures of products: in the clear, under their hash. Gives where it is. */
const bringPicture = async (bytes: Buffer): Promise<string> => {
  const { auth, hosts } = await client.socket.refreshMediaConn(false);
  const name = createHash('sha256').update(bytes).digest('base64url');
  const url = `https://${hosts[0]?.hostname}/product/image/${name}?auth=${encodeURIComponent(auth)}&token=${name}`;
  const answer = await fetch(url, { method: 'POST', body: new Uint8Array(bytes) });
  return ((await answer.json()) as { direct_path: string }).direct_path;
};

test('a client reads the profile of a business, and finds none of a person', async () => {
  expect(await client.socket.getBusinessProfile(pnOf(bakery))).toBeUndefined();
  await become(bakery, {
    address: 'Main Street 1',
    description: 'We bake',
    websites: ['https://bakery.example'],
    email: 'hello@bakery.example',
    category: 'Bakery',
    hours: {
      timezone: 'Europe/Berlin',
      days: [
        { day: 'mon', mode: 'specific_hours', open_minutes: 420, close_minutes: 1080 },
        { day: 'sun', mode: 'appointment_only' },
      ],
    },
  });
  expect(await client.socket.getBusinessProfile(lidOf(bakery))).toEqual({
    wid: lidOf(bakery),
    address: 'Main Street 1',
    description: 'We bake',
    website: ['https://bakery.example'],
    email: 'hello@bakery.example',
    category: 'Bakery',
    business_hours: {
      timezone: 'Europe/Berlin',
      business_config: [
        { day_of_week: 'mon', mode: 'specific_hours', open_time: '420', close_time: '1080' },
        { day_of_week: 'sun', mode: 'appointment_only' },
      ],
    },
  });
});

test('a client reads a catalogue page by page, and its collections; what is hidden is not there', async () => {
  const products = [product(1), product(2), product(3, { hidden: true }), product(4)];
  await become(bakery, { products, collections: [{ id: 'c1', name: 'Bread', products: ['p1', 'p3', 'p4'] }] });
  const first = await client.socket.getCatalog({ jid: pnOf(bakery), limit: 2 });
  expect(first.products).toMatchObject([
    {
      id: 'p1',
      name: 'Loaf 1',
      price: 3500,
      currency: 'EUR',
      retailerId: 'SKU-1',
      imageUrls: { requested: 'https://bakery.example/loaf.jpg' },
      reviewStatus: { whatsapp: 'APPROVED' },
    },
    { id: 'p2' },
  ]);
  const rest = await client.socket.getCatalog({ jid: pnOf(bakery), limit: 2, cursor: first.nextPageCursor ?? '' });
  expect([rest.products.map(({ id }) => id), rest.nextPageCursor]).toEqual([['p4'], undefined]);
  expect((await client.socket.getCollections(pnOf(bakery))).collections).toMatchObject([
    {
      id: 'c1',
      name: 'Bread',
      products: [{ id: 'p1' }, { id: 'p4' }],
      status: { status: 'APPROVED', canAppeal: false },
    },
  ]);
  await expect(client.socket.getCatalog({ jid: pnOf(phone), limit: 1 })).rejects.toThrow('item-not-found');
});

test('a client of a business changes its profile and its catalogue; one of a person may not', async () => {
  await expect(client.socket.updateBussinesProfile({ description: 'a shop?' })).rejects.toThrow('forbidden');
  await become(phone, { description: 'before', address: 'stays' });
  await client.socket.updateBussinesProfile({
    description: 'after',
    websites: ['https://shop.example'],
    hours: { timezone: 'UTC', days: [{ day: 'tue', mode: 'open_24h' }] },
  });
  expect(await client.socket.getBusinessProfile(pnOf(phone))).toMatchObject({
    description: 'after',
    address: 'stays',
    website: ['https://shop.example'],
    business_hours: { business_config: [{ day_of_week: 'tue', mode: 'open_24h' }] },
  });
  const path = await bringPicture(Buffer.from('a picture of a bicycle'));
  const made = await client.socket.productCreate({
    name: 'Bicycle',
    description: 'red',
    price: 250_000,
    currency: 'EUR',
    originCountryCode: 'DE',
    images: [{ url: new URL(`https://mmg.whatsapp.net${path}`) }],
  });
  expect(made).toMatchObject({ name: 'Bicycle', price: 250_000, isHidden: false });
  expect(made.imageUrls.requested).toBe(`https://mmg.whatsapp.net${path}`);
  expect(
    await client.socket.productUpdate(made.id, {
      name: 'Tricycle',
      description: 'blue',
      price: 1,
      currency: 'EUR',
      images: [],
    }),
  ).toMatchObject({ id: made.id, name: 'Tricycle', description: 'blue' });
  await expect(
    client.socket.productUpdate('none', { name: 'Ghost', description: '', price: 1, currency: 'EUR', images: [] }),
  ).rejects.toThrow('item-not-found');
  expect(await client.socket.productDelete([made.id, 'none'])).toEqual({ deleted: 1 });
  expect((await client.socket.getCatalog({})).products).toEqual([]);
});

test('a business that becomes a person again has no profile', async () => {
  await desk.control.call('DELETE', `/control/phones/${bakery.number}/business`);
  expect(await client.socket.getBusinessProfile(pnOf(bakery))).toBeUndefined();
  expect(await desk.control.ask('GET', `/control/phones/${bakery.number}/business`)).toMatchObject({
    status: 404,
    body: { error: { code: 'business_not_found' } },
  });
});
