import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import type { Tx } from '../../src/db/index.ts';
import { lookUpCall } from '../../src/domain/contacts/index.ts';
import { acceptedMessageSchema, messageSchema } from '../../src/http/render-message.ts';
import { type FrontDoor, openFrontDoor } from './harness.ts';

let door: FrontDoor;
let key = '';
let instanceId = '';
beforeAll(async () => {
  door = await openFrontDoor();
  ({ key } = await door.addParty('Sender'));
  instanceId = (await door.ask('POST', '/v1/instances', { key, body: { name: 'Shop' } })).json.id;
});
afterAll(() => door.close());

const send = (body: object, headers: Record<string, string> = {}) =>
  door.ask('POST', `/v1/instances/${instanceId}/messages`, {
    key,
    body: { type: 'text', text: 'hello', ...body },
    headers,
  });

test('a message without connection is accepted, says that it is held and why, and is what the schema says', async () => {
  const answer = await send({ to: '+49 (0)170 - 1234567', client_ref: 'order-1' });
  expect(answer.status).toBe(202);
  expect(answer.json).toMatchObject({
    instance_id: instanceId,
    direction: 'out',
    type: 'text',
    status: 'queued',
    to: '+49 (0)170 - 1234567',
    text: 'hello',
    client_ref: 'order-1',
    contact: { phone_number: '491701234567' },
    held: true,
    hold_reason: 'instance_pending',
    place: 1,
  });
  expect(z.strictObject(acceptedMessageSchema.shape).safeParse(answer.json).error).toBeUndefined();
  const read = await door.ask('GET', `/v1/messages/${answer.json.id}`, { key });
  expect(z.strictObject(messageSchema.shape).safeParse(read.json).error).toBeUndefined();
});

test('a contact of ours can be written to by its id', async () => {
  const first = await send({ to: '+491709999999' });
  const second = await send({ to: first.json.contact.id });
  expect([second.status, second.json.contact.id, second.json.chat_id]).toEqual([
    202,
    first.json.contact.id,
    first.json.chat_id,
  ]);
});

test('a number that WhatsApp does not know is refused, and WhatsApp is asked once', async () => {
  const { json } = await door.ask('POST', '/v1/instances', { key, body: { name: 'Asker' } });
  let asked = 0;
  const stop = door.bus.serve(lookUpCall(json.id), async (phones) => {
    asked += 1;
    return [phones].flat().map((phone) => ({ phone, exists: false }));
  });
  const body = { to: '+491708888888', type: 'text', text: 'hello' };
  const before = await door.countRows();
  for (let tries = 0; tries < 2; tries += 1) {
    const answer = await door.ask('POST', `/v1/instances/${json.id}/messages`, { key, body });
    expect([answer.status, answer.json.error.code]).toEqual([422, 'recipient_not_on_whatsapp']);
  }
  expect(asked).toBe(1);
  expect(await door.countRows()).toEqual(before);
  stop();
});

test('messages are listed newest first, by page, status, reference and contact', async () => {
  const refs = ['a', 'b', 'c'];
  for (const ref of refs) await send({ to: '+491707777777', client_ref: ref });
  const path = `/v1/instances/${instanceId}/messages`;
  const page = await door.ask('GET', `${path}?limit=2`, { key });
  expect(page.json.data.map((row: { client_ref: string }) => row.client_ref)).toEqual(['c', 'b']);
  const next = await door.ask('GET', `${path}?limit=1&cursor=${page.json.next_cursor}`, { key });
  expect(next.json.data[0].client_ref).toBe('a');
  const found = await door.ask('GET', `${path}?client_ref=b&status=queued&direction=out`, { key });
  expect(found.json.data).toHaveLength(1);
  const contactId = found.json.data[0].contact.id;
  expect((await door.ask('GET', `${path}?contact_id=${contactId}`, { key })).json.data).toHaveLength(3);
  expect((await door.ask('GET', `${path}?status=failed`, { key })).json).toEqual({ data: [], next_cursor: null });
});

test('a message is cancelled once, and its timeline tells', async () => {
  const { json } = await send({ to: '+491706666666' });
  const cancelled = await door.ask('POST', `/v1/messages/${json.id}/cancel`, { key });
  expect([cancelled.status, cancelled.json.status]).toEqual([200, 'cancelled']);
  const again = await door.ask('POST', `/v1/messages/${json.id}/cancel`, { key });
  expect([again.status, again.json.error.code]).toEqual([409, 'message_not_cancellable']);
  const timeline = await door.ask('GET', `/v1/messages/${json.id}/timeline`, { key });
  const told = timeline.json.data.map((entry: { what: string }) => entry.what);
  expect(told).toEqual(['message.queued', 'message.cancelled']);
});

test('a message is shown in the words of WhatsApp, once there are any, and to nobody else', async () => {
  const { json } = await send({ to: '+491706666667' });
  const raw = () => door.ask('GET', `/v1/messages/${json.id}/raw`, { key });
  expect((await raw()).json).toEqual({ message: null, base64: null });
  const payload = Buffer.from(JSON.stringify({ conversation: 'hello' }));
  await door.db.tx((tx) => tx.updateTable('messages').set({ payload }).where('id', '=', json.id).execute());
  expect((await raw()).json).toEqual({ message: { conversation: 'hello' }, base64: payload.toString('base64') });
  const { key: stranger } = await door.addParty('stranger');
  const hidden = await door.ask('GET', `/v1/messages/${json.id}/raw`, { key: stranger });
  expect([hidden.status, hidden.json.error.code]).toEqual([404, 'message_not_found']);
});

