import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignalBatch } from '../../src/network/index.ts';
import { type Device, type Lab, type Phone, send, startLab, textsReceived, undecryptable, until } from './lab.ts';

const refuse = (when: (batch: SignalBatch) => boolean) => (batch: SignalBatch) => {
  if (when(batch)) throw new Error('disk full');
};

describe('a store that fails', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(() => lab.stop());

  async function pair(): Promise<{ shop: Phone; ann: Phone; device: Device }> {
    const [shop, ann] = await Promise.all([lab.phone(), lab.phone({ auto_delivered: false })]);
    const device = await lab.link(shop);
    expect(await send(lab, device, ann, 'warm')).toMatchObject({ kind: 'accepted' });
    return { shop, ann, device };
  }

  async function endsAndRecovers(shop: Phone, ann: Phone, device: Device): Promise<void> {
    expect(await device.waitFor('closed')).toMatchObject({ reason: 'storage_failed' });
    const again = lab.connect(device.disk);
    await until('it is received', () => textsReceived(lab, device.disk, shop).length === 1 || undefined);
    expect(undecryptable(lab, device.disk, shop)).toEqual([]);
    expect(device.said.filter((one) => one.state === 'closed')).toHaveLength(1);
    expect(await wireTypes(lab, ann, shop)).not.toContain('retry');
    expect(await send(lab, again, ann, 'still fine')).toMatchObject({ kind: 'accepted' });
    await until('it is shown', async () => (await lab.shownTo(ann)).includes('still fine') || undefined);
    await again.session.close();
  }

  it('to keep a message ends the session before WhatsApp is told, which sends again', async () => {
    const { shop, ann, device } = await pair();
    device.store.beforeCommit = refuse((batch) => batch.inbound?.kind === 'message');
    await lab.post(`/control/phones/${ann.number}/messages`, { to: shop.number, text: 'one' });
    await device.waitFor('closed');
    expect(await wireTypes(lab, ann, shop)).toEqual([]);
    await endsAndRecovers(shop, ann, device);
  });

  it.each(['session', 'lid-mapping', 'device-list', 'identity-key'])(
    'to give a key of kind %s does the same',
    async (kind) => {
      const { shop, ann, device } = await pair();
      await device.session.close();
      await lab.post(`/control/phones/${ann.number}/messages`, { to: shop.number, text: 'one' });
      const again = lab.connect(device.disk, (store) => {
        store.beforeRead = (read) => {
          if (read === kind) throw new Error('disk gone');
        };
      });
      const outcome = await Promise.race([again.waitFor('closed'), sleep(1_500)]);
      if (outcome === undefined) {
        // Nothing asked for that kind: then the message is simply there.
        expect(textsReceived(lab, again.disk, shop)).toEqual(['one']);
        return again.session.close();
      }
      await endsAndRecovers(shop, ann, again);
    },
  );

  it('to keep a receipt ends the session before WhatsApp is told, which sends it again', async () => {
    const { shop, ann, device } = await pair();
    device.store.beforeCommit = refuse((batch) => batch.inbound?.kind === 'receipt');
    await lab.post(`/control/phones/${ann.number}/read`, { with: shop.number });
    expect(await device.waitFor('closed')).toMatchObject({ reason: 'storage_failed' });
    expect(rowsOf(device, 'receipt')).toBe(0);
    const again = lab.connect(device.disk);
    await until('the receipt is there', () => rowsOf(device, 'receipt') > 0 || undefined);
    await again.session.close();
  });

  it('while sending leaves the message unsent', async () => {
    const { ann, device } = await pair();
    device.store.beforeCommit = refuse((batch) => batch.keys?.some((key) => key.kind === 'session') === true);
    expect(await send(lab, device, ann, 'no')).toMatchObject({ kind: 'not_sent' });
    expect(await device.waitFor('closed')).toMatchObject({ reason: 'storage_failed' });
    await sleep(100);
    expect(await lab.shownTo(ann)).toEqual(['warm']);
  });

  it('to keep fresh credentials says nothing of a link, and WhatsApp is not answered', async () => {
    const shop = await lab.phone();
    const device = lab.connect(undefined, (store) => {
      store.beforeCommit = refuse((batch) => batch.credentials !== undefined);
    });
    const update = await device.waitFor('qr');
    // The emulator's phone waits for the answer that must not come.
    const scan = lab.post(`/control/phones/${shop.number}/scan`, { qr: update.state === 'qr' ? update.qr : '' });
    await expect(scan).rejects.toThrow('client_gone');
    expect(await device.waitFor('closed')).toMatchObject({ reason: 'storage_failed' });
    expect(device.said.map((one) => one.state)).not.toContain('linked');
    expect(device.disk.credentials()).toBeUndefined();
  });

  it('to give credentials ends the session at once', async () => {
    const device = lab.connect(undefined, (store) => {
      store.beforeRead = () => {
        throw new Error('disk gone');
      };
    });
    expect(await device.waitFor('closed')).toMatchObject({ reason: 'storage_failed' });
  });
});

function rowsOf(device: Device, kind: string): number {
  return [...device.disk.journal.values()].filter((row) => row.kind === kind).length;
}

/** What the number's client told the phone about its messages, by the type on the wire. */
async function wireTypes(lab: Lab, phone: Phone, client: Phone): Promise<readonly string[]> {
  const answer = (await lab.get(`/control/phones/${phone.number}/receipts`)) as {
    data: readonly { type: string; from: string; device: number }[];
  };
  return answer.data.flatMap((one) => (one.from === client.number && one.device > 0 ? [one.type] : []));
}
