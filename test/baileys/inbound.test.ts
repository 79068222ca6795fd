import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBaileysNetwork } from '../../src/baileys/index.ts';
import { createLog } from '../../src/platform/index.ts';
import { type Lab, send, startLab, textsReceived, timings, undecryptable, until, updatesOf } from './lab.ts';
import { createMemoryDisk } from './memory-store.ts';

describe('what comes in', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(() => lab.stop());

  it('twice is one record', async () => {
    const [shop, ann] = await Promise.all([lab.phone(), lab.phone()]);
    const device = await lab.link(shop);
    await lab.post('/control/faults', { kind: 'duplicate', number: shop.number, to: 'client', count: 2 });
    for (const text of ['one', 'two', 'three'])
      await lab.post(`/control/phones/${ann.number}/messages`, { to: shop.number, text });
    await until('all are in', () => textsReceived(lab, device.disk, shop).includes('three') || undefined);
    await sleep(200);
    expect(textsReceived(lab, device.disk, shop)).toEqual(['one', 'two', 'three']);
    expect(undecryptable(lab, device.disk, shop)).toEqual([]);
  });

  it('and cannot be read is told, and what is sent instead is told as well', async () => {
    const [shop, ann] = await Promise.all([lab.phone(), lab.phone()]);
    const device = await lab.link(shop);
    await lab.post(`/control/phones/${ann.number}/messages`, { to: shop.number, text: 'one' });
    await until('one is in', () => textsReceived(lab, device.disk, shop).length === 1 || undefined);
    await lab.post('/control/faults', { kind: 'corrupt_inbound', number: shop.number, count: 1 });
    await lab.post(`/control/phones/${ann.number}/messages`, { to: shop.number, text: 'two' });
    await until('two is in', () => textsReceived(lab, device.disk, shop).length === 2 || undefined);
    const told = updatesOf(lab, device.disk, shop).filter(
      (update) => update.kind === 'undecryptable' || (update.kind === 'message' && !update.fromMe),
    );
    expect(told).toMatchObject([
      { kind: 'message' },
      { kind: 'undecryptable' },
      { kind: 'message', content: { text: 'two' } },
    ]);
    expect(
      told[1]?.kind === 'undecryptable' && told[2]?.kind === 'message' && told[1].networkId === told[2].networkId,
    ).toBe(true);
  });

  it.each([
    ['image', { kind: 'message', content: { type: 'image' } }],
    ['reaction', { kind: 'message_change', change: { type: 'reaction', emoji: 'x' } }],
  ])('of kind %s is what it is', async (kind, said) => {
    const [shop, ann] = await Promise.all([lab.phone(), lab.phone()]);
    const device = await lab.link(shop);
    const { id } = (await lab.post(`/control/phones/${ann.number}/messages`, {
      to: shop.number,
      text: 'x',
      kind,
      target: '3EB0AA',
    })) as { id: string };
    const update = await until('it is in', () =>
      updatesOf(lab, device.disk, shop).find((one) => 'networkId' in one && one.networkId === id),
    );
    expect(update).toMatchObject(said);
  });

  it('as read receipts says which messages', async () => {
    const [shop, ann] = await Promise.all([lab.phone(), lab.phone()]);
    const device = await lab.link(shop);
    const ids = [lab.network.newMessageId(), lab.network.newMessageId()];
    for (const id of ids) expect(await send(lab, device, ann, id, id)).toMatchObject({ kind: 'accepted' });
    await lab.post(`/control/phones/${ann.number}/read`, { with: shop.number });
    const read = (): readonly string[] =>
      updatesOf(lab, device.disk, shop).flatMap((update) =>
        update.kind === 'receipt' && update.receipt === 'read' ? [...update.networkIds] : [],
      );
    await until('both are read', () => read().length >= 2 || undefined);
    expect([...read()].sort()).toEqual([...ids].sort());
  });

  it('as word of few pre-keys is answered with more, kept before they are handed out', async () => {
    const shop = await lab.phone();
    const device = await lab.link(shop);
    const order: string[] = [];
    device.store.beforeCommit = (batch) => {
      if (batch.keys?.some((key) => key.kind === 'pre-key')) order.push('keys');
      if (batch.credentials !== undefined) order.push('credentials');
    };
    await lab.post('/control/faults', { kind: 'low_prekeys', number: shop.number, left: 2, count: 1 });
    const left = async (): Promise<number> =>
      ((await lab.get(`/control/phones/${shop.number}/clients`)) as readonly { prekeys_left: number }[])[0]
        ?.prekeys_left ?? 0;
    await until('there are more', async () => (await left()) > 2 || undefined);
    expect(order).toEqual(expect.arrayContaining(['keys', 'credentials']));
  });
});

