import type { proto } from 'baileys';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BareClient, waitFor } from './bare-client.ts';
import type { Phone } from './control.ts';
import { aWhile, type Desk, lidOf, pnOf, startDesk, textOfId } from './desk.ts';

let desk: Desk;
let phone: Phone;
let client: BareClient;
/** What the client has sent, for when somebody asks for it again. */
const kept = new Map<string, proto.IMessage>();
beforeAll(async () => {
  desk = await startDesk();
  ({ phone, client } = await desk.addLinked({}, { getMessage: (id) => kept.get(id) }));
});
afterAll(() => desk.stop());

const sendKept = async (jid: string, text: string): Promise<string> => {
  const content = { extendedTextMessage: { text } };
  const id = `3EB0${Math.random().toString(16).slice(2, 14).toUpperCase()}`;
  kept.set(id, content);
  await client.socket.relayMessage(jid, content, { messageId: id });
  return id;
};

const deliveriesOf = async (to: Phone, id: string) => {
  type Row = { id: string; class: string; count: number | null; device: number; decrypted: boolean; enc_type: string };
  const { data } = await desk.control.call<{ data: Row[] }>('GET', `/control/phones/${to.number}/deliveries`);
  return data.filter((row) => row.id === id);
};

describe('a client that cannot read a message', () => {
  test.each(['pn', 'lid'] as const)(
    'asks the phone, addressed by %s, and gets it again under the same id',
    async (via) => {
      const friend = await desk.addPhone();
      await desk.send(friend, phone, { text: 'first', via });
      await desk.fault({ kind: 'corrupt_inbound', number: phone.number, count: 1 });
      const id = await desk.send(friend, phone, { text: `damaged ${via}`, via });
      await waitFor('the text', () => textOfId(client, id) === `damaged ${via}`);
      const { data } = await desk.control.call<{ data: { id: string; type: string }[] }>(
        'GET',
        `/control/phones/${friend.number}/receipts`,
      );
      expect(data.filter((receipt) => receipt.id === id).map(({ type }) => type)).toContain('retry');
      const later = await desk.send(friend, phone, { text: 'later', via });
      await waitFor('later ones in the new session', () => textOfId(client, later) === 'later');
      await desk.settled(phone);
    },
  );

  test('gets nothing from a phone that has been told not to answer, and only later from one that is off', async () => {
    const friend = await desk.addPhone();
    await desk.control.call('PATCH', `/control/phones/${friend.number}`, { answer_retry: false });
    await desk.fault({ kind: 'corrupt_inbound', number: phone.number, count: 1 });
    const lost = await desk.send(friend, phone, { text: 'never' });
    await waitFor('the stub', () => client.messages.find(({ key }) => key.id === lost));
    await aWhile();
    expect(textOfId(client, lost)).toBeUndefined();
    await desk.control.call('PATCH', `/control/phones/${friend.number}`, { answer_retry: true });

    await desk.fault({ kind: 'latency', number: phone.number, ms: 60, direction: 'in' });
    await desk.fault({ kind: 'corrupt_inbound', number: phone.number, count: 1 });
    const late = await desk.send(friend, phone, { text: 'late' });
    await desk.control.call('PATCH', `/control/phones/${friend.number}`, { online: false });
    await desk.control.call('DELETE', '/control/faults');
    await waitFor('the stub', () => client.messages.find(({ key }) => key.id === late));
    await aWhile();
    expect(textOfId(client, late)).toBeUndefined();
    await desk.control.call('PATCH', `/control/phones/${friend.number}`, { online: true });
    await waitFor('the text', () => textOfId(client, late) === 'late');
  });

  test('asks another client in the same way', async () => {
    const sent = new Map<string, proto.IMessage>();
    const { client: other } = await desk.addLinked({}, { getMessage: (id) => sent.get(id) });
    await other.socket.sendMessage(lidOf(phone), { text: 'warm up' });
    await desk.fault({ kind: 'corrupt_inbound', number: phone.number, device: 1, count: 1 });
    const content = { extendedTextMessage: { text: 'from a client' } };
    const id = await other.socket.relayMessage(lidOf(phone), content, {});
    sent.set(id, content);
    await waitFor('the text', () => textOfId(client, id) === 'from a client');
    other.end();
  });
});

describe('a phone that cannot read a message', () => {
  test.each([
    ['number', pnOf],
    ['LID', lidOf],
  ])('asks the client, addressed by %s, which sends it again in a new session', async (_name, jidOf) => {
    const friend = await desk.addPhone();
    await sendKept(jidOf(friend), 'first');
    await desk.fault({ kind: 'retry_request', number: friend.number, count: 1 });
    const id = await sendKept(jidOf(friend), 'again please');
    await waitFor('the message to be shown', async () =>
      (await desk.seen(friend)).some((message) => message.id === id),
    );
    expect(await desk.counters(friend)).toMatchObject({
      raw: 3,
      shown: 2,
      retry_resends: 1,
      resends: 0,
      undecryptable: 1,
    });
    expect(await deliveriesOf(friend, id)).toMatchObject([
      { class: 'first', decrypted: false },
      { class: 'retry_resend', decrypted: true, enc_type: 'pkmsg' },
    ]);
  });

  test('on another device of the person, the copy comes to that device alone and says which attempt it is', async () => {
    const friend = await desk.addPhone({ devices: 2 });
    await sendKept(lidOf(friend), 'first');
    await desk.fault({ kind: 'retry_request', number: friend.number, device: 1, count: 1 });
    const id = await sendKept(lidOf(friend), 'tablet please');
    await waitFor('the third copy', async () => (await deliveriesOf(friend, id)).length === 3);
    expect((await deliveriesOf(friend, id))[2]).toMatchObject({
      device: 1,
      count: 1,
      class: 'retry_resend',
      decrypted: true,
    });
    expect(await desk.counters(friend)).toMatchObject({
      raw: 5,
      shown: 2,
      retry_resends: 1,
      resends: 0,
      undecryptable: 1,
    });
  });

  test('the answer to its question and a resend of the client’s own are told apart', async () => {
    const friend = await desk.addPhone();
    await desk.fault({ kind: 'retry_request', number: friend.number, count: 1 });
    const id = await sendKept(lidOf(friend), 'both');
    await waitFor('the answer', async () => (await desk.counters(friend)).retry_resends === 1);
    await client.socket.relayMessage(lidOf(friend), kept.get(id) ?? {}, { messageId: id });
    await waitFor('the resend', async () => (await desk.counters(friend)).resends === 1);
    expect(await desk.counters(friend)).toMatchObject({ raw: 3, shown: 1, retry_resends: 1, resends: 1 });
  });
});
