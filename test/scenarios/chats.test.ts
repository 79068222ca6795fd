import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOk } from '../support/api-client.ts';
import { type Lab, startLab } from '../support/lab.ts';
import type { Phone } from '../support/phones.ts';
import { waitFor } from '../support/wait.ts';

let lab: Lab;
let shop: { id: string; phone: Phone };
let ada: Phone;
let chat = '';

beforeAll(async () => {
  lab = await startLab();
  await lab.subscribe();
  ada = await lab.phones.add({ name: 'Ada' });
  shop = await lab.link('Shop');
  await lab.phones.send(ada.number, { to: shop.phone.number, text: 'one' });
  const [received] = await waitFor('the message', () => {
    const events = lab.receiver.events('message.received');
    return events.length > 0 ? events : undefined;
  });
  chat = received?.data.message.chat_id;
});
afterAll(() => lab.close());

const path = (rest = '') => `/v1/instances/${shop.id}/chats/${chat}${rest}`;
const read = () => expectOk(lab.api()('GET', path()));

async function onPhone(method: string, rest: string, body?: object): Promise<{ data: Record<string, unknown>[] }> {
  const response = await fetch(`${lab.phonesUrl}/control/phones/${rest}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(await response.text());
  return response.status === 204 ? { data: [] } : JSON.parse(await response.text());
}

const told = async (type: string, count: number) =>
  waitFor(`${count} of ${type}`, () => {
    const events = lab.receiver.events(type);
    return events.length >= count ? events[count - 1]?.data.chat : undefined;
  });

const shownOnPhone = async () => (await onPhone('GET', `${shop.phone.number}/chats`)).data[0];

test('what is done to a chat on the phone is shown and told', async () => {
  const there = `${shop.phone.number}/chats/${ada.number}`;
  await onPhone('PATCH', there, { archived: true });
  expect(await told('chat.archived', 1)).toMatchObject({ id: chat, archived: true, contact: { name: 'Ada' } });
  await onPhone('PATCH', there, { pinned: true });
  await told('chat.pinned', 1);
  await onPhone('PATCH', there, { muted_until: -1 });
  expect(await told('chat.muted', 1)).toMatchObject({ muted_until: '9999-12-31T23:59:59.000Z' });
  expect(await read()).toMatchObject({ archived: true, pinned: true });
});

test('what is done through the API is done on the phone, and told once', async () => {
  await expectOk(lab.api()('PATCH', path(), { archived: false, muted_until: '2030-01-01T00:00:00Z' }));
  expect(await shownOnPhone()).toMatchObject({ archived: false, pinned: true, muted_until: Date.parse('2030-01-01') });
  await told('chat.muted', 2);
  await expectOk(lab.api()('PATCH', path(), { pinned: false }));
  await told('chat.pinned', 2);
  expect(lab.receiver.events('chat.archived')).toHaveLength(2);
  expect(lab.receiver.events('chat.muted')).toHaveLength(2);
});

test('what comes in counts as unread until the phone reads it', async () => {
  await lab.phones.send(ada.number, { to: shop.phone.number, text: 'two' });
  await waitFor('two unread', async () => (await read()).unread_count === 2);
  await lab.phones.read(shop.phone.number, ada.number);
  expect(await told('chat.read', 1)).toMatchObject({ id: chat, unread_count: 0 });
});

test('reading through the API tells who wrote, and the phone', async () => {
  const id = await lab.phones.send(ada.number, { to: shop.phone.number, text: 'three' });
  await waitFor('one unread', async () => (await read()).unread_count === 1);
  expect(await expectOk(lab.api()('POST', path('/read')))).toMatchObject({ unread_count: 0 });
  await waitFor('the receipt', async () => {
    const { data } = await onPhone('GET', `${ada.number}/receipts`);
    return data.some((receipt) => receipt.id === id && receipt.type === 'read');
  });
});

test('an instance that is set to marks what comes in as read by itself', async () => {
  await expectOk(lab.api()('PATCH', `/v1/instances/${shop.id}/settings`, { read_receipts: 'always' }));
  const id = await lab.phones.send(ada.number, { to: shop.phone.number, text: 'four' });
  await waitFor('the receipt', async () => {
    const { data } = await onPhone('GET', `${ada.number}/receipts`);
    return data.some((receipt) => receipt.id === id && receipt.type === 'read');
  });
  await waitFor('nothing unread', async () => (await read()).unread_count === 0);
});

test('a timer is set for both sides', async () => {
  const changed = await expectOk(lab.api()('PATCH', path(), { ephemeral_seconds: 86_400 }));
  expect(changed.ephemeral_seconds).toBe(86_400);
  await waitFor('the timer', async () => {
    const { data } = await onPhone('GET', `${ada.number}/chats`);
    return data.some((one) => one.disappearing_seconds === 86_400);
  });
});

test('a chat that is deleted is gone from the phone and from the list, and its messages stay', async () => {
  const response = await lab.api()('DELETE', path());
  expect(response.status).toBe(204);
  await told('chat.deleted', 1);
  expect((await onPhone('GET', `${shop.phone.number}/chats`)).data).toEqual([]);
  expect((await expectOk(lab.api()('GET', `/v1/instances/${shop.id}/chats`))).data).toEqual([]);
  const messages = await expectOk(lab.api()('GET', `/v1/instances/${shop.id}/messages?chat_id=${chat}`));
  expect(messages.data.length).toBeGreaterThanOrEqual(4);
});

test('a name in the address book is learnt', async () => {
  await onPhone('PUT', `${shop.phone.number}/contacts/${ada.number}`, { name: 'Ada from next door' });
  await waitFor('the name', () =>
    lab.receiver.events('contact.updated').some(({ data }) => data.contact.saved_name === 'Ada from next door'),
  );
  expect(await read()).toMatchObject({ name: 'Ada from next door', contact: { name: 'Ada' } });
});
