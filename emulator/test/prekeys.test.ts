import type { BinaryNode } from 'baileys';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BareClient, connect, waitFor } from './bare-client.ts';
import type { Phone } from './control.ts';
import { type Desk, lidOf, startDesk } from './desk.ts';

let desk: Desk;
let asker: BareClient;
beforeAll(async () => {
  desk = await startDesk();
  ({ client: asker } = await desk.addLinked());
});
afterAll(() => desk.stop());

const childOf = (parent: BinaryNode | undefined, tag: string): BinaryNode | undefined =>
  (parent?.content as BinaryNode[] | undefined)?.find((child) => child.tag === tag);

const askForUser = async (jid: string) => {
  const answer = await asker.socket.query({
    tag: 'iq',
    attrs: { xmlns: 'encrypt', type: 'get', to: 's.whatsapp.net' },
    content: [{ tag: 'key', attrs: {}, content: [{ tag: 'user', attrs: { jid } }] }],
  });
  const user = childOf(childOf(answer, 'list'), 'user');
  return { key: childOf(user, 'key'), error: childOf(user, 'error') };
};

/** The id of the one-time key that came with a bundle; undefined when there was none. */
const askForKey = async (jid: string): Promise<string | undefined> => {
  const id = childOf((await askForUser(jid)).key, 'id')?.content;
  return id === undefined ? undefined : Buffer.from(id as Uint8Array).toString('hex');
};

const clientJid = (phone: Phone): string => lidOf(phone).replace('@', ':1@');
const keysLeft = async (phone: Phone): Promise<number> => (await desk.clientOf(phone)).prekeys_left;

describe('one-time keys', () => {
  test('a new client uploads a full set, and each key is handed out once', async () => {
    const { phone, client } = await desk.addLinked();
    // One went into the session by which the phone sent the history.
    expect(await keysLeft(phone)).toBe(811);
    const ids = [];
    for (let n = 0; n < 20; n += 1) ids.push(await askForKey(clientJid(phone)));
    expect(new Set(ids).size).toBe(20);
    expect(await keysLeft(phone)).toBe(791);
    client.end();
  });

  test('a phone never runs out and never gives the same key twice', async () => {
    const phone = await desk.addPhone();
    const ids = [];
    for (let n = 0; n < 20; n += 1) ids.push(await askForKey(lidOf(phone)));
    expect(new Set(ids).size).toBe(20);
  });

  test('a client that runs low is told so and uploads more', async () => {
    const { phone, client } = await desk.addLinked();
    await desk.fault({ kind: 'low_prekeys', number: phone.number, left: 6, count: 1 });
    expect(await keysLeft(phone)).toBe(6);
    await askForKey(clientJid(phone));
    expect(await keysLeft(phone)).toBe(5);
    await askForKey(clientJid(phone));
    await waitFor('the client to upload', async () => (await keysLeft(phone)) > 5);
    await desk.settled(phone);
    client.end();
  });

  test('a client that has run out while away fills up at its login', async () => {
    const { phone, client } = await desk.addLinked();
    client.end();
    await waitFor('the client to be gone', async () => !(await desk.clientOf(phone)).online);
    await desk.fault({ kind: 'low_prekeys', number: phone.number, left: 0, count: 1 });
    const again = connect(desk.emulator.wsUrl, client.credentials);
    await again.waitOffline();
    expect(await keysLeft(phone)).toBeGreaterThan(800);
    again.end();
  });

  test('while there are none, sessions start without one', async () => {
    const { phone, client } = await desk.addLinked();
    await desk.fault({ kind: 'hang_iq', number: phone.number, xmlns: 'encrypt' });
    await desk.fault({ kind: 'low_prekeys', number: phone.number, left: 0, count: 1 });
    expect(await askForKey(clientJid(phone))).toBeUndefined();
    const id = await desk.send(await desk.addPhone(), phone, { text: 'without' });
    await waitFor('the text', () => client.messages.some(({ key, message }) => key.id === id && message));
    await desk.control.call('DELETE', '/control/faults');
    client.end();
  });

  test('a signed prekey can be rotated, and new sessions use it', async () => {
    const { phone, client } = await desk.addLinked();
    await client.socket.rotateSignedPreKey();
    const id = await desk.send(await desk.addPhone(), phone, { text: 'rotated' });
    await waitFor('the text', () => client.messages.some(({ key, message }) => key.id === id && message));
    client.end();
  });

  test('keys whose signature does not hold are refused', async () => {
    const { phone, client } = await desk.addLinked();
    const before = await keysLeft(phone);
    const upload = client.socket.query({
      tag: 'iq',
      attrs: { xmlns: 'encrypt', type: 'set', to: 's.whatsapp.net' },
      content: [
        { tag: 'registration', attrs: {}, content: Buffer.alloc(4) },
        { tag: 'identity', attrs: {}, content: client.credentials.creds.signedIdentityKey.public },
        {
          tag: 'skey',
          attrs: {},
          content: [
            { tag: 'id', attrs: {}, content: Buffer.from([0, 0, 9]) },
            { tag: 'value', attrs: {}, content: Buffer.alloc(32, 5) },
            { tag: 'signature', attrs: {}, content: Buffer.alloc(64, 1) },
          ],
        },
      ],
    });
    await expect(upload).rejects.toThrow('bad-request');
    expect(await keysLeft(phone)).toBe(before);
    client.end();
  });

  test('asking for a device that does not exist is an error for that device', async () => {
    const { key, error } = await askForUser('4915199999999@s.whatsapp.net');
    expect(key).toBeUndefined();
    expect(error?.attrs).toEqual({ code: '404', text: 'item-not-found' });
  });
});
