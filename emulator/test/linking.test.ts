import { Curve } from 'baileys';
import * as signalCurve from 'libsignal/src/curve.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, createCredentials, trustRoot, waitFor } from './bare-client.ts';
import { linkClient, type Phone } from './control.ts';
import { type Desk, lidOf, pnOf, startDesk, textsOf } from './desk.ts';

const lenientVerify = Curve.verify;
const verdicts: boolean[] = [];

/** Baileys takes "did not throw" for valid; this one honours the answer of the same library. */
const strictVerify: typeof Curve.verify = (key, message, signature) => {
  const typed = key.length === 33 ? Buffer.from(key) : Buffer.concat([Buffer.from([5]), key]);
  const verdict = signalCurve.verifySignature(typed, Buffer.from(message), Buffer.from(signature)) === true;
  verdicts.push(verdict);
  return verdict;
};

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(async () => {
  Curve.verify = lenientVerify;
  await desk.stop();
});

describe('trust', () => {
  test('a client that really verifies signatures links and logs in', async () => {
    Curve.verify = strictVerify;
    const { client } = await desk.addLinked();
    // Two links of the chain for each of the two connections, and the account's signature.
    expect(verdicts).toEqual([true, true, true, true, true]);
    client.end();
  });

  test('a client that trusts another root does not talk to us', async () => {
    trustRoot(Buffer.alloc(32, 9).toString('base64'));
    const client = connect(desk.emulator.wsUrl);
    expect((await client.closed).statusCode).toBe(400);
    trustRoot(desk.emulator.rootKey);
    Curve.verify = lenientVerify;
  });

  test('signed prekeys of phones and of clients carry signatures that hold', async () => {
    const { client, phone } = await desk.addLinked();
    const other = await desk.addPhone({ devices: 2 });
    const users = [lidOf(other), lidOf(other).replace('@', ':1@'), lidOf(phone).replace('@', ':1@')];
    const answer = await client.socket.query({
      tag: 'iq',
      attrs: { xmlns: 'encrypt', type: 'get', to: 's.whatsapp.net' },
      content: [{ tag: 'key', attrs: {}, content: users.map((jid) => ({ tag: 'user', attrs: { jid } })) }],
    });
    const [list] = answer.content as { content: { content: { tag: string; content: unknown }[] }[] }[];
    expect(list?.content).toHaveLength(3);
    for (const user of list?.content ?? []) {
      const part = (tag: string) => user.content.find((child) => child.tag === tag)?.content;
      const [, value, signature] = part('skey') as { content: Buffer }[];
      const key = Buffer.concat([Buffer.from([5]), value?.content ?? Buffer.alloc(0)]);
      expect(strictVerify(part('identity') as Buffer, key, signature?.content ?? Buffer.alloc(0))).toBe(true);
    }
    client.end();
  });
});