test('who has got and read a message is listed, for each of those it was written to, and to its customer only', async () => {
  const { json } = await send({ to: '+491706666668' });
  const receipts = () => door.ask('GET', `/v1/messages/${json.id}/receipts`, { key });
  expect((await receipts()).json).toEqual({ data: [] });
  const got = { delivered_at: 1_000, read_at: 2_000 };
  const told = { delivered_at: '1970-01-01T00:00:01.000Z', read_at: '1970-01-01T00:00:02.000Z', played_at: null };
  const change = (set: object) => (tx: Tx) => tx.updateTable('messages').set(set).where('id', '=', json.id).execute();
  await door.db.tx(change({ ...got, status: 'read' }));
  expect((await receipts()).json).toEqual({ data: [{ contact: json.contact, ...told }] });
  await door.db.tx(async (tx) => {
    await change({ chat_kind: 'group', contact_id: null })(tx);
    const row = { message_id: json.id, contact_id: json.contact.id, ...got, read_at: null, played_at: null };
    await tx.insertInto('message_receipts').values(row).execute();
  });
  expect((await receipts()).json).toEqual({ data: [{ contact: json.contact, ...told, read_at: null }] });
  const { key: stranger } = await door.addParty('stranger');
  const hidden = await door.ask('GET', `/v1/messages/${json.id}/receipts`, { key: stranger });
  expect([hidden.status, hidden.json.error.code]).toEqual([404, 'message_not_found']);
});

test('the caller’s correlation id is in the answer, the audit row, the event and the log', async () => {
  const correlationId = 'checkout 4711';
  const answer = await send({ to: '+491705555555' }, { 'x-correlation-id': correlationId });
  expect(answer.headers.get('x-correlation-id')).toBe(correlationId);
  const audit = await door.ask('GET', `/v1/audit-events?target=${answer.json.id}`, { key });
  expect(audit.json.data[0].correlation_id).toBe(correlationId);
  const events = await door.db.read
    .selectFrom('events')
    .select('correlation_id')
    .where('message_id', '=', answer.json.id)
    .execute();
  expect(events).toEqual([{ correlation_id: correlationId }]);
  expect(door.lines.some((line) => JSON.parse(line).correlation_id === correlationId)).toBe(true);
});

test('neither texts nor numbers are in the log', async () => {
  await send({ to: '+49 170 4444444', text: 'the secret recipe' });
  await send({ to: '+49 170 4444444', text: 'the secret recipe', nonsense: true });
  const log = door.lines.join('');
  expect(log).not.toContain('the secret recipe');
  expect(log).not.toContain('4444444');
});

test('a message can be put off, listed, moved and cancelled', async () => {
  const sendAt = new Date(Date.now() + 3_600_000).toISOString();
  const put = await send({ to: '+49 170 1111119', send_at: sendAt });
  expect(put.json).toMatchObject({ status: 'scheduled', send_at: sendAt, held: false });
  const listed = await door.ask('GET', `/v1/instances/${instanceId}/messages?status=scheduled`, { key });
  expect(listed.json.data.map(({ id }: { id: string }) => id)).toEqual([put.json.id]);
  const later = new Date(Date.now() + 7_200_000).toISOString();
  const path = `/v1/messages/${put.json.id}`;
  expect((await door.ask('PATCH', path, { key, body: { send_at: later } })).json).toMatchObject({ send_at: later });
  expect((await door.ask('POST', `${path}/cancel`, { key })).json).toMatchObject({ status: 'cancelled' });
  expect((await door.ask('PATCH', path, { key, body: { send_at: null } })).json.error.code).toBe(
    'message_not_scheduled',
  );
});

test.each([
  ['more than a year ahead', { send_at: '2099-01-01T00:00:00Z' }, 'send_at'],
  ['after it has expired', { send_at: '2027-01-02T00:00:00Z', expires_at: '2027-01-01T00:00:00Z' }, 'expires_at'],
])('a message that would be sent %s is refused', async (_, times, field) => {
  const answer = await send({ to: '+49 170 1111119', ...times });
  expect(answer.json.error).toMatchObject({ code: 'invalid_request', details: { fields: [{ field }] } });
});

test('no more messages wait for their time than the limit says', async () => {
  const tight = await openFrontDoor({ env: { SCHEDULED_MAX: '1' } });
  const party = await tight.addParty('Tight');
  const { id } = (await tight.ask('POST', '/v1/instances', { key: party.key, body: { name: 'Shop' } })).json;
  const send_at = new Date(Date.now() + 3_600_000).toISOString();
  const body = { to: '+49 170 1111119', type: 'text', text: 'later', send_at };
  const path = `/v1/instances/${id}/messages`;
  expect((await tight.ask('POST', path, { key: party.key, body })).status).toBe(202);
  const before = await tight.countRows();
  expect((await tight.ask('POST', path, { key: party.key, body })).json.error.code).toBe('limit_reached');
  expect(await tight.countRows()).toEqual(before);
  await tight.close();
});
