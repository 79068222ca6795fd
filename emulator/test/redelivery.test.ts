import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEmulator } from '../src/index.ts';
import { type BareClient, connect, trustRoot, waitFor } from './bare-client.ts';
import type { Phone } from './control.ts';
import { aWhile, type Desk, lidOf, startDesk, textsOf } from './desk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk.stop());

const offline = (on: Desk, phone: Phone) =>
  waitFor('the client to be gone', async () => !(await on.clientOf(phone)).online);

const sendMany = async (on: Desk, from: Phone, to: Phone, text: string, count: number): Promise<string[]> => {
  const input = { to: to.number, text, count };
  return (await on.control.call<{ ids: string[] }>('POST', `/control/phones/${from.number}/messages`, input)).ids;
};

describe('while a client is away', () => {
  test('messages and receipts wait, and come in order, marked offline, before anything live', async () => {
    const { phone, client } = await desk.addLinked();
    const friend = await desk.addPhone();
    const sent = (await client.socket.sendMessage(lidOf(friend), { text: 'read later' }))?.key.id ?? '';
    await desk.settled(phone);
    client.end();
    await offline(desk, phone);
    await desk.control.call('POST', `/control/phones/${friend.number}/read`, { with: phone.number });
    await sendMany(desk, friend, phone, 'away {n}', 250);
    expect((await desk.clientOf(phone)).undelivered).toBe(251);

    const again = connect(desk.emulator.wsUrl, client.credentials);
    const stanzas: { tag: string; attrs: Record<string, string> }[] = [];
    const upserts: string[] = [];
    for (const tag of ['message', 'receipt', 'ib']) again.socket.ws.on(`CB:${tag}`, (node) => stanzas.push(node));
    again.socket.ev.on('messages.upsert', ({ type }) => upserts.push(type));
    await again.waitOffline();
    await waitFor('all of them', () => textsOf(again).length === 250);
    expect(textsOf(again)).toEqual(Array.from({ length: 250 }, (_, n) => `away ${n + 1}`));
    expect(stanzas.filter(({ tag, attrs }) => tag !== 'ib' && attrs.offline === undefined)).toEqual([]);
    expect(stanzas.find(({ tag }) => tag === 'receipt')?.attrs).toMatchObject({ id: sent, type: 'read' });
    expect(new Set(upserts)).toEqual(new Set(['append']));
    await desk.settled(phone);
    again.end();
  });

  test('what it has not answered comes again at its next login, and what it has does not', async () => {
    const { phone, client } = await desk.addLinked();
    const friend = await desk.addPhone();
    await desk.send(friend, phone, { text: 'answered' });
    await waitFor('the text', () => textsOf(client).includes('answered'));
    await desk.settled(phone);
    // From here on the client's answers get lost: it has the message, but the server does not know.
    client.deafen();
    await desk.send(friend, phone, { text: 'unanswered' });
    await aWhile();
    expect((await desk.clientOf(phone)).undelivered).toBe(1);
    client.end();
    const again = connect(desk.emulator.wsUrl, client.credentials);
    await again.waitOffline();
    await waitFor('the text', () => textsOf(again).includes('unanswered'));
    await desk.settled(phone);
    expect(textsOf(again)).toEqual(['unanswered']);
    again.end();
  });

  test('messages that come in while the backlog is being sent follow it', async () => {
    const { phone, client } = await desk.addLinked();
    const friend = await desk.addPhone();
    client.end();
    await offline(desk, phone);
    await sendMany(desk, friend, phone, '{n}', 400);
    const again = connect(desk.emulator.wsUrl, client.credentials);
    const order: number[] = [];
    again.socket.ws.on('CB:message', ({ attrs }) => order.push(attrs.offline === undefined ? 1 : 0));
    const live = waitFor('the first of the backlog', () => order.length > 0).then(() =>
      sendMany(desk, friend, phone, 'live {n}', 50),
    );
    await live;
    await waitFor('everything', () => order.length === 450);
    expect(order).toEqual([...order].sort());
    await waitFor('everything decrypted', () => textsOf(again).length === 450);
    again.end();
  });
});

describe('across a restart of the emulator', () => {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-'));
  let first: Desk;
  let second: Desk | undefined;
  afterAll(async () => {
    await second?.stop();
    trustRoot(desk.emulator.rootKey);
    rmSync(folder, { recursive: true, force: true });
  });

  test('root, phones, links, sessions, what waits and what was counted are as before', async () => {
    first = await startDesk({ dataDir: folder });
    const { phone, client } = await first.addLinked({ name: 'Kept' });
    const friend = await first.addPhone({ devices: 2 });
    await expect(startEmulator({ dataDir: folder })).rejects.toThrow('in use by another emulator');
    await client.socket.sendMessage(lidOf(friend), { text: 'before' });
    await first.send(friend, phone, { text: 'hello' });
    await first.settled(phone);
    const counted = await first.counters(friend);
    client.end();
    await offline(first, phone);
    await first.send(friend, phone, { text: 'waits' });
    await first.control.call('PATCH', `/control/phones/${friend.number}`, { online: false });
    await first.stop();

    second = await startDesk({ dataDir: folder });
    expect(second.emulator.rootKey).toBe(first.emulator.rootKey);
    expect(await second.counters(friend)).toEqual(counted);
    expect((await second.seen(friend, phone)).map(({ text }) => text)).toEqual(['before', 'hello', 'waits']);
    const again: BareClient = connect(second.emulator.wsUrl, client.credentials);
    await again.waitOffline();
    await waitFor('what waited', () => textsOf(again).includes('waits'));
    await again.socket.sendMessage(lidOf(friend), { text: 'to a phone that is off' });
    await second.settled(phone);
    again.end();
    await second.stop();

    second = await startDesk({ dataDir: folder });
    await second.control.call('PATCH', `/control/phones/${friend.number}`, { online: true });
    expect((await second.seen(friend, phone)).at(-1)?.text).toBe('to a phone that is off');
    expect(await second.counters(friend)).toMatchObject({ raw: counted.raw + 2, shown: 2, undecryptable: 0 });
  });
});