describe('pairing', () => {
  test('a scanned QR code gives the client its number, its LID and a name, and 515 asks it to come back', async () => {
    const phone = await desk.addPhone({ name: 'Ada' });
    const client = connect(desk.emulator.wsUrl);
    const qr = await waitFor('a QR code', () => client.qrs[0]);
    expect(qr).toMatch(/^https:\/\/wa\.me\/settings\/linked_devices#2@/);
    const linked = await desk.control.call('POST', `/control/phones/${phone.number}/scan`, { qr });
    expect(linked).toEqual({
      number: phone.number,
      device: 1,
      jid: `${phone.number}:1@s.whatsapp.net`,
      lid: `${phone.lid}:1@lid`,
    });
    expect((await client.closed).statusCode).toBe(515);
    expect(client.credentials.creds.me).toMatchObject({ id: `${phone.number}:1@s.whatsapp.net`, name: 'Ada' });
    const again = connect(desk.emulator.wsUrl, client.credentials);
    await again.waitOpen();
    expect(again.credentials.creds.me?.lid).toBe(`${phone.lid}:1@lid`);
    again.end();
  });

  test('QR codes follow one another until there are no more, and then the client gives up with 408', async () => {
    const client = connect(desk.emulator.wsUrl, createCredentials(), { qrTimeout: 30 });
    expect((await client.closed).statusCode).toBe(408);
    expect(new Set(client.qrs).size).toBe(6);
  });

  test('a later QR code of the same client can be scanned as well as the first', async () => {
    const phone = await desk.addPhone();
    const client = connect(desk.emulator.wsUrl, createCredentials(), { qrTimeout: 400 });
    const qr = await waitFor('the second QR code', () => client.qrs[1]);
    expect(await desk.control.ask('POST', `/control/phones/${phone.number}/scan`, { qr })).toMatchObject({
      status: 200,
    });
    expect((await client.closed).statusCode).toBe(515);
  });

  test('a QR code that is too old, unknown, tampered with or no QR code at all is refused with its reason', async () => {
    const hasty = await startDesk({ pairingRefMs: { first: -6000, next: 0 } });
    const phone = await hasty.addPhone();
    const scan = (qr: string) => hasty.control.ask('POST', `/control/phones/${phone.number}/scan`, { qr });
    const client = connect(hasty.emulator.wsUrl);
    const qr = await waitFor('a QR code', () => client.qrs[0]);
    const refusal = (code: string) => ({ status: 422, body: { error: { code, message: expect.any(String) } } });
    expect(await scan(qr)).toMatchObject(refusal('qr_expired'));
    expect(await scan('hello')).toMatchObject(refusal('qr_malformed'));
    client.end();
    await client.closed;
    await waitFor('the code to be forgotten', async () => {
      const { body } = await scan(qr);
      return (body as { error: { code: string } }).error.code === 'qr_unknown';
    });
    await hasty.emulator.stop();
    trustRoot(desk.emulator.rootKey);

    const honest = connect(desk.emulator.wsUrl);
    const good = await waitFor('a QR code', () => honest.qrs[0]);
    const parts = good.split(',');
    parts[2] = Buffer.alloc(32, 7).toString('base64');
    const other = await desk.addPhone();
    const tampered = await desk.control.ask('POST', `/control/phones/${other.number}/scan`, { qr: parts.join(',') });
    expect(tampered).toMatchObject(refusal('qr_malformed'));
    honest.end();
  });

  test('a phone that is switched off scans nothing', async () => {
    const phone = await desk.addPhone();
    await desk.control.call('PATCH', `/control/phones/${phone.number}`, { online: false });
    const answer = await desk.control.ask('POST', `/control/phones/${phone.number}/scan`, { qr: 'x,y,z,w' });
    expect(answer).toMatchObject({ status: 409, body: { error: { code: 'phone_offline' } } });
  });

  test('several clients can be linked to one phone, each as a device of its own', async () => {
    const { phone, client } = await desk.addLinked();
    const second = await linkClient(desk.control, desk.emulator.wsUrl, phone.number);
    expect(second.credentials.creds.me?.id).toBe(`${phone.number}:2@s.whatsapp.net`);
    const devices = (await desk.control.call<{ devices: unknown }>('GET', `/control/phones/${phone.number}`)).devices;
    expect(devices).toEqual([
      { id: 0, kind: 'phone', online: true },
      { id: 1, kind: 'client', online: true },
      { id: 2, kind: 'client', online: true },
    ]);
    client.end();
    second.end();
  });

  test('the first login brings the key for settings and an empty history, so that no client waits for them', async () => {
    const { client } = await desk.addLinked();
    await waitFor('the settings key', () => client.credentials.creds.myAppStateKeyId);
    await waitFor('the history', () => client.credentials.creds.processedHistoryMessages?.length);
    client.end();
  });
});

describe('linking by code', () => {
  const waitForCode = async (on: Desk, number: string) => {
    const client = connect(on.emulator.wsUrl);
    await waitFor('a QR code', () => client.qrs[0]);
    return { client, code: await client.socket.requestPairingCode(number) };
  };
  const enter = (on: Desk, phone: Phone, code: string) =>
    on.control.ask('POST', `/control/phones/${phone.number}/link-code`, { code });
  /** The hello is on its way when the client has its code. */
  const enterOnceKnown = (on: Desk, phone: Phone, code: string) =>
    waitFor('the code to be known', async () => {
      const answer = await enter(on, phone, code);
      return JSON.stringify(answer.body).includes('code_unknown') ? undefined : answer;
    });

  test('a client shows a code for the number, the person types it, and the client logs in', async () => {
    const phone = await desk.addPhone({ name: 'Coded' });
    const { client, code } = await waitForCode(desk, phone.number);
    expect(code).toMatch(/^[0-9A-Z]{8}$/);
    const answer = await enterOnceKnown(desk, phone, `${code.slice(0, 4)}-${code.slice(4)}`.toLowerCase());
    expect(answer).toMatchObject({ status: 200, body: { device: 1, jid: `${phone.number}:1@s.whatsapp.net` } });
    expect((await client.closed).statusCode).toBe(515);
    const again = connect(desk.emulator.wsUrl, client.credentials);
    await again.waitOffline();
    const friend = await desk.addPhone();
    await desk.send(friend, phone, { text: 'linked by code' });
    await waitFor('the text', () => textsOf(again).includes('linked by code'));
    again.end();
  });

  test('a wrong code is refused, and the right one still links afterwards', async () => {
    const phone = await desk.addPhone();
    const { client, code } = await waitForCode(desk, phone.number);
    const wrong = code === 'ABCDEFGH' ? 'ABCDEFGJ' : 'ABCDEFGH';
    expect(await enterOnceKnown(desk, phone, wrong)).toMatchObject({
      status: 422,
      body: { error: { code: 'code_wrong' } },
    });
    expect(
      (await desk.control.call<{ devices: unknown[] }>('GET', `/control/phones/${phone.number}`)).devices,
    ).toHaveLength(1);
    expect(await enter(desk, phone, code)).toMatchObject({ status: 200 });
    expect((await client.closed).statusCode).toBe(515);
  });

  test('a code is good for its own number only, for a limited time, and while the client is there', async () => {
    const hasty = await startDesk({ linkCodeMs: -1 });
    const phone = await hasty.addPhone();
    const { client, code } = await waitForCode(hasty, phone.number);
    const other = await hasty.addPhone();
    expect(await enterOnceKnown(hasty, phone, code)).toMatchObject({ body: { error: { code: 'code_expired' } } });
    expect(await enter(hasty, other, code)).toMatchObject({ status: 422, body: { error: { code: 'code_unknown' } } });
    expect(await enter(hasty, phone, 'short')).toMatchObject({ status: 400 });
    client.end();
    await waitFor('the code to be forgotten', async () =>
      JSON.stringify((await enter(hasty, phone, code)).body).includes('code_unknown'),
    );
    await hasty.emulator.stop();
    trustRoot(desk.emulator.rootKey);
  });
});

describe('login', () => {
  test('credentials whose Noise key is not the one seen at pairing are refused with 401', async () => {
    const { client } = await desk.addLinked();
    client.end();
    const stolen = { ...client.credentials.creds, noiseKey: createCredentials().creds.noiseKey };
    const thief = connect(desk.emulator.wsUrl, { creds: stolen, keys: client.credentials.keys });
    expect((await thief.closed).statusCode).toBe(401);
  });

  test('a number that nobody has is refused with 401', async () => {
    const credentials = createCredentials();
    credentials.creds.me = { id: '491510000000:1@s.whatsapp.net', name: 'nobody' };
    expect((await connect(desk.emulator.wsUrl, credentials).closed).statusCode).toBe(401);
  });

  test('who is on WhatsApp is told from who is not', async () => {
    const { client } = await desk.addLinked();
    const other = await desk.addPhone();
    // Baileys leaves out who is not.
    expect(await client.socket.onWhatsApp(other.number, '4915112345')).toEqual([{ jid: pnOf(other), exists: true }]);
    client.end();
  });
});
