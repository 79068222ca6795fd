import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BareClient, waitFor } from './bare-client.ts';
import { linkClient, type Phone, type Seen } from './control.ts';
import { aWhile, type Desk, lidOf, pnOf, startDesk, trustMedia } from './desk.ts';

const STORIES = 'status@broadcast';
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

let desk: Desk;
let phone: Phone;
let client: BareClient;
let ada: Phone;
let bob: Phone;
beforeAll(async () => {
  desk = await startDesk();
  await trustMedia(desk);
  ({ phone, client } = await desk.addLinked({ name: 'Shop' }));
  ada = await desk.addPhone({ name: 'Ada' });
  bob = await desk.addPhone({ name: 'Bob', devices: 2 });
});
afterAll(() => desk.stop());

const storiesOn = async (of: Phone) =>
  (await desk.control.call<{ data: Seen[] }>('GET', `/control/phones/${of.number}/stories`)).data;
const storyOn = (of: Phone, id: string) =>
  waitFor('the story', async () => (await storiesOn(of)).find((story) => story.id === id));
const post = async (by: Phone, input: object) =>
  (await desk.control.call<{ id: string }>('POST', `/control/phones/${by.number}/stories`, input)).id;
const view = (by: Phone, id: string) => desk.control.call('POST', `/control/phones/${by.number}/stories/${id}/view`);
const storyAt = (of: BareClient, id: string) =>
  waitFor('the client to get the story', () => of.messages.find(({ key, message }) => key.id === id && message));
const receiptsFor = (id: string, type?: string) =>
  client.receipts.filter(({ attrs }) => attrs.id === id && attrs.type === type);
const tell = async (text: string, people: string[]) =>
  (await client.socket.sendMessage(STORIES, { text }, { statusJidList: people, broadcast: true }))?.key.id ?? '';

describe('a client’s story', () => {
  test('is shown by those it is for, by nobody else, and is in no chat', async () => {
    const id = await tell('open today', [lidOf(ada), pnOf(bob), pnOf(phone)]);
    expect(await storyOn(ada, id)).toMatchObject({ text: 'open today', from: phone.number, direction: 'in' });
    await storyOn(bob, id);
    expect(await storyOn(phone, id)).toMatchObject({ direction: 'out' });
    expect((await desk.seen(ada)).map((seen) => seen.id)).not.toContain(id);
    const only = await tell('for Ada', [lidOf(ada)]);
    await storyOn(ada, only);
    await aWhile();
    expect((await storiesOn(bob)).map((story) => story.id)).not.toContain(only);
  });

  test('may be a picture', async () => {
    const content = { image: PIXEL, caption: 'look', jpegThumbnail: '' };
    const sent = await client.socket.sendMessage(STORIES, content, { statusJidList: [lidOf(ada)], broadcast: true });
    expect(await storyOn(ada, sent?.key.id ?? '')).toMatchObject({ kind: 'image', text: 'look' });
  });

  test('tells the client who has looked at it', async () => {
    const id = await tell('look', [lidOf(ada), lidOf(bob)]);
    await storyOn(ada, id);
    await view(ada, id);
    const receipt = await waitFor('the view', () => receiptsFor(id, 'read')[0]);
    expect(receipt.attrs).toMatchObject({ from: STORIES, participant: lidOf(ada) });
    expect(receiptsFor(id).map(({ attrs }) => attrs.participant)).toEqual(
      expect.arrayContaining([lidOf(ada), lidOf(bob)]),
    );
    expect(await storyOn(ada, id)).toMatchObject({ status: 'read' });
  });

  test('is gone once the client deletes it', async () => {
    const id = await tell('a mistake', [lidOf(ada)]);
    await storyOn(ada, id);
    const key = { remoteJid: STORIES, id, fromMe: true };
    await client.socket.sendMessage(STORIES, { delete: key }, { statusJidList: [lidOf(ada)] });
    await waitFor('it to be gone', async () => !(await storiesOn(ada)).some((story) => story.id === id));
  });

  test('that a person has blocked does not come to them', async () => {
    const cross = await desk.addPhone();
    await desk.control.call('PUT', `/control/phones/${cross.number}/blocks`, { number: phone.number, blocked: true });
    const id = await tell('hello all', [lidOf(cross), lidOf(ada)]);
    await storyOn(ada, id);
    await aWhile();
    expect(await storiesOn(cross)).toEqual([]);
  });
});

