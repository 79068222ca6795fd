import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, send, startLab, textsReceived, until, updatesOf } from './lab.ts';

describe('a number is linked and talks', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(() => lab.stop());

  it('is linked by QR, told to restart, and connected with what it kept', async () => {
    const phone = await lab.phone({ name: 'Shop' });
    const pairing = lab.connect();
    const update = await pairing.waitFor('qr');
    expect(update).toMatchObject({
      state: 'qr',
      qr: expect.stringContaining('https://wa.me/settings/linked_devices#'),
    });
    expect(pairing.disk.credentials()).toBeUndefined();
    await lab.post(`/control/phones/${phone.number}/scan`, { qr: update.state === 'qr' ? update.qr : '' });
    expect(await pairing.waitFor('closed')).toMatchObject({ reason: 'restart_required' });
    expect(pairing.said.map((one) => one.state)).toEqual(['qr', 'linked', 'closed']);

    const device = lab.connect(pairing.disk);
    const connected = await device.waitFor('connected');
    expect(connected).toMatchObject({ self: { phone: phone.number, lid: phone.lid } });
    await device.session.close();
    expect(device.said.at(-1)).toMatchObject({ state: 'closed', reason: 'closed' });
  });

  it.each([
    ['Brazil', '5511987654321', '551187654321'],
    ['Mexico', '525512345678', '5215512345678'],
    ['Argentina', '541123456789', '5491123456789'],
  ])('finds somebody in %s by either spelling of the number', async (_, written, known) => {
    const shop = await lab.phone({ name: 'Shop' });
    const ana = await lab.phone({ name: 'Ana', number: known });
    const device = await lab.link(shop);
    const [found] = await device.session.lookUp([written]);
    expect(found).toMatchObject({ phone: written, exists: true, identity: { phone: known, lid: ana.lid } });
  });

  it('is linked by a code that is typed into the phone, of which the last one counts', async () => {
    const phone = await lab.phone({ name: 'Shop' });
    const pairing = lab.connect();
    await expect(pairing.session.requestLinkCode(phone.number)).rejects.toThrow('no QR code');
    await pairing.waitFor('qr');
    const first = await pairing.session.requestLinkCode(phone.number);
    const code = await pairing.session.requestLinkCode(phone.number);
    expect(code).toMatch(/^[0-9A-Z]{8}$/);
    expect(pairing.disk.credentials()).toBeUndefined();
    await expect(lab.post(`/control/phones/${phone.number}/link-code`, { code: first })).rejects.toThrow();
    await lab.post(`/control/phones/${phone.number}/link-code`, { code });
    expect(await pairing.waitFor('closed')).toMatchObject({ reason: 'restart_required' });
    const device = lab.connect(pairing.disk);
    expect(await device.waitFor('connected')).toMatchObject({ self: { phone: phone.number, lid: phone.lid } });
    await device.session.close();
  });

  it('sends a text that the phone shows once, and captures the answer in one commit', async () => {
    const [shop, ann] = await Promise.all([lab.phone({ name: 'Shop' }), lab.phone({ name: 'Ann' })]);
    const device = await lab.link(shop);
    const [found, none] = await device.session.lookUp([ann.number, '4915100000000']);
    expect(found).toMatchObject({ exists: true, identity: { phone: ann.number, lid: ann.lid } });
    expect(none).toEqual({ phone: '4915100000000', exists: false });

    expect(await send(lab, device, ann, 'hello')).toMatchObject({ kind: 'accepted' });
    await until('it is shown', async () => (await lab.shownTo(ann)).length > 0 || undefined);
    expect(await lab.shownTo(ann)).toEqual(['hello']);

    const commits: string[][] = [];
    device.store.beforeCommit = (batch) => {
      if (batch.inbound?.kind === 'message') {
        commits.push([
          ...(batch.keys ?? []).map((key) => key.kind),
          `${batch.inbound.parts.length} part`,
          `${batch.inbound.complete}`,
        ]);
      }
    };
    await lab.post(`/control/phones/${ann.number}/messages`, { to: shop.number, text: 'hi there' });
    await until('it is captured', () => textsReceived(lab, device.disk, shop).includes('hi there') || undefined);
    expect(commits).toEqual([['session', '1 part', 'true']]);
    const received = updatesOf(lab, device.disk, shop).find((update) => update.kind === 'message' && !update.fromMe);
    expect(received).toMatchObject({ author: { phone: ann.number, lid: ann.lid, name: 'Ann' } });
    const receipts = updatesOf(lab, device.disk, shop).filter((update) => update.kind === 'receipt');
    expect(receipts).toMatchObject([{ receipt: 'delivered', contact: { phone: ann.number } }]);
  });
});
