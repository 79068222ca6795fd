import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, waitFor } from './bare-client.ts';
import { type Desk, lidOf, startDesk, textsOf } from './desk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk.stop());

const disconnect = (number: string, kind: string) =>
  desk.control.call('POST', `/control/phones/${number}/clients/1/disconnect`, { kind });

describe('a connection ends', () => {
  test.each([
    ['device_removed', 401],
    ['replaced', 440],
    ['restart_515', 515],
    ['unavailable_503', 503],
    ['drop', 428],
  ])('%s is seen as %i, and the client can come back', async (kind, statusCode) => {
    const { phone, client } = await desk.addLinked();
    await disconnect(phone.number, kind);
    expect((await client.closed).statusCode).toBe(statusCode);
    const again = connect(desk.emulator.wsUrl, client.credentials);
    await again.waitOpen();
    again.end();
  });

  test('a half-open connection stays up in silence until the client gives up with 408', async () => {
    const { phone, client } = await desk.addLinked({}, { keepAliveIntervalMs: 300 });
    await disconnect(phone.number, 'half_open');
    await desk.send(await desk.addPhone(), phone, { text: 'into the void' });
    expect((await desk.clientOf(phone)).online).toBe(true);
    expect((await client.closed).statusCode).toBe(408);
    expect(textsOf(client)).toEqual([]);
  });

  test('a second login with the same credentials replaces the first', async () => {
    const { phone, client } = await desk.addLinked();
    const second = connect(desk.emulator.wsUrl, client.credentials);
    expect((await client.closed).statusCode).toBe(440);
    await second.waitOpen();
    expect((await desk.clientOf(phone)).online).toBe(true);
    await second.socket.sendMessage(lidOf(await desk.addPhone()), { text: 'still works' });
    await waitFor('the ack', () => second.acks[0]);
    second.end();
  });

  test.each([401, 403, 405, 503])('a login can be refused with %i', async (code) => {
    const { phone, client } = await desk.addLinked();
    client.end();
    await desk.fault({ kind: 'login_failure', number: phone.number, code, count: 1 });
    expect((await connect(desk.emulator.wsUrl, client.credentials).closed).statusCode).toBe(code);
    const again = connect(desk.emulator.wsUrl, client.credentials);
    await again.waitOpen();
    again.end();
  });
});

describe('a link ends', () => {
  test('the person unlinks the client: it is told, and its next login fails with 401', async () => {
    const { phone, client } = await desk.addLinked();
    await desk.control.call('DELETE', `/control/phones/${phone.number}/clients/1`);
    expect((await client.closed).statusCode).toBe(401);
    expect((await connect(desk.emulator.wsUrl, client.credentials).closed).statusCode).toBe(401);
    expect(await desk.control.call('GET', `/control/phones/${phone.number}/clients`)).toEqual([]);
  });

  test('the client logs out: it is no device of the phone any more', async () => {
    const { phone, client } = await desk.addLinked();
    await client.socket.logout();
    expect((await client.closed).statusCode).toBe(401);
    await waitFor('the device to be gone', async () => {
      const clients = await desk.control.call<unknown[]>('GET', `/control/phones/${phone.number}/clients`);
      return clients.length === 0;
    });
    expect((await connect(desk.emulator.wsUrl, client.credentials).closed).statusCode).toBe(401);
  });

  test('a phone that is removed takes its clients with it', async () => {
    const { phone, client } = await desk.addLinked();
    await desk.control.call('DELETE', `/control/phones/${phone.number}`);
    expect((await client.closed).statusCode).toBe(401);
    expect(await desk.control.ask('GET', `/control/phones/${phone.number}`)).toMatchObject({ status: 404 });
  });

  test('a client that was unlinked and linked again is a new device, and messages find it', async () => {
    const { phone, client } = await desk.addLinked();
    const { client: peer } = await desk.addLinked();
    await peer.socket.sendMessage(lidOf(phone), { text: 'old' });
    await waitFor('the old one to get it', () => client.messages.length > 0);
    await desk.control.call('DELETE', `/control/phones/${phone.number}/clients/1`);
    const pairing = connect(desk.emulator.wsUrl);
    const qr = await waitFor('a QR code', () => pairing.qrs[0]);
    const linked = await desk.control.call<{ device: number }>('POST', `/control/phones/${phone.number}/scan`, { qr });
    expect(linked.device).toBe(2);
    await pairing.closed;
    const fresh = connect(desk.emulator.wsUrl, pairing.credentials);
    await fresh.waitOffline();
    await peer.socket.sendMessage(lidOf(phone), { text: 'new' });
    await waitFor('the new one to get it', () =>
      fresh.messages.some(({ message }) => message?.extendedTextMessage?.text === 'new'),
    );
    fresh.end();
    peer.end();
  });
});