describe('a person’s story', () => {
  test('reaches the clients of those who are in the address book, with author and name', async () => {
    const stranger = await desk.addPhone();
    await desk.control.call('PUT', `/control/phones/${ada.number}/contacts/${phone.number}`, { name: 'The shop' });
    const id = await post(ada, { text: 'on holiday' });
    const { key, message, pushName } = await storyAt(client, id);
    expect(key).toMatchObject({ remoteJid: STORIES, participant: lidOf(ada), fromMe: false });
    expect(pushName).toBe('Ada');
    expect(message?.extendedTextMessage?.text).toBe('on holiday');
    await storyOn(phone, id);
    expect(await storiesOn(stranger)).toEqual([]);
  });

  test('reaches those with whom there is a chat, and with `to` only those named', async () => {
    await desk.send(bob, phone, { text: 'hi' });
    expect((await storyAt(client, await post(bob, { kind: 'image' }))).message).toHaveProperty('imageMessage');
    const id = await post(bob, { text: 'psst', to: [ada.number] });
    await storyOn(ada, id);
    await aWhile();
    expect(client.messages.some(({ key }) => key.id === id)).toBe(false);
  });

  test('says who has looked at it when a client does, and has answers and reactions', async () => {
    const id = await post(ada, { text: 'look at me', to: [phone.number] });
    const { key } = await storyAt(client, id);
    await client.socket.readMessages([key]);
    await waitFor('the view', async () => {
      const [own] = (await storiesOn(ada)).filter((story) => story.id === id);
      return (own?.read_by as string[] | undefined)?.includes(phone.number);
    });
    await client.socket.sendMessage(STORIES, { react: { text: '💚', key } }, { statusJidList: [lidOf(ada)] });
    await waitFor('the reaction', async () => (await storyOn(ada, id)).reactions.length === 1);
  });

  test('is answered in private by another person', async () => {
    const id = await tell('any questions?', [lidOf(ada)]);
    await storyOn(ada, id);
    const answer = await desk.send(ada, phone, { text: 'yes', quote: id });
    const { message } = await storyAt(client, answer);
    expect(message?.extendedTextMessage?.contextInfo).toMatchObject({ stanzaId: id, remoteJid: STORIES });
    await desk.control.call('PUT', `/control/phones/${ada.number}/messages/${id}/reaction`, { emoji: '👍' });
    await waitFor('the reaction', () =>
      client.messages.some(({ key, message }) => key.remoteJid === STORIES && message?.reactionMessage?.key?.id === id),
    );
  });

  test('is deleted by the person for those who got it', async () => {
    const id = await post(ada, { text: 'oops', to: [phone.number] });
    await storyAt(client, id);
    await desk.control.call('DELETE', `/control/phones/${ada.number}/messages/${id}`);
    await waitFor('the deletion', () =>
      client.messages.some(({ message }) => message?.protocolMessage?.key?.id === id),
    );
    expect((await storiesOn(phone)).map((story) => story.id)).not.toContain(id);
  });

  test('reaches the person’s own client as its own', async () => {
    const id = await post(phone, { text: 'from the phone', to: [ada.number] });
    expect((await storyAt(client, id)).key).toMatchObject({ remoteJid: STORIES, fromMe: true });
    const second = await linkClient(desk.control, desk.emulator.wsUrl, phone.number);
    const other = await tell('from the client', [lidOf(ada), pnOf(phone)]);
    expect((await storyAt(second, other)).key).toMatchObject({ fromMe: true });
    await desk.settled(phone);
    second.end();
  });

  test('that a client cannot read is asked for again', async () => {
    await desk.fault({ kind: 'corrupt_inbound', number: phone.number, count: 1 });
    const id = await post(ada, { text: 'at the second try', to: [phone.number] });
    expect((await storyAt(client, id)).message?.extendedTextMessage?.text).toBe('at the second try');
  });
});

test('a story that is asked for and is not there is a 404', async () => {
  expect(await desk.control.ask('POST', `/control/phones/${ada.number}/stories/NONE/view`)).toMatchObject({
    status: 404,
    body: { error: { code: 'message_not_found' } },
  });
});
