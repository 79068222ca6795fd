import { afterEach, beforeEach, expect, test } from 'vitest';
import { expectOk } from '../support/api-client.ts';
import { type Lab, startLab } from '../support/lab.ts';
import { runSql } from '../support/stop-writes.ts';
import { waitFor } from '../support/wait.ts';

let lab: Lab;
let shop: { id: string; phone: { number: string } };
let ada: { number: string };

beforeEach(async () => {
  lab = await startLab();
  shop = await lab.link('Shop');
  ada = await lab.phones.add({ name: 'Ada' });
}, 60_000);
afterEach(() => lab.close());

/** What Ada does on her phone; gives the id. */
async function act(body: Readonly<Record<string, unknown>>): Promise<string> {
  const response = await fetch(`${lab.phonesUrl}/control/phones/${ada.number}/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ to: shop.phone.number, ...body }),
    signal: AbortSignal.timeout(15_000),
  });
  const said = (await response.json()) as { id?: string };
  if (said.id === undefined) throw new Error(JSON.stringify(said));
  return said.id;
}

/** Everything that the gateway has told since, by event, with its data. */
const told = () =>
  (runSql(lab.dataDir, 'select type, data from events order by id') as { type: string; data: string }[])
    .filter(({ type }) => /^(message\.(received|reaction|edited|deleted|poll_vote)|chat\.updated)$/.test(type))
    .map(({ type, data }) => ({ type, ...JSON.parse(data) }));

const received = () => told().filter(({ type }) => type === 'message.received');

test('every kind of message that a phone sends is told in fields of its own', { timeout: 60_000 }, async () => {
  const text = await act({ text: 'see @you', mentions: [shop.phone.number], forwarded: true });
  await act({ text: 'yes', quote: text });
  await act({ kind: 'image', text: 'Look', view_once: true });
  await act({ kind: 'voice', seconds: 3, data: 'AAAA' });
  await act({ kind: 'document', data: 'AAAA', file_name: 'bill.pdf', mime_type: 'application/pdf' });
  await act({ kind: 'location', text: 'Bakery', latitude: 1.5, longitude: 2.5 });
  await act({ kind: 'contact', contacts: [{ name: 'Ben', number: '4915155500009' }] });
  await act({ kind: 'poll', text: 'Which?', options: ['Rye', 'Spelt'] });
  await waitFor('all of them', () => received().length === 8);
  expect(received().map(({ message }) => message)).toMatchObject([
    { type: 'text', forwarded: true, mentions: [{ phone_number: shop.phone.number }] },
    { type: 'text', reply_to: { network_message_id: text, message_id: received()[0]?.message.id } },
    { type: 'image', caption: 'Look', view_once: true, media: { mime_type: expect.any(String) } },
    { type: 'voice', media: { seconds: 3, bytes: 3 } },
    { type: 'document', media: { filename: 'bill.pdf', mime_type: 'application/pdf' } },
    { type: 'location', name: 'Bakery', latitude: 1.5, longitude: 2.5 },
    { type: 'contacts', contacts: [{ name: 'Ben', phones: [{ phone: '4915155500009' }] }] },
    { type: 'poll', question: 'Which?', options: ['Rye', 'Spelt'], selectable: 1 },
  ]);
  const raw = await expectOk(lab.api()('GET', `/v1/messages/${received()[5]?.message.id}/raw`));
  expect(raw.message).toMatchObject({ locationMessage: { name: 'Bakery' } });
});

test('what is done to messages is told once each, though the gateway is killed in between', {
  timeout: 90_000,
}, async () => {
  const poll = await act({ kind: 'poll', text: 'Which?', options: ['Rye', 'Spelt'] });
  const words = await act({ text: 'Loo' });
  await waitFor('both', () => received().length === 2);
  await act({ kind: 'reaction', target: poll, text: '👍' });
  await lab.gateway().kill();
  await act({ kind: 'vote', target: poll, options: ['Spelt'] });
  await act({ kind: 'edit', target: words, text: 'Look' });
  await act({ kind: 'delete', target: words });
  await act({ kind: 'timer', seconds: 86_400 });
  await act({ text: 'the last' });
  await lab.start();
  await waitFor('the last', () => received().length === 3, 30_000);
  const changes = told().filter(({ type }) => type !== 'message.received');
  expect(changes.map(({ type }) => type).sort()).toEqual([
    'chat.updated',
    'message.deleted',
    'message.edited',
    'message.poll_vote',
    'message.reaction',
  ]);
  const { data } = await expectOk(lab.api()('GET', `/v1/instances/${shop.id}/messages`));
  const byId = new Map(data.map((message: { network_message_id: string }) => [message.network_message_id, message]));
  expect(byId.get(poll)).toMatchObject({ votes: [{ options: ['Spelt'] }], reactions: [{ emoji: '👍' }] });
  expect(byId.get(words)).toMatchObject({
    text: 'Look',
    edited_at: expect.any(String),
    deleted_at: expect.any(String),
  });
});
