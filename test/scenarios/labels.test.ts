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
  const received = await waitFor('the message', () => lab.receiver.events('message.received')[0]);
  chat = received.data.message.chat_id;
});
afterAll(() => lab.close());

const api = async (method: 'GET' | 'POST' | 'PATCH', rest = '', body?: object) =>
  expectOk(lab.api()(method, `/v1/instances/${shop.id}/labels${rest}`, body));

async function onPhone(method: string, rest = '', body?: object): Promise<object[]> {
  const response = await fetch(`${lab.phonesUrl}/control/phones/${shop.phone.number}/labels${rest}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(await response.text());
  return JSON.parse(await response.text()).data;
}

const told = async (type: string, count: number) =>
  waitFor(`${count} of ${type}`, () => lab.receiver.events(type)[count - 1]?.data);

test('labels of the phone are shown and told, and on which chats they are', async () => {
  await onPhone('PUT', '/3', { name: 'New order', color: 4 });
  const { label } = await told('label.created', 1);
  expect(label).toMatchObject({ instance_id: shop.id, name: 'New order', color: 4 });
  await onPhone('PUT', `/3/chats/${ada.number}`, {});
  expect(await told('label.attached', 1)).toMatchObject({ label: { id: label.id }, chat_id: chat });
  const shown = await expectOk(lab.api()('GET', `/v1/instances/${shop.id}/chats/${chat}`));
  expect(shown.label_ids).toEqual([label.id]);
  await onPhone('PUT', '/3', { name: 'Paid', color: 5 });
  expect((await told('label.updated', 1)).label).toMatchObject({ id: label.id, name: 'Paid', color: 5 });
  await onPhone('PUT', `/3/chats/${ada.number}`, { labeled: false });
  await told('label.detached', 1);
  await onPhone('DELETE', '/3');
  await told('label.deleted', 1);
  expect((await api('GET')).data).toEqual([]);
});

test('labels of the API are on the phone, behind those that it had, and each change is told once', async () => {
  const { id } = await api('POST', '', { name: 'Urgent', color: 1 });
  await lab.api()('PUT', `/v1/instances/${shop.id}/labels/${id}/chats/${chat}`);
  expect(await onPhone('GET')).toEqual([{ id: '4', name: 'Urgent', color: 1, chats: [ada.number], messages: [] }]);
  await api('PATCH', `/${id}`, { name: 'Very urgent' });
  expect(await onPhone('GET')).toMatchObject([{ name: 'Very urgent', color: 1, chats: [ada.number] }]);
  await lab.api()('DELETE', `/v1/instances/${shop.id}/labels/${id}/chats/${chat}`);
  expect(await onPhone('GET')).toMatchObject([{ chats: [] }]);
  await lab.api()('DELETE', `/v1/instances/${shop.id}/labels/${id}`);
  expect(await onPhone('GET')).toEqual([]);
  // What comes after it has been recorded, and with it all that the gateway heard of its own changes.
  await onPhone('PUT', '/9', { name: 'Last', color: 0 });
  await told('label.created', 3);
  const counts = ['created', 'updated', 'deleted', 'attached', 'detached'].map(
    (what) => lab.receiver.events(`label.${what}`).length,
  );
  expect(counts).toEqual([3, 2, 2, 2, 2]);
});
