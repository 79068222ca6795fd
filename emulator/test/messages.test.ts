import { type BinaryNode, proto } from 'baileys';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BareClient, waitFor } from './bare-client.ts';
import { linkClient, type Phone } from './control.ts';
import { aWhile, type Desk, lidOf, pnOf, startDesk, textOfId, textsOf } from './desk.ts';

let desk: Desk;
let phone: Phone;
let client: BareClient;
let friend: Phone;
beforeAll(async () => {
  desk = await startDesk();
  ({ phone, client } = await desk.addLinked({ name: 'Shop' }));
  friend = await desk.addPhone({ name: 'Ada' });
});
afterAll(() => desk.stop());

const receiptsFor = (of: BareClient, id: string) =>
  of.receipts.filter(({ attrs, content }) => attrs.id === id || JSON.stringify(content ?? '').includes(id));

const ackFor = (id: string) => waitFor('the server ack', () => client.acks.find(({ attrs }) => attrs.id === id));

describe('from a client', () => {
  test.each([
    ['number', pnOf],
    ['LID', lidOf],
  ])(
    'a text addressed by %s is acked by the server, shown on the phone and reported delivered',
    async (name, jidOf) => {
      const sent = await client.socket.sendMessage(jidOf(friend), { text: `by ${name}` });
      const id = sent?.key.id ?? '';
      expect((await ackFor(id)).attrs).toMatchObject({ class: 'message', from: jidOf(friend) });
      const receipt = await waitFor('the receipt', () => receiptsFor(client, id)[0]);
      expect(receipt.attrs).toMatchObject({ from: jidOf(friend) });
      expect(receipt.attrs.type).toBeUndefined();
      const shown = (await desk.seen(friend, phone)).find((message) => message.id === id);
      expect(shown).toMatchObject({ text: `by ${name}`, direction: 'in', status: 'delivered', from: phone.number });
    },
  );

  test('the person reading is reported to the client', async () => {
    const id = (await client.socket.sendMessage(lidOf(friend), { text: 'read me' }))?.key.id ?? '';
    await waitFor('delivery', () => receiptsFor(client, id)[0]);
    await desk.control.call('POST', `/control/phones/${friend.number}/read`, { with: phone.number });
    await waitFor('the read receipt', () => receiptsFor(client, id).find(({ attrs }) => attrs.type === 'read'));
    await waitFor('Baileys to notice', () =>
      client.updates.some(({ key, update }) => key.id === id && update.status === 4),
    );
  });

  test('what it sends shows on its own phone as sent by the person', async () => {
    const id = (await client.socket.sendMessage(lidOf(friend), { text: 'own copy' }))?.key.id ?? '';
    await ackFor(id);
    const [own] = (await desk.seen(phone, friend)).filter((message) => message.id === id);
    expect(own).toMatchObject({ direction: 'out', text: 'own copy' });
    expect((await desk.counters(phone)).own_copies).toBeGreaterThan(0);
  });

  test('the same message sent again with its id is shown once and counted as a resend', async () => {
    const content = { extendedTextMessage: { text: 'once' } };
    const id = await client.socket.relayMessage(lidOf(friend), content, {});
    await ackFor(id);
    const before = await desk.counters(friend);
    await client.socket.relayMessage(lidOf(friend), content, { messageId: id });
    await waitFor('the second ack', () => client.acks.filter(({ attrs }) => attrs.id === id).length === 2);
    const after = await desk.counters(friend);
    expect(after).toEqual({ ...before, raw: before.raw + 1, resends: before.resends + 1 });
    expect((await desk.seen(friend)).filter((message) => message.id === id)).toHaveLength(1);
  });

  test('every copy is kept raw, with its sender, type, size and hash', async () => {
    const id = (await client.socket.sendMessage(lidOf(friend), { text: 'raw' }))?.key.id ?? '';
    await ackFor(id);
    const { data } = await desk.control.call<{ data: Record<string, unknown>[] }>(
      'GET',
      `/control/phones/${friend.number}/deliveries`,
    );
    expect(data.filter((delivery) => delivery.id === id)).toEqual([
      expect.objectContaining({
        from: phone.number,
        from_device: 1,
        device: 0,
        enc_type: expect.stringMatching(/msg$/),
        count: null,
        class: 'first',
        decrypted: true,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      }),
    ]);
  });

  test('a message to a number that is not on WhatsApp is acked and reaches nobody', async () => {
    const id = (await client.socket.sendMessage('4915100000001@s.whatsapp.net', { text: 'anyone?' }))?.key.id ?? '';
    await ackFor(id);
    await aWhile();
    expect(receiptsFor(client, id)).toEqual([]);
  });

  test('a phone that is off gets the message, and says so, when it is on again', async () => {
    const sleeper = await desk.addPhone();
    await desk.control.call('PATCH', `/control/phones/${sleeper.number}`, { online: false });
    const ids: string[] = [];
    for (const text of ['first', 'second']) {
      ids.push((await client.socket.sendMessage(lidOf(sleeper), { text }))?.key.id ?? '');
    }
    await ackFor(ids[1] ?? '');
    await aWhile();
    expect(receiptsFor(client, ids[0] ?? '')).toEqual([]);
    expect(await desk.seen(sleeper)).toEqual([]);
    await desk.control.call('PATCH', `/control/phones/${sleeper.number}`, { online: true });
    await waitFor('both receipts', () => ids.every((id) => receiptsFor(client, id).length > 0));
    expect((await desk.seen(sleeper)).map(({ text }) => text)).toEqual(['first', 'second']);
  });

  test('a phone with receipts switched off takes messages in silence', async () => {
    const quiet = await desk.addPhone({ auto_delivered: false });
    const id = (await client.socket.sendMessage(lidOf(quiet), { text: 'psst' }))?.key.id ?? '';
    await ackFor(id);
    await aWhile();
    expect(receiptsFor(client, id)).toEqual([]);
    expect(await desk.seen(quiet)).toHaveLength(1);
  });

  test('a phone that reads at once sends both receipts', async () => {
    const eager = await desk.addPhone({ auto_read: true });
    const id = (await client.socket.sendMessage(lidOf(eager), { text: 'now' }))?.key.id ?? '';
    await waitFor('both', () => receiptsFor(client, id).length === 2);
    expect(receiptsFor(client, id).map(({ attrs }) => attrs.type)).toEqual([undefined, 'read']);
  });
});

