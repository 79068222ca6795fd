import type { WACallEvent } from 'baileys';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BareClient, connect, waitFor } from './bare-client.ts';
import type { Phone } from './control.ts';
import { aWhile, type Desk, lidOf, pnOf, startDesk } from './desk.ts';

type CallView = { id: string; state: string; answered_by: { number: string; device: number } | null };

let desk: Desk;
let phone: Phone;
let client: BareClient;
let ada: Phone;
const events: WACallEvent[] = [];
beforeAll(async () => {
  desk = await startDesk();
  ({ phone, client } = await desk.addLinked({ name: 'Shop' }));
  client.socket.ev.on('call', (calls) => events.push(...calls));
  ada = await desk.addPhone({ name: 'Ada' });
});
afterAll(() => desk.stop());

const call = (from: Phone, to: string, input: object = {}) =>
  desk.control.call<CallView>('POST', `/control/phones/${from.number}/calls`, { to, ...input });
const act = (by: Phone, id: string, what: string) =>
  desk.control.call<CallView>('POST', `/control/phones/${by.number}/calls/${id}/${what}`);
const viewOn = async (of: Phone, id: string) => {
  const { data } = await desk.control.call<{ data: CallView[] }>('GET', `/control/phones/${of.number}/calls`);
  return data.find((one) => one.id === id);
};
const eventOf = (id: string, status: string) =>
  waitFor(`the ${status}`, () => events.find((event) => event.id === id && event.status === status));

describe('a person who calls', () => {
  test.each([
    ['voice', false],
    ['video', true],
  ])('is announced to the client with number and kind: %s', async (_name, video) => {
    const { id } = await call(ada, phone.number, { video });
    expect(await eventOf(id, 'offer')).toMatchObject({
      chatId: lidOf(ada),
      from: lidOf(ada),
      callerPn: pnOf(ada),
      isVideo: video,
      isGroup: false,
    });
    expect(await viewOn(phone, id)).toMatchObject({ state: 'ringing', video, from: ada.number });
    expect(await act(ada, id, 'hang-up')).toMatchObject({ state: 'ended' });
    await eventOf(id, 'terminate');
  });

  test('is turned down by the client, and sees it', async () => {
    const { id } = await call(ada, phone.number);
    const { from } = await eventOf(id, 'offer');
    await client.socket.rejectCall(id, from);
    expect(await viewOn(ada, id)).toMatchObject({
      state: 'rejected',
      answered_by: { number: phone.number, device: 1 },
    });
    await eventOf(id, 'terminate');
    expect((await desk.control.ask('POST', `/control/phones/${phone.number}/calls/${id}/accept`)).status).toBe(409);
  });

  test('gives up after a while, and the call is missed', async () => {
    const { id } = await call(ada, phone.number, { ring_ms: 1 });
    await eventOf(id, 'timeout');
    expect(await viewOn(phone, id)).toMatchObject({ state: 'missed', answered_by: null });
    await waitFor('the missed call in the chat', () => client.messages.some(({ key }) => key.id === id));
  });

  test.each([
    ['accept', 'accepted'],
    ['reject', 'rejected'],
  ])('whose call the phone answers with %s is no longer the client’s', async (answer, state) => {
    const { id } = await call(ada, phone.number);
    await eventOf(id, 'offer');
    expect(await act(phone, id, answer)).toMatchObject({ state, answered_by: { number: phone.number, device: 0 } });
    await eventOf(id, answer);
    await eventOf(id, 'terminate');
  });

  test('rings at a client that comes later, marked as offline', async () => {
    const away = await desk.addLinked();
    away.client.end();
    await waitFor('it to be gone', async () => !(await desk.clientOf(away.phone)).online);
    const { id } = await call(ada, away.phone.number, { ring_ms: 1 });
    const again = connect(desk.emulator.wsUrl, away.client.credentials);
    const seen: WACallEvent[] = [];
    again.socket.ev.on('call', (calls) => seen.push(...calls));
    await waitFor('both', () => seen.length === 2);
    expect(seen).toMatchObject([
      { id, status: 'offer', offline: true },
      { id, status: 'timeout', offline: true },
    ]);
    again.end();
  });

  test('a group rings at every member until one takes it', async () => {
    const { group } = await desk.control.call<{ group: string }>('POST', '/control/groups', {
      by: ada.number,
      subject: 'Team',
      members: [phone.number],
    });
    const { id } = await call(ada, group);
    expect(await eventOf(id, 'offer')).toMatchObject({ isGroup: true, groupJid: group });
    await act(ada, id, 'hang-up');
  });

  test('is not heard by those who have blocked the person', async () => {
    const nuisance = await desk.addPhone();
    const blocks = `/control/phones/${phone.number}/blocks`;
    await desk.control.call('PUT', blocks, { number: nuisance.number, blocked: true });
    const { id, state } = await call(nuisance, phone.number);
    await aWhile();
    expect(state).toBe('ringing');
    expect(events.some((event) => event.id === id)).toBe(false);
    expect(await viewOn(phone, id)).toBeUndefined();
  });
});

test('a call that nobody knows is a 404, and rejecting one has no effect', async () => {
  await client.socket.rejectCall('NOBODYS', lidOf(ada));
  expect(await desk.control.ask('POST', `/control/phones/${ada.number}/calls/NOBODYS/hang-up`)).toMatchObject({
    status: 404,
    body: { error: { code: 'call_not_found' } },
  });
  expect(await desk.control.ask('POST', `/control/phones/${ada.number}/calls`, { to: '4915199999999' })).toMatchObject({
    status: 404,
  });
});

test('a client gets a link for a call', async () => {
  expect(await client.socket.createCallLink('audio')).toMatch(/^[\w-]{22}$/);
});
