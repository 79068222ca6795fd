import type { proto } from 'baileys';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BareClient, waitFor } from './bare-client.ts';
import type { Phone, Seen } from './control.ts';
import { type Desk, lidOf, pnOf, startDesk } from './desk.ts';

let desk: Desk;
let phone: Phone;
let client: BareClient;
let ada: Phone;
const kept = new Map<string, proto.IMessage>();
beforeAll(async () => {
  desk = await startDesk();
  ({ phone, client } = await desk.addLinked({ name: 'Shop' }, { getMessage: (id) => kept.get(id) }));
  ada = await desk.addPhone({ name: 'Ada' });
});
afterAll(() => desk.stop());

const send = (input: Record<string, unknown>) => desk.send(ada, phone, input);
const got = async (id: string): Promise<proto.IMessage> => {
  const found = await waitFor('the message', () =>
    client.messages.find(({ key, message }) => key.id === id && message),
  );
  return found.message ?? {};
};
const seen = async (of: Phone, id: string): Promise<Seen> =>
  waitFor('the phone to show it', async () => (await desk.seen(of)).find((one) => one.id === id));

describe('a phone sends, a client gets and the other phone shows', () => {
  test.each([
    [{ kind: 'live_location', text: 'on my way', seconds: 900 }, 'liveLocationMessage.caption', 'on my way', {}],
    [
      { kind: 'list_reply', text: 'Large', choice: 'size-l' },
      'listResponseMessage.singleSelectReply.selectedRowId',
      'size-l',
      { choice: 'size-l' },
    ],
    [
      { kind: 'button_reply', text: 'Yes', choice: 'yes' },
      'buttonsResponseMessage.selectedButtonId',
      'yes',
      { choice: 'yes' },
    ],
    [
      { kind: 'template_reply', text: 'Stop', choice: 'stop' },
      'templateButtonReplyMessage.selectedId',
      'stop',
      { choice: 'stop' },
    ],
    [
      { kind: 'flow_reply', text: 'Blue', choice: '{"id":"blue"}' },
      'interactiveResponseMessage.nativeFlowResponseMessage.paramsJson',
      '{"id":"blue"}',
      { choice: '{"id":"blue"}' },
    ],
    [
      { kind: 'event', text: 'Party', place: 'Here', starts_at: '2030-01-01T20:00:00Z' },
      'eventMessage.name',
      'Party',
      { event: { starts_at: '2030-01-01T20:00:00.000Z', place: 'Here' } },
    ],
  ])('$kind', async (input, path, value, view) => {
    const id = await send(input);
    expect(await got(id)).toHaveProperty(path, value);
    expect(await seen(phone, id)).toMatchObject({ kind: input.kind, text: input.text, ...view });
  });

  test('an answer to a menu that quotes it', async () => {
    const menu = (await client.socket.sendMessage(lidOf(ada), { text: 'Which size?' }))?.key.id ?? '';
    await seen(ada, menu);
    const message = await got(await send({ kind: 'list_reply', text: 'Large', choice: 'l', quote: menu }));
    expect(message.listResponseMessage?.contextInfo?.stanzaId).toBe(menu);
  });

  test('an invitation to a group that works', async () => {
    const { group } = await desk.control.call<{ group: string }>('POST', '/control/groups', {
      by: ada.number,
      subject: 'Club',
    });
    const { groupInviteMessage } = await got(await send({ kind: 'group_invite', text: 'come in', group }));
    expect(groupInviteMessage).toMatchObject({ groupJid: group, groupName: 'Club', caption: 'come in' });
    expect(await client.socket.groupAcceptInvite(groupInviteMessage?.inviteCode ?? '')).toBe(group);
  });

  test('a product, and an order that the business reads', async () => {
    const product = {
      id: 'p1',
      name: 'Bicycle',
      price: 250_000,
      currency: 'EUR',
      image_urls: ['https://shop.example/b.jpg'],
    };
    await desk.control.call('PUT', `/control/phones/${phone.number}/business`, { products: [product] });
    const { productMessage } = await got(await send({ kind: 'product', text: 'this one?', product: 'p1' }));
    expect(productMessage).toMatchObject({
      product: { productId: 'p1', title: 'Bicycle' },
      businessOwnerJid: lidOf(phone),
    });
    const id = await send({ kind: 'order', text: 'two please', items: [{ product: 'p1', quantity: 2 }] });
    const { orderMessage } = await got(id);
    expect(orderMessage).toMatchObject({ itemCount: 2, message: 'two please' });
    expect(await seen(phone, id)).toMatchObject({ order: { item_count: 2, total: 500_000, currency: 'EUR' } });
    const { orderId, token } = orderMessage ?? {};
    expect(await client.socket.getOrderDetails(orderId ?? '', token ?? '')).toEqual({
      price: { total: 500_000, currency: 'EUR' },
      products: [
        {
          id: 'p1',
          name: 'Bicycle',
          imageUrl: 'https://shop.example/b.jpg',
          price: 250_000,
          currency: 'EUR',
          quantity: 2,
        },
      ],
    });
    await expect(client.socket.getOrderDetails(orderId ?? '', 'guessed')).rejects.toThrow('item-not-found');
  });

  test('whether somebody comes to an event, so that the client that created it can read it', async () => {
    const sent = await client.socket.sendMessage(lidOf(ada), { event: { name: 'Opening', startDate: new Date() } });
    const id = sent?.key.id ?? '';
    if (sent?.message) kept.set(id, sent.message);
    await seen(ada, id);
    const answers: unknown[] = [];
    client.socket.ev.on('messages.update', (updates) => {
      for (const { update } of updates) answers.push(...(update.eventResponses ?? []));
    });
    await send({ kind: 'event_reply', target: id, choice: 'going' });
    await waitFor('the answer', () => answers.length === 1);
    expect(answers).toMatchObject([{ response: { response: 1 } }]);
    expect(await seen(phone, id)).toMatchObject({ event: { replies: [{ from: ada.number, reply: 'going' }] } });
    const asked = { to: phone.number, kind: 'event_reply', target: id, choice: 'perhaps' };
    const refused = await desk.control.ask('POST', `/control/phones/${ada.number}/messages`, asked);
    expect(refused.status).toBe(422);
  });

  test('the name that a business goes by', async () => {
    const bakery = await desk.addPhone({ name: 'Bakery' });
    await desk.control.call('PUT', `/control/phones/${bakery.number}/business`, {});
    const id = await desk.send(bakery, phone, { text: 'fresh bread' });
    await got(id);
    expect(client.messages.find(({ key }) => key.id === id)).toMatchObject({ verifiedBizName: 'Bakery' });
  });

  test('files with a preview, a moving sticker and a voice with its waves', async () => {
    const data = Buffer.from('bytes').toString('base64');
    const thumbnail = Buffer.from('small').toString('base64');
    const waveform = Buffer.alloc(64, 7).toString('base64');
    const image = await send({ kind: 'image', thumbnail });
    expect(Buffer.from((await got(image)).imageMessage?.jpegThumbnail ?? []).toString()).toBe('small');
    expect(await seen(phone, image)).toMatchObject({ media: { thumbnail: true } });
    expect((await got(await send({ kind: 'sticker', data, animated: true }))).stickerMessage?.isAnimated).toBe(true);
    const voice = await send({ kind: 'voice', data, seconds: 2, waveform });
    expect(await seen(phone, voice)).toMatchObject({ kind: 'voice', media: { waveform, seconds: 2 } });
  });

  test('anything at all as JSON', async () => {
    const message = { albumMessage: { expectedImageCount: 2, expectedVideoCount: 0 } };
    const id = await send({ message });
    expect((await got(id)).albumMessage?.expectedImageCount).toBe(2);
    expect(await seen(phone, id)).toMatchObject({ kind: 'album' });
    const withBytes = { imageMessage: { caption: 'x', fileSha256: Buffer.from('hash').toString('base64') } };
    expect(Buffer.from((await got(await send({ message: withBytes }))).imageMessage?.fileSha256 ?? []).toString()).toBe(
      'hash',
    );
  });
});

