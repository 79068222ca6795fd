import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Device, type Lab, type Phone, send, startLab, until } from './lab.ts';

describe('what became of a send', () => {
  let lab: Lab;
  let shop: Phone;
  let ann: Phone;
  let device: Device;
  beforeAll(async () => {
    lab = await startLab();
  });
  beforeEach(async () => {
    [shop, ann] = await Promise.all([lab.phone(), lab.phone()]);
    device = await lab.link(shop);
    expect(await send(lab, device, ann, 'warm')).toMatchObject({ kind: 'accepted' });
  });
  afterAll(() => lab.stop());

  it.each([
    [463, { kind: 'refused', code: 'account_restricted', scope: 'instance' }, true],
    [475, { kind: 'refused', code: 'new_chat_limit', scope: 'instance' }, true],
    [479, { kind: 'refused', code: 'rejected_by_whatsapp', scope: 'message' }, false],
    [429, { kind: 'refused', code: 'rate_limited', scope: 'instance' }, false],
    [487, { kind: 'refused', code: 'rejected_by_whatsapp', scope: 'message' }, false],
  ] as const)('a nack %i is refused with its code and scope', async (code, outcome, restricted) => {
    await lab.post('/control/faults', { kind: 'nack', number: shop.number, code, count: 1 });
    expect(await send(lab, device, ann, 'no')).toMatchObject(outcome);
    expect(device.said.some((one) => one.state === 'restricted')).toBe(restricted);
    expect(device.said.at(-1)?.state).not.toBe('closed');
  });

  it('without an ack is unknown, after the line was cut; sent again with its id it is shown once', async () => {
    await lab.post('/control/faults', { kind: 'withhold_ack', number: shop.number, count: 1 });
    const id = lab.network.newMessageId();
    expect(await send(lab, device, ann, 'once', id)).toMatchObject({ kind: 'unknown' });
    expect(await device.waitFor('closed')).toMatchObject({ reason: 'send_stalled' });
    expect(await send(lab, device, ann, 'late')).toMatchObject({ kind: 'not_sent' });

    const again = lab.connect(device.disk);
    await again.waitFor('connected');
    again.payloads.set(id, device.payloads.get(id) ?? new Uint8Array());
    expect(await send(lab, again, ann, 'once', id, true)).toMatchObject({ kind: 'accepted' });
    await sleep(200);
    expect(await lab.shownTo(ann)).toEqual(['warm', 'once']);
    expect(await lab.get(`/control/phones/${ann.number}/counters`)).toMatchObject({ resends: 1 });
  });

  it('on a line that drops with it is unknown', async () => {
    await lab.post('/control/faults', { kind: 'drop_socket', number: shop.number, when: 'after', count: 1 });
    expect(await send(lab, device, ann, 'gone')).toMatchObject({ kind: 'unknown' });
    expect(await device.waitFor('closed')).toMatchObject({ reason: 'network' });
  });

  it('before the connection is open, and after its end, was not made', async () => {
    const other = lab.connect();
    expect(await send(lab, other, ann, 'early')).toMatchObject({ kind: 'not_sent' });
    await other.session.close();
    expect(await send(lab, other, ann, 'late')).toMatchObject({ kind: 'not_sent' });
  });

  it('that hangs before it is written was not made, and the line is cut', async () => {
    const bea = await lab.phone();
    await lab.post('/control/faults', { kind: 'hang_iq', number: shop.number, xmlns: 'usync' });
    device.store.latencyMs = 0;
    const outcome = await send(lab, device, bea, 'never');
    expect(outcome).toMatchObject({ kind: 'not_sent' });
    await sleep(300);
    expect(await lab.shownTo(bea)).toEqual([]);
  });

  it('past the lease does not leave', async () => {
    device.lease.held = false;
    expect(await send(lab, device, ann, 'too late')).toMatchObject({ kind: 'not_sent' });
    expect(await device.waitFor('closed')).toMatchObject({ reason: 'lease_lost' });
    await sleep(200);
    expect(await lab.shownTo(ann)).toEqual(['warm']);
  });

  it('is resent as it was stored when a device asks again', async () => {
    await lab.post('/control/faults', { kind: 'retry_request', number: ann.number, count: 1 });
    expect(await send(lab, device, ann, 'asked twice')).toMatchObject({ kind: 'accepted' });
    await until('it is shown', async () => (await lab.shownTo(ann)).includes('asked twice') || undefined);
    expect(await lab.get(`/control/phones/${ann.number}/counters`)).toMatchObject({ retry_resends: 1 });
  });

  it('is shown once when the server delivers it twice', async () => {
    await lab.post('/control/faults', { kind: 'duplicate', number: ann.number, to: 'phone', count: 1 });
    expect(await send(lab, device, ann, 'twice')).toMatchObject({ kind: 'accepted' });
    await until('it is shown', async () => (await lab.shownTo(ann)).includes('twice') || undefined);
    await sleep(100);
    expect(await lab.shownTo(ann)).toEqual(['warm', 'twice']);
  });
});
