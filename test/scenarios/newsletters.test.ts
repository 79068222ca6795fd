import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOk } from '../support/api-client.ts';
import { type Lab, startLab } from '../support/lab.ts';
import { createPhoneNewsletters, type PhoneNewsletters } from '../support/phone-newsletters.ts';
import type { Phone } from '../support/phones.ts';
import { pauseLanes } from '../support/stop-writes.ts';
import { pause, waitFor } from '../support/wait.ts';

let lab: Lab;
let newsletters: PhoneNewsletters;
let shop: { id: string; phone: Phone };
let reader: { id: string; phone: Phone };
let ana: Phone;

beforeAll(async () => {
  lab = await startLab();
  newsletters = createPhoneNewsletters(lab.phonesUrl);
  await lab.subscribe();
  shop = await lab.link('Shop');
  reader = await lab.link('Reader');
  ana = await lab.phones.add({ name: 'Ana' });
});
afterAll(() => lab.close());

const at = (path = '', by = shop.id) => `/v1/instances/${by}/newsletters${path}`;
const ask = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown, by = shop.id) =>
  expectOk(lab.api()(method, at(path, by), body));
const create = async (name: string) => {
  const made = await ask('POST', '', { name, description: 'What is new.' });
  const found = (await newsletters.list()).find((one) => one.name === name);
  if (!found) throw new Error(`no phone knows ${name}`);
  return { id: made.id as string, made, jid: found.newsletter };
};
/** Only a connected number can be asked about its newsletters. */
const startAgain = async () => {
  await lab.start();
  for (const { id } of [shop, reader]) await lab.waitForState(id, 'connected', 30_000);
};
const told = (type: string, id: string) => lab.receiver.events(type).filter(({ data }) => data.newsletter.id === id);
const received = (text: string) =>
  lab.receiver.events('message.received').filter(({ data }) => data.message.text === text);

test('what is posted to a newsletter of one’s own is there for phones and for other numbers that follow it', async () => {
  const { id, made, jid } = await create('Bread');
  expect(made).toMatchObject({ name: 'Bread', description: 'What is new.', role: 'owner' });
  await newsletters.follow(ana.number, jid);
  const preview = await ask('POST', '/preview', { invite: made.invite_link }, reader.id);
  expect(preview).toMatchObject({ name: 'Bread', role: 'guest', subscribers_count: 1 });
  const followed = await ask('POST', '/follow', { invite: made.invite_link }, reader.id);
  expect(followed).toMatchObject({ name: 'Bread', role: 'subscriber' });
  expect((await newsletters.list()).find(({ newsletter }) => newsletter === jid)?.followers).toEqual([
    ana.number,
    reader.phone.number,
  ]);

  const { id: messageId } = await lab.send(shop.id, id, 'fresh rolls');
  await lab.waitForStatus(messageId, 'sent');
  expect(await newsletters.posts(jid)).toMatchObject([{ text: 'fresh rolls' }]);
  const event = await waitFor('the post', () => received('fresh rolls')[0]);
  expect(event).toMatchObject({
    instanceId: reader.id,
    data: { message: { chat_type: 'newsletter', chat_id: followed.id, contact: null } },
  });
  await waitFor('the events', () => told('newsletter.followed', followed.id).length === 1);
  expect(told('newsletter.created', id)).toHaveLength(1);
  expect(await ask('GET', `/${id}`)).toMatchObject({ role: 'owner', subscribers_count: 2, verified: false });
  const refused = await lab.send(reader.id, followed.id, 'let me in');
  await lab.waitForStatus(refused.id, 'failed');
});

test('killed after the socket write and before the ack is recorded: posted once', async () => {
  const { id, jid } = await create('Killed');
  await lab.phones.addFault({ kind: 'withhold_ack', number: shop.phone.number });
  const { id: messageId } = await lab.send(shop.id, id, 'exactly once');
  await waitFor('the post', async () => (await newsletters.posts(jid)).length === 1);
  await lab.gateway().kill();
  await lab.phones.clearFaults();
  await startAgain();
  await lab.waitForStatus(messageId, 'sent', 15_000);
  await pause(500);
  expect(await newsletters.posts(jid)).toMatchObject([{ text: 'exactly once' }]);
});

test('what a followed newsletter posts arrives once, also across a kill, until it is not followed any more', async () => {
  const { newsletter: jid, invite_code: code } = await newsletters.found(ana.number, 'Ana writes');
  const { id } = await ask('POST', '/follow', { invite: `https://whatsapp.com/channel/${code}` });
  await newsletters.post(jid, ana.number, 'chapter one');
  await waitFor('the first post', () => received('chapter one').length > 0);
  const goOn = pauseLanes(lab.dataDir, 'receive');
  await newsletters.post(jid, ana.number, 'chapter two');
  await waitFor('the post to be journaled', async () =>
    (await lab.phones.clients(shop.phone.number)).every(({ undelivered }) => undelivered === 0),
  );
  await lab.gateway().kill();
  await newsletters.post(jid, ana.number, 'chapter three');
  goOn();
  await startAgain();
  await waitFor('the rest', () => received('chapter two').length > 0 && received('chapter three').length > 0, 30_000);
  await ask('POST', `/${id}/unfollow`);
  await newsletters.post(jid, ana.number, 'chapter four');
  await pause(1_000);
  const texts = ['chapter one', 'chapter two', 'chapter three', 'chapter four'];
  expect(texts.map((text) => received(text).length)).toEqual([1, 1, 1, 0]);
  expect(await ask('GET', `/${id}`)).toMatchObject({ name: 'Ana writes', role: 'guest' });
  await waitFor('the event', () => told('newsletter.unfollowed', id).length === 1);
});

test('it is changed, muted and deleted, and each change is told once', async () => {
  const { id, made } = await create('Cakes');
  const followed = await ask('POST', '/follow', { invite: made.invite_link }, reader.id);
  await ask('POST', `/${followed.id}/mute`, undefined, reader.id);
  expect(await ask('GET', `/${followed.id}`, undefined, reader.id)).toMatchObject({ muted: true });
  await ask('POST', `/${followed.id}/unmute`, undefined, reader.id);
  await ask('PATCH', `/${id}`, { name: 'Tarts', description: null });
  // WhatsApp tells those who follow, and who changed it as well.
  for (const one of [id, followed.id]) {
    const event = await waitFor('the change', () => told('newsletter.updated', one)[0]);
    expect(event.data.changes).toEqual({ name: 'Tarts', description: null });
  }
  expect((await lab.api()('PATCH', at(`/${followed.id}`, reader.id), { name: 'Mine' })).body.error.code).toBe(
    'newsletter_admin_required',
  );
  expect((await lab.api()('POST', at(`/${id}/unfollow`))).body.error.code).toBe('newsletter_is_own');
  await ask('DELETE', `/${id}`);
  expect((await lab.api()('GET', at(`/${followed.id}`, reader.id))).body.error.code).toBe('newsletter_not_found');
  expect((await ask('GET', '')).data.map((one: { id: string }) => one.id)).not.toContain(id);
  await waitFor('the event', () => told('newsletter.deleted', id).length === 1);
  expect(told('newsletter.updated', id)).toHaveLength(1);
});

test('an invite that leads nowhere is told from one that is none', async () => {
  const nowhere = await lab.api()('POST', at('/preview'), { invite: 'AbCdEfGhIjKlMnOpQrStUv' });
  expect([nowhere.status, nowhere.body.error.code]).toEqual([404, 'newsletter_invite_not_found']);
});
