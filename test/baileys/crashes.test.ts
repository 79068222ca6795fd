import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Device, type Lab, send, startLab, textsReceived, undecryptable, until } from './lab.ts';

describe('a crash while receiving', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(() => lab.stop());

  it('before the commit: WhatsApp sends again, the ratchet is the old one, it decrypts', async () => {
    const [shop, ann] = await Promise.all([lab.phone(), lab.phone()]);
    const first = await lab.link(shop);
    await lab.post(`/control/phones/${ann.number}/messages`, { to: shop.number, text: 'one' });
    await until('one is in', () => textsReceived(lab, first.disk, shop).length === 1 || undefined);

    const reached = Promise.withResolvers<void>();
    first.store.beforeCommit = (batch) => {
      if (batch.inbound?.kind !== 'message') return;
      first.store.crash();
      reached.resolve();
    };
    await lab.post(`/control/phones/${ann.number}/messages`, { to: shop.number, text: 'two' });
    await reached.promise;
    await sleep(50);
    await bury(first);
    expect(textsReceived(lab, first.disk, shop)).toEqual(['one']);

    const second = lab.connect(first.disk);
    await until('two is in', () => textsReceived(lab, first.disk, shop).length === 2 || undefined);
    await lab.post(`/control/phones/${ann.number}/messages`, { to: shop.number, text: 'three' });
    await until('three is in', () => textsReceived(lab, first.disk, shop).length === 3 || undefined);
    expect(textsReceived(lab, first.disk, shop)).toEqual(['one', 'two', 'three']);
    expect(undecryptable(lab, first.disk, shop)).toEqual([]);
    await second.session.close();
  });

  it('after the commit: what comes again is read from the journal, and nothing is recorded twice', async () => {
    const [shop, ann] = await Promise.all([lab.phone(), lab.phone()]);
    const first = await lab.link(shop);
    const reached = Promise.withResolvers<void>();
    first.store.afterCommit = (batch) => {
      if (batch.inbound?.kind !== 'message') return;
      first.store.crash();
      reached.resolve();
    };
    await lab.post(`/control/phones/${ann.number}/messages`, { to: shop.number, text: 'one' });
    await reached.promise;
    await bury(first);
    expect(textsReceived(lab, first.disk, shop)).toEqual(['one']);
    expect(await receiptsOf(lab, shop.number)).toEqual([]);

    const asked: string[] = [];
    const second = lab.connect(first.disk, (store) => {
      store.beforeRead = (kind) => void asked.push(kind);
    });
    await second.waitFor('connected');
    await until('WhatsApp is told', async () => (await receiptsOf(lab, shop.number)).length > 0 || undefined);
    await lab.post(`/control/phones/${ann.number}/messages`, { to: shop.number, text: 'two' });
    await until('two is in', () => textsReceived(lab, first.disk, shop).length === 2 || undefined);
    expect(asked).toContain('plaintext');
    expect(undecryptable(lab, first.disk, shop)).toEqual([]);
    expect(await receiptsOf(lab, shop.number)).not.toContain('retry');
  });

  it('a backlog arrives whole and in order', async () => {
    const [shop, ann] = await Promise.all([lab.phone(), lab.phone()]);
    const first = await lab.link(shop);
    await first.session.close();
    await lab.post(`/control/phones/${ann.number}/messages`, { to: shop.number, text: 'm{n}', count: 40 });
    lab.connect(first.disk, (store) => {
      store.latencyMs = 3;
    });
    await until('all are in', () => textsReceived(lab, first.disk, shop).length === 40 || undefined);
    expect(textsReceived(lab, first.disk, shop)).toEqual(Array.from({ length: 40 }, (_, index) => `m${index + 1}`));
  });
});

describe('a crash while sending', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(() => lab.stop());

  it('between the ratchet and the line: the stanza never leaves before its ratchet is kept', async () => {
    const [shop, ann] = await Promise.all([lab.phone(), lab.phone()]);
    const first = await lab.link(shop);
    expect(await send(lab, first, ann, 'one')).toMatchObject({ kind: 'accepted' });

    const reached = Promise.withResolvers<void>();
    first.store.beforeCommit = (batch) => {
      if (batch.keys?.some((key) => key.kind === 'session')) {
        first.store.crash();
        reached.resolve();
      }
    };
    const id = lab.network.newMessageId();
    void send(lab, first, ann, 'two', id);
    await reached.promise;
    await sleep(100);
    expect(await lab.shownTo(ann)).toEqual(['one']);
    await bury(first);

    const second = lab.connect(first.disk);
    await second.waitFor('connected');
    expect(await send(lab, second, ann, 'two', id, true)).toMatchObject({ kind: 'accepted' });
    expect(await send(lab, second, ann, 'three')).toMatchObject({ kind: 'accepted' });
    await until('all are shown', async () => (await lab.shownTo(ann)).length === 3 || undefined);
    expect(await lab.shownTo(ann)).toEqual(['one', 'two', 'three']);
  });
});

async function bury(device: Device): Promise<void> {
  device.store.bury();
  await device.waitFor('closed');
}

async function receiptsOf(lab: Lab, number: string): Promise<readonly string[]> {
  const phones = (await lab.get('/control/phones')) as { data: readonly { number: string }[] };
  const all = await Promise.all(
    phones.data.map(
      async (phone) =>
        ((await lab.get(`/control/phones/${phone.number}/receipts`)) as { data: readonly Receipt[] }).data,
    ),
  );
  return all.flat().flatMap((receipt) => (receipt.from === number && receipt.device > 0 ? [receipt.type] : []));
}

type Receipt = { readonly type: string; readonly from: string; readonly device: number };
