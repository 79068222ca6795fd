import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outbound } from '../support/outbound.ts';
import { type Device, type Lab, type Phone, send, startLab, textsReceived, undecryptable, until } from './lab.ts';

const count = 50;
const texts = (name: string): string[] => Array.from({ length: count }, (_, index) => `${name}${index + 1}`);

describe('with 10 ms of store latency', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({ ackTimeoutMs: 10_000, sendTimeoutMs: 10_000 });
  });
  afterAll(() => lab.stop());

  async function linkSlow(phone: Phone): Promise<Device> {
    const device = await lab.link(phone);
    device.store.latencyMs = 10;
    return device;
  }

  it('one contact that writes to two instances at once loses nothing in either', async () => {
    const [one, two, ann] = await Promise.all([lab.phone(), lab.phone(), lab.phone()]);
    const [first, second] = await Promise.all([linkSlow(one), linkSlow(two)]);
    await Promise.all([
      lab.post(`/control/phones/${ann.number}/messages`, { to: one.number, text: 'a{n}', count }),
      lab.post(`/control/phones/${ann.number}/messages`, { to: two.number, text: 'b{n}', count }),
    ]);
    await until(
      'both have all',
      () =>
        (textsReceived(lab, first.disk, one).length >= count && textsReceived(lab, second.disk, two).length >= count) ||
        undefined,
      15_000,
    );
    expect(textsReceived(lab, first.disk, one)).toEqual(texts('a'));
    expect(textsReceived(lab, second.disk, two)).toEqual(texts('b'));
    expect([...undecryptable(lab, first.disk, one), ...undecryptable(lab, second.disk, two)]).toEqual([]);
  });

  it('sends that overlap receives in one chat break neither', async () => {
    const [shop, ann] = await Promise.all([lab.phone(), lab.phone()]);
    const device = await linkSlow(shop);
    expect(await send(lab, device, ann, 's0')).toMatchObject({ kind: 'accepted' });
    const sending = (async () => {
      for (const text of texts('s')) expect(await send(lab, device, ann, text)).toMatchObject({ kind: 'accepted' });
    })();
    const receiving = lab.post(`/control/phones/${ann.number}/messages`, { to: shop.number, text: 'r{n}', count });
    await Promise.all([sending, receiving]);
    await until('all are received', () => textsReceived(lab, device.disk, shop).length >= count || undefined, 15_000);
    await until('all are shown', async () => (await lab.shownTo(ann)).length >= count + 1 || undefined, 15_000);
    expect(textsReceived(lab, device.disk, shop)).toEqual(texts('r'));
    expect(await lab.shownTo(ann)).toEqual(['s0', ...texts('s')]);
    expect(undecryptable(lab, device.disk, shop)).toEqual([]);
    expect(await lab.get(`/control/phones/${ann.number}/counters`)).toMatchObject({
      undecryptable: 0,
      retry_resends: 0,
    });
  });

  it('a contact by number and by LID is one Signal session', async () => {
    const [shop, ann] = await Promise.all([lab.phone(), lab.phone()]);
    const device = await lab.link(shop);
    expect(await send(lab, device, ann, 'by number')).toMatchObject({ kind: 'accepted' });
    for (const [text, via] of [
      ['p', 'pn'],
      ['l', 'lid'],
      ['p2', 'pn'],
    ] as const) {
      await lab.post(`/control/phones/${ann.number}/messages`, { to: shop.number, text, via });
    }
    await until('all are received', () => textsReceived(lab, device.disk, shop).length === 3 || undefined);
    const id = lab.network.newMessageId();
    const payload = lab.network.buildPayload(outbound({ type: 'text', text: 'by LID' }));
    const sent = device.session.send({ networkId: id, destination: `${ann.lid}@lid`, payload, again: false });
    expect(await sent).toMatchObject({ kind: 'accepted' });
    await until('both are shown', async () => (await lab.shownTo(ann)).length === 2 || undefined);
    const sessions = [...device.disk.keys.keys()].filter(
      (key) => key.startsWith('session ') && (key.includes(ann.lid) || key.includes(ann.number)),
    );
    expect(sessions).toEqual([`session ${ann.lid}_1.0`]);
    expect(textsReceived(lab, device.disk, shop)).toEqual(['p', 'l', 'p2']);
    expect(await lab.get(`/control/phones/${ann.number}/counters`)).toMatchObject({
      undecryptable: 0,
      retry_resends: 0,
    });
  });
});