describe('to a client', () => {
  test.each(['pn', 'lid'] as const)('a text addressed by %s arrives with both addresses and the name', async (via) => {
    const id = await desk.send(friend, phone, { text: `via ${via}`, via });
    await waitFor('the text', () => textOfId(client, id) === `via ${via}`);
    const { key, pushName } = client.messages.find((message) => message.key.id === id) ?? { key: {} };
    const [main, other] = via === 'lid' ? [lidOf(friend), pnOf(friend)] : [pnOf(friend), lidOf(friend)];
    expect(key).toMatchObject({ remoteJid: main, remoteJidAlt: other, fromMe: false });
    expect(pushName).toBe('Ada');
  });

  test('one contact keeps one session, however addressed: nothing is ever undecryptable', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 6; n += 1) {
      ids.push(await desk.send(friend, phone, { text: `mix ${n}`, via: n % 2 ? 'pn' : 'lid' }));
      await client.socket.sendMessage(n % 2 ? lidOf(friend) : pnOf(friend), { text: `back ${n}` });
    }
    await waitFor('all six', () => ids.every((id, n) => textOfId(client, id) === `mix ${n}`));
    expect((await desk.counters(friend)).undecryptable).toBe(0);
  });

  test('its receipts reach the phone: delivered first, read when it reads', async () => {
    const id = await desk.send(friend, phone, { text: 'tell me' });
    const message = await waitFor('the text', () => client.messages.find(({ key }) => key.id === id));
    const receipts = async () => {
      const { data } = await desk.control.call<{ data: { id: string; type: string; device: number }[] }>(
        'GET',
        `/control/phones/${friend.number}/receipts`,
      );
      return data.filter((receipt) => receipt.id === id);
    };
    await waitFor('delivered', async () => (await receipts()).length === 1);
    await client.socket.readMessages([message.key]);
    await waitFor('read', async () => (await receipts()).length === 2);
    expect(await receipts()).toMatchObject([
      { type: expect.stringMatching(/delivered|inactive/), device: 1 },
      { type: 'read', device: 1 },
    ]);
    expect((await desk.seen(friend, phone)).find((seen) => seen.id === id)?.status).toBe('read');
  });

  test('many messages sent at once arrive in order', async () => {
    const path = `/control/phones/${friend.number}/messages`;
    const { ids } = await desk.control.call<{ ids: string[] }>('POST', path, {
      to: phone.number,
      text: 'n{n}',
      count: 120,
    });
    expect(ids).toHaveLength(120);
    await waitFor('all of them', () => textOfId(client, ids[119] ?? ''));
    const order = client.messages.flatMap(({ key }) => (ids.includes(key.id ?? '') ? [key.id] : []));
    expect(order).toEqual(ids);
  });

  test('other kinds arrive as what they are, and any protobuf can be sent raw', async () => {
    const send = (input: Record<string, unknown>) => desk.send(friend, phone, input);
    const got = (id: string) => waitFor(id, () => client.messages.find(({ key }) => key.id === id)?.message);
    expect(await got(await send({ kind: 'image', text: 'look' }))).toHaveProperty('imageMessage.caption', 'look');
    expect(await got(await send({ kind: 'location', text: 'here' }))).toHaveProperty('locationMessage.name', 'here');
    expect(await got(await send({ kind: 'contact', text: 'Bob' }))).toHaveProperty('contactMessage.displayName', 'Bob');
    const target = (await client.socket.sendMessage(lidOf(friend), { text: 'react to me' }))?.key.id ?? '';
    const reaction = await got(await send({ kind: 'reaction', text: '👍', target }));
    expect(reaction).toMatchObject({ reactionMessage: { text: '👍', key: { id: target } } });
    const raw = Buffer.from(proto.Message.encode({ pollCreationMessageV3: { name: 'tea?' } }).finish()).toString(
      'base64',
    );
    expect(await got(await send({ raw }))).toHaveProperty('pollCreationMessageV3.name', 'tea?');
  });

  test('what the person sends from the phone reaches the client as sent by itself', async () => {
    const id = await desk.send(phone, friend, { text: 'from the phone' });
    const message = await waitFor('the copy', () => client.messages.find(({ key }) => key.id === id && key.fromMe));
    expect(message.key.remoteJid).toBe(lidOf(friend));
    expect(textsOf(client)).toContain('from the phone');
    await desk.settled(phone);
  });
});