describe('pins and keeping', () => {
  test('a client pins a message and takes the pin away; a person pins too', async () => {
    const id = await send({ text: 'important' });
    await got(id);
    const key = { remoteJid: lidOf(ada), id, fromMe: false };
    await client.socket.sendMessage(lidOf(ada), { pin: key, type: 1, time: 86_400 });
    await waitFor('the pin', async () => (await seen(ada, id)).pinned_by === phone.number);
    expect(await seen(phone, id)).toMatchObject({ pinned_by: phone.number });
    await client.socket.sendMessage(lidOf(ada), { pin: key, type: 2 });
    await waitFor('no pin', async () => (await seen(ada, id)).pinned_by === undefined);
    const pin = await send({ kind: 'pin', target: id });
    expect((await got(pin)).pinInChatMessage).toMatchObject({ key: { id }, type: 1 });
    expect(await seen(phone, id)).toMatchObject({ pinned_by: ada.number });
    await send({ kind: 'pin', target: id, seconds: 0 });
    expect((await seen(phone, id)).pinned_by).toBeUndefined();
  });

  test('what is kept does not disappear', async () => {
    await send({ kind: 'timer', seconds: 86_400 });
    const id = await send({ text: 'for a day' });
    expect((await seen(phone, id)).expires_at).toEqual(expect.any(String));
    await send({ kind: 'keep', target: id });
    expect(await seen(phone, id)).toMatchObject({ kept_by: ada.number });
    expect((await seen(phone, id)).expires_at).toBeUndefined();
  });
});

test.each([
  ['a Message that is none', { message: { nonsense: 1 } }],
  ['an empty Message', { message: {} }],
  ['a product that is not there', { kind: 'product', product: 'none' }],
  ['an order of nothing', { kind: 'order' }],
])('%s is refused before anything is sent', async (_name, input) => {
  const asked = { to: phone.number, ...input };
  const refused = await desk.control.ask('POST', `/control/phones/${ada.number}/messages`, asked);
  expect(refused).toMatchObject({ status: 422, body: { error: { code: 'invalid_message' } } });
});

test('what clients send of these kinds is shown by its kind and words', async () => {
  const relay = (message: proto.IMessage) => client.socket.relayMessage(pnOf(ada), message, {});
  const list = { title: 'Menu', description: 'Choose', buttonText: 'Open', sections: [] };
  expect(await seen(ada, await relay({ listMessage: list }))).toMatchObject({ kind: 'list', text: 'Choose' });
  const invite = { groupJid: '1@g.us', inviteCode: 'abc', groupName: 'Team', caption: 'join us', inviteExpiration: 1 };
  expect(await seen(ada, await relay({ groupInviteMessage: invite }))).toMatchObject({
    kind: 'group_invite',
    text: 'join us',
    invite: { group: '1@g.us', code: 'abc', name: 'Team' },
  });
});
