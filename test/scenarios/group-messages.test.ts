import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOk } from '../support/api-client.ts';
import { type Lab, startLab } from '../support/lab.ts';
import { createPhoneGroups, type PhoneGroups } from '../support/phone-groups.ts';
import type { Phone } from '../support/phones.ts';
import { pauseLanes } from '../support/stop-writes.ts';
import { pause, waitFor } from '../support/wait.ts';

let lab: Lab;
let groups: PhoneGroups;
let shop: { id: string; phone: Phone };
let ana: Phone;
let ben: Phone;

beforeAll(async () => {
  lab = await startLab();
  groups = createPhoneGroups(lab.phonesUrl);
  await lab.subscribe();
  shop = await lab.link('Shop');
  ana = await lab.phones.add({ name: 'Ana' });
  ben = await lab.phones.add({ name: 'Ben', devices: 2 });
});
afterAll(() => lab.close());

const at = (path = '') => `/v1/instances/${shop.id}/groups${path}`;
const post = (path: string, body?: unknown) => expectOk(lab.api()('POST', at(path), body));

const create = async (subject: string, people: readonly Phone[]): Promise<{ id: string; jid: string }> => {
  const { group } = await post('', { subject, participants: people.map(({ number }) => number) });
  const found = (await groups.list()).find((one) => one.subject === subject);
  if (!found) throw new Error(`no phone knows ${subject}`);
  return { id: group.id, jid: found.group };
};

const textsOf = async (phone: Phone, jid: string) =>
  (await lab.phones.shown(phone.number, jid)).filter(({ direction }) => direction === 'in').map(({ text }) => text);
const waitForTexts = (phone: Phone, jid: string, texts: readonly string[]) =>
  waitFor(`${phone.name} to see ${texts.join()}`, async () => {
    const shown = await textsOf(phone, jid);
    return texts.every((text) => shown.includes(text));
  });
const waitForSent = (id: string) =>
  waitFor('the message to be sent', async () => {
    const { status } = await expectOk(lab.api()('GET', `/v1/messages/${id}`));
    return status !== 'queued' && status !== 'sending';
  });
const errorOf = async (id: string) => (await expectOk(lab.api()('GET', `/v1/messages/${id}`))).error;

test('texts reach everybody who is there, those who came late included, and nobody who has gone', async () => {
  const { id, jid } = await create('Talk', [ana, ben]);
  await lab.send(shop.id, id, 'one');
  for (const phone of [ana, ben]) await waitForTexts(phone, jid, ['one']);
  await lab.phones.send(ana.number, { to: jid, text: 'heard' });
  await waitFor('the answer', () =>
    lab.receiver.events('message.received').find(({ data }) => data.message.text === 'heard'),
  );
  await post(`/${id}/participants/remove`, { participants: [ben.number] });
  await lab.send(shop.id, id, 'two');
  await waitForTexts(ana, jid, ['one', 'two']);

  const goOn = pauseLanes(lab.dataDir, 'send');
  await lab.send(shop.id, id, 'three');
  const cid = await lab.phones.add({ name: 'Cid' });
  await post(`/${id}/participants`, { participants: [cid.number] });
  goOn();
  await waitForTexts(cid, jid, ['three']);
  await waitForTexts(ana, jid, ['three']);
  expect(await textsOf(ben, jid)).toEqual(['one', 'heard']);
  for (const { number } of [ana, ben, cid]) expect((await lab.phones.counters(number)).undecryptable).toBe(0);
});

test('a group that takes nothing from the number fails the message with the reason, and the next ones go on', async () => {
  const { group: strict } = await groups.found(ana.number, 'Strict', [shop.phone.number]);
  await groups.change(strict, ana.number, { announce: true });
  const event = await waitFor('the group', () =>
    lab.receiver.events('group.created').find(({ data }) => data.group.subject === 'Strict'),
  );
  const chatId = event.data.group.chat_id;
  const hushed = await lab.send(shop.id, chatId, 'let me speak');
  await lab.waitForStatus(hushed.id, 'failed');
  expect(await errorOf(hushed.id)).toMatchObject({ code: 'group_admins_only' });
  await groups.move(strict, ana.number, 'promote', [shop.phone.number]);
  await lab.send(shop.id, chatId, 'now I may');
  await waitForTexts(ana, strict, ['now I may']);
  await post(`/${chatId}/leave`);
  const outside = await lab.send(shop.id, chatId, 'from outside');
  await lab.waitForStatus(outside.id, 'failed');
  expect(await errorOf(outside.id)).toMatchObject({ code: 'not_in_group' });
  const after = await lab.send(shop.id, ana.number, 'to you alone');
  await waitForSent(after.id);
  expect(await textsOf(ana, strict)).toEqual(['now I may']);
});

test('killed after the socket write and before the ack is recorded: shown once to everybody in the group', async () => {
  const { id, jid } = await create('Killed', [ana, ben]);
  await lab.send(shop.id, id, 'before');
  for (const phone of [ana, ben]) await waitForTexts(phone, jid, ['before']);
  await lab.phones.addFault({ kind: 'withhold_ack', number: shop.phone.number });
  const { id: messageId } = await lab.send(shop.id, id, 'exactly once');
  await waitForTexts(ana, jid, ['exactly once']);
  await lab.gateway().kill();
  await lab.phones.clearFaults();
  await lab.start();
  await waitForSent(messageId);
  await pause(1_500);
  for (const phone of [ana, ben]) expect(await textsOf(phone, jid)).toEqual(['before', 'exactly once']);
  await lab.send(shop.id, id, 'after');
  for (const phone of [ana, ben]) await waitForTexts(phone, jid, ['after']);
  for (const { number } of [ana, ben]) expect((await lab.phones.counters(number)).undecryptable).toBe(0);
});