describe('several devices', () => {
  test('a phone’s other devices get a copy each and show the message once', async () => {
    const wide = await desk.addPhone({ devices: 3 });
    await client.socket.sendMessage(pnOf(wide), { text: 'to all three' });
    await waitFor('three copies', async () => (await desk.counters(wide)).raw === 3);
    expect(await desk.counters(wide)).toMatchObject({ raw: 3, shown: 1, resends: 0, undecryptable: 0 });
  });

  test('a phone’s other device sends in its own name and its own session', async () => {
    const wide = await desk.addPhone({ devices: 2 });
    const id = await desk.send(wide, phone, { text: 'from my tablet', from_device: 1 });
    await waitFor('the text', () => textOfId(client, id) === 'from my tablet');
    await client.socket.sendMessage(lidOf(wide), { text: 'back' });
    await waitFor('both copies', async () => (await desk.counters(wide)).raw === 2);
    expect(await desk.counters(wide)).toMatchObject({ shown: 1, undecryptable: 0 });
  });

  test('two clients of different people talk to each other, and both phones see it', async () => {
    const { phone: otherPhone, client: other } = await desk.addLinked({ name: 'Office' });
    const stanzas: BinaryNode[] = [];
    other.socket.ws.on('CB:message', (stanza: BinaryNode) => stanzas.push(stanza));
    const there = (await client.socket.sendMessage(lidOf(otherPhone), { text: 'hello office' }))?.key.id ?? '';
    await waitFor('the office to get it', () => textOfId(other, there) === 'hello office');
    // Nobody but the sender's account can vouch for a device that is not a phone.
    const first = stanzas.find(({ attrs }) => attrs.id === there)?.content as BinaryNode[];
    expect(first.map(({ tag, attrs }) => [tag, attrs.type])).toEqual([
      ['enc', 'pkmsg'],
      ['device-identity', undefined],
    ]);
    const back = (await other.socket.sendMessage(pnOf(phone), { text: 'hello shop' }))?.key.id ?? '';
    await waitFor('the shop to get it', () => textOfId(client, back) === 'hello shop');
    await waitFor('a receipt from the client itself', () =>
      receiptsFor(client, there).some(({ attrs }) => attrs.from === lidOf(otherPhone).replace('@', ':1@')),
    );
    expect((await desk.seen(otherPhone, phone)).map(({ text, direction }) => [direction, text])).toEqual([
      ['in', 'hello office'],
      ['out', 'hello shop'],
    ]);
    other.end();
  });

  test('two clients of one person see each other’s messages as their own', async () => {
    const { phone: shared, client: first } = await desk.addLinked();
    const second = await linkClient(desk.control, desk.emulator.wsUrl, shared.number);
    await first.socket.sendMessage(lidOf(friend), { text: 'warm up' });
    const id = (await first.socket.sendMessage(pnOf(friend), { text: 'from the first' }))?.key.id ?? '';
    const copy = await waitFor('the copy', () => second.messages.find(({ key }) => key.id === id));
    expect(copy.key).toMatchObject({ fromMe: true, remoteJid: pnOf(friend) });
    await desk.settled(shared);
    first.end();
    second.end();
  });

  test('a client linked later gets messages from those who knew the older devices', async () => {
    const { phone: growing } = await desk.addLinked();
    await client.socket.sendMessage(lidOf(growing), { text: 'before' });
    const late = await linkClient(desk.control, desk.emulator.wsUrl, growing.number);
    await desk.settled(phone);
    const id = (await client.socket.sendMessage(lidOf(growing), { text: 'after' }))?.key.id ?? '';
    await waitFor('the new client to get it', () => textOfId(late, id) === 'after');
    late.end();
  });
});
