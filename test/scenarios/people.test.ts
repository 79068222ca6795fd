import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOk } from '../support/api-client.ts';
import { type Lab, startLab } from '../support/lab.ts';
import type { Phone } from '../support/phones.ts';
import { waitFor } from '../support/wait.ts';

let lab: Lab;
let shop: { id: string; phone: Phone };
let ada: Phone;

beforeAll(async () => {
  lab = await startLab();
  await lab.subscribe();
  ada = await lab.phones.add({ name: 'Ada' });
  shop = await lab.link('Shop');
});
afterAll(() => lab.close());

// biome-ignore lint/suspicious/noExplicitAny: the emulator's answers have every shape
async function onPhone(method: string, rest: string, body?: object): Promise<any> {
  const response = await fetch(`${lab.phonesUrl}/control/phones/${rest}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(await response.text());
  return response.status === 204 ? undefined : response.json();
}

const ring = (more: object = {}) =>
  onPhone('POST', `${ada.number}/calls`, { to: shop.phone.number, video: false, ...more });

const heard = (type: string, count: number) =>
  waitFor(`${count} of ${type}`, () => lab.receiver.events(type)[count - 1]?.data.call);

test('who is there, and who types, is told to those who asked; and the person sees us type', async () => {
  await lab.send(shop.id, ada.number, 'hello');
  const { data } = await expectOk(lab.api()('GET', `/v1/instances/${shop.id}/chats`));
  const seen = (presence: string) =>
    waitFor(presence, () => lab.receiver.events('presence.updated').find((event) => event.data.presence === presence));
  await expectOk(lab.api()('PUT', `/v1/instances/${shop.id}/presence`, { presence: 'available' }));
  await expectOk(lab.api()('POST', `/v1/instances/${shop.id}/chats/${data[0].id}/presence/subscribe`));
  expect((await seen('unavailable')).data).toMatchObject({ chat_id: data[0].id, contact: { lid: ada.lid } });
  await onPhone('PUT', `${ada.number}/presence`, { available: true });
  await seen('available');
  await onPhone('PUT', `${ada.number}/typing`, { with: shop.phone.number, state: 'recording' });
  expect((await seen('recording')).data).toMatchObject({ chat_id: data[0].id });
  await expectOk(lab.api()('PUT', `/v1/instances/${shop.id}/presence`, { presence: 'typing', to: data[0].id }));
  await waitFor('us typing', async () => {
    const shown = await onPhone('GET', `${shop.phone.number}/presence`);
    return shown.available && shown.typing.some(({ chat }: { chat: string }) => chat === ada.number);
  });
});

test('a call is told while it rings, and turned down through the API', async () => {
  const { id: rung } = await ring({ video: true });
  const call = await heard('call.offered', 1);
  expect(call).toMatchObject({ state: 'ringing', video: true, chat_id: null, contact: { name: 'Ada', lid: ada.lid } });
  const path = `/v1/instances/${shop.id}/calls`;
  expect(await expectOk(lab.api()('POST', `${path}/${call.id}/reject`))).toMatchObject({ state: 'rejected' });
  const seen = await onPhone('GET', `${ada.number}/calls`);
  expect(seen.data.find(({ id }: { id: string }) => id === rung)).toMatchObject({ state: 'rejected' });
  expect(await heard('call.terminated', 1)).toMatchObject({ id: call.id, state: 'rejected' });
  const again = await lab.api()('POST', `${path}/${call.id}/reject`);
  expect([again.status, again.body.error.code]).toEqual([409, 'call_not_ringing']);
  expect((await expectOk(lab.api()('GET', path))).data).toMatchObject([{ id: call.id, state: 'rejected' }]);
});

test('a call that the phone takes, and one that nobody takes, are told as such', async () => {
  const taken = await ring();
  await heard('call.offered', 2);
  await onPhone('POST', `${shop.phone.number}/calls/${taken.id}/accept`);
  expect(await heard('call.terminated', 2)).toMatchObject({ state: 'accepted' });
  const missed = await ring();
  await heard('call.offered', 3);
  await onPhone('POST', `${ada.number}/calls/${missed.id}/hang-up`);
  expect(await heard('call.terminated', 3)).toMatchObject({ state: 'missed' });
});

test('an instance that is set to turns calls down by itself', async () => {
  await expectOk(lab.api()('PATCH', `/v1/instances/${shop.id}/settings`, { calls: 'reject' }));
  const { id } = await ring();
  expect(await heard('call.terminated', 4)).toMatchObject({ state: 'rejected' });
  const seen = await onPhone('GET', `${ada.number}/calls`);
  expect(seen.data.find((call: { id: string }) => call.id === id)).toMatchObject({ state: 'rejected' });
});

test('who is turned down by itself is written to, once a call', async () => {
  const calls_reply = 'We do not take calls; please write to us.';
  await expectOk(lab.api()('PATCH', `/v1/instances/${shop.id}/settings`, { calls: 'reject', calls_reply }));
  await ring();
  expect(await heard('call.terminated', 5)).toMatchObject({ state: 'rejected' });
  const seen = async () =>
    (await lab.phones.shown(ada.number, shop.phone.number)).filter(({ text }) => text === calls_reply).length;
  await waitFor('the reply', async () => (await seen()) === 1);
  await ring();
  await waitFor('the next', async () => (await seen()) === 2);
});

test('the name of the number is shown and told, whoever changed it, once', async () => {
  const told = async (name: string) =>
    waitFor(name, () => lab.receiver.events('instance.profile_changed').find((event) => event.data.name === name));
  await lab.phones.change(shop.phone.number, { name: 'Corner shop' });
  expect((await told('Corner shop')).data).toEqual({ name: 'Corner shop', phone_number: shop.phone.number });
  expect(await expectOk(lab.api()('GET', `/v1/instances/${shop.id}`))).toMatchObject({ profile_name: 'Corner shop' });
  expect((await lab.api()('PATCH', `/v1/instances/${shop.id}/profile`, { name: 'Our shop' })).status).toBe(204);
  await told('Our shop');
  await lab.phones.change(shop.phone.number, { name: 'Last shop' });
  await told('Last shop');
  expect(lab.receiver.events('instance.profile_changed')).toHaveLength(3);
});