describe('the first login', () => {
  it('keeps the keys of the app state in the commit of the message that brought them', async () => {
    const lab = await startLab();
    const shop = await lab.phone();
    const pairing = lab.connect();
    const update = await pairing.waitFor('qr');
    await lab.post(`/control/phones/${shop.number}/scan`, { qr: update.state === 'qr' ? update.qr : '' });
    await pairing.waitFor('closed');
    const kinds: string[][] = [];
    lab.connect(pairing.disk, (store) => {
      store.beforeCommit = (batch) => {
        if (batch.inbound?.kind === 'message') kinds.push((batch.keys ?? []).map((key) => key.kind));
      };
    });
    await until(
      'they are kept',
      () => kinds.some((one) => one.includes('app-state-sync-key') && one.includes('session')) || undefined,
    );
    await lab.stop();
  });
});

describe('after a restart', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(() => lab.stop());

  it('a chat goes on in its session, without asking for devices or keys', async () => {
    const [shop, ann] = await Promise.all([lab.phone(), lab.phone()]);
    const device = await lab.link(shop);
    expect(await send(lab, device, ann, 'one')).toMatchObject({ kind: 'accepted' });
    await lab.post(`/control/phones/${ann.number}/messages`, { to: shop.number, text: 'hi' });
    await until('it is in', () => textsReceived(lab, device.disk, shop).length === 1 || undefined);
    await until(
      'devices are kept',
      () => [...device.disk.keys.keys()].some((key) => key.startsWith('device-cache ')) || undefined,
    );
    await device.session.close();
    const again = lab.connect(device.disk);
    await again.waitFor('connected');
    await lab.post('/control/faults', { kind: 'hang_iq', number: shop.number, xmlns: 'usync' });
    await lab.post('/control/faults', { kind: 'hang_iq', number: shop.number, xmlns: 'encrypt' });
    expect(await send(lab, again, ann, 'two')).toMatchObject({ kind: 'accepted' });
    await until('both are shown', async () => (await lab.shownTo(ann)).length === 2 || undefined);
    const { data } = (await lab.get(`/control/phones/${ann.number}/deliveries`)) as {
      data: readonly { enc_type: string }[];
    };
    expect(data.map((one) => one.enc_type)).toEqual(['pkmsg', 'msg']);
  });

  // Last: the root key is one for the whole process.
  it('a server whose certificate does not lead to our root is not talked to', async () => {
    const shop = await lab.phone();
    const device = await lab.link(shop);
    const said: string[] = [];
    const other = createBaileysNetwork({
      url: lab.emulator.wsUrl,
      rootKey: randomBytes(32),
      timings,
      log: createLog({ level: 'silent' }),
    });
    expect(other.root).not.toBe(lab.network.root);
    for (const disk of [device.disk, createMemoryDisk()]) {
      const closed = Promise.withResolvers<string>();
      other.connect({
        instanceId: 'ins_other',
        store: disk.open(),
        say: (update) => {
          said.push(update.state);
          if (update.state === 'closed') closed.resolve(update.reason);
        },
        readPayload: () => Promise.resolve(undefined),
        openRoute: async () => undefined,
        mayWrite: () => true,
      });
      expect(await closed.promise).toBe('network');
    }
    expect(said).toEqual(['closed', 'closed']);
  });
});
