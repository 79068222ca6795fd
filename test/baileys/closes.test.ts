import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createBaileysNetwork } from '../../src/baileys/index.ts';
import type { ConnectionUpdate } from '../../src/network/index.ts';
import { createLog } from '../../src/platform/index.ts';
import { type Device, type Lab, type Phone, send, startLab, timings, until } from './lab.ts';
import { createMemoryDisk } from './memory-store.ts';

describe('why a connection ended', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({ keepAliveMs: 300 });
  });
  afterAll(() => lab.stop());
  afterEach(async () => {
    const { data } = (await lab.get('/control/faults')) as { data: readonly { id: string }[] };
    for (const { id } of data) await lab.remove(`/control/faults/${id}`);
  });

  async function linked(): Promise<{ phone: Phone; device: Device; clientPath: string }> {
    const phone = await lab.phone();
    const device = await lab.link(phone);
    const clients = (await lab.get(`/control/phones/${phone.number}/clients`)) as readonly { device: number }[];
    return { phone, device, clientPath: `/control/phones/${phone.number}/clients/${clients[0]?.device}` };
  }

  it.each([
    ['device_removed', 'unlinked'],
    ['replaced', 'replaced'],
    ['restart_515', 'restart_required'],
    ['unavailable_503', 'unavailable'],
    ['drop', 'network'],
  ])('%s is %s, said once, and keeps the credentials', async (kind, reason) => {
    const { device, clientPath } = await linked();
    const credentials = device.disk.credentials();
    await lab.post(`${clientPath}/disconnect`, { kind });
    expect(await device.waitFor('closed')).toMatchObject({ reason });
    await device.session.close();
    expect(device.said.filter((one) => one.state === 'closed')).toHaveLength(1);
    expect(device.disk.credentials()).toEqual(credentials);
  });

  it('silence is noticed, and a dead line is not waited for', async () => {
    const { device, clientPath } = await linked();
    await lab.post(`${clientPath}/disconnect`, { kind: 'half_open' });
    const closed = await until('silence is noticed', () => device.said.find((one) => one.state === 'closed'), 12_000);
    expect(closed).toMatchObject({ reason: 'network' });
  });

  it('a device that was removed while it was away is unlinked at its next login', async () => {
    const { device, clientPath } = await linked();
    await device.session.close();
    await lab.remove(clientPath);
    const again = lab.connect(device.disk);
    expect(await again.waitFor('closed')).toMatchObject({ reason: 'unlinked' });
  });

  it.each([
    [401, 'unlinked'],
    [403, 'forbidden'],
    [405, 'outdated_client'],
    [503, 'unavailable'],
    [499, 'login_refused'],
  ])('a login refused with %i is %s', async (code, reason) => {
    const { phone, device } = await linked();
    await device.session.close();
    await lab.post('/control/faults', { kind: 'login_failure', number: phone.number, code, count: 1 });
    const again = lab.connect(device.disk);
    expect(await again.waitFor('closed')).toMatchObject({ reason });
  });

  it('unlink tells WhatsApp, and the device is gone there', async () => {
    const { phone, device } = await linked();
    await device.session.unlink();
    expect(device.said.at(-1)).toMatchObject({ state: 'closed', reason: 'unlinked' });
    expect(await lab.get(`/control/phones/${phone.number}/clients`)).toEqual([]);
  });

  it('unlink ends in bounded time without an answer', async () => {
    const { phone, device } = await linked();
    await lab.post('/control/faults', { kind: 'hang_iq', number: phone.number });
    const begun = Date.now();
    await device.session.unlink();
    expect(Date.now() - begun).toBeLessThan(timings.queryTimeoutMs + 2_000);
    expect(device.said.at(-1)).toMatchObject({ state: 'closed', reason: 'closed' });
  });

  it('nobody scans: qr_expired, after each code was said with its end', async () => {
    const quick = await startLab({ qrTimeoutMs: 60 }, lab.emulator);
    const device = quick.connect();
    expect(await device.waitFor('closed')).toMatchObject({ reason: 'qr_expired' });
    const codes = device.said.filter((one) => one.state === 'qr');
    expect(codes.length).toBeGreaterThan(1);
    expect(codes.every((one) => one.state === 'qr' && one.expiresAtMs > Date.now() - 10_000)).toBe(true);
    await quick.stop();
  });

  it('a lost lease ends a session whatever leaves next', async () => {
    const { device } = await linked();
    device.lease.held = false;
    expect(await device.waitFor('closed')).toMatchObject({ reason: 'lease_lost' });
  });

  it('a second session of the same credentials replaces the first, which can be told from a removal', async () => {
    const { device } = await linked();
    const other = lab.connect(device.disk);
    await other.waitFor('connected');
    expect(await device.waitFor('closed')).toMatchObject({ reason: 'replaced' });
  });

  it('is that nobody answers, when there is no server or it says nothing', async () => {
    const mute = createServer(() => {});
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const address = mute.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    for (const url of [`ws://127.0.0.1:${port}/`, 'ws://127.0.0.1:1/']) {
      const said: ConnectionUpdate[] = [];
      const network = createBaileysNetwork({
        url,
        timings: { ...timings, connectTimeoutMs: 300 },
        log: createLog({ level: 'silent' }),
      });
      network.connect({
        instanceId: 'ins_x',
        store: createMemoryDisk().open(),
        say: (update) => said.push(update),
        readPayload: () => Promise.resolve(undefined),
        openRoute: async () => undefined,
        mayWrite: () => true,
      });
      await until('closed is said', () => said[0]);
      expect(said).toMatchObject([{ state: 'closed', reason: 'network' }]);
    }
    mute.close();
  });

  it('is tolerated 200 times without a listener or a timer left', async () => {
    const { phone, device } = await linked();
    await device.session.close();
    const ann = await lab.phone();
    const handles = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === 'Timeout' || name === 'TCPSocketWrap').length;
    const listeners = (): number => process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
    const cycle = async (index: number): Promise<void> => {
      const again = lab.connect(device.disk);
      // At every stage of a connection's life.
      if (index % 3 > 0) await again.waitFor('connected');
      if (index % 3 > 1) expect(await send(lab, again, ann, `m${index}`)).toMatchObject({ kind: 'accepted' });
      await again.session.close();
    };
    for (let index = 0; index < 12; index += 1) await cycle(index);
    const before = { handles: handles(), listeners: listeners() };
    for (let index = 0; index < 200; index += 1) await cycle(index);
    await until('handles are as before', () => handles() <= before.handles + 2 || undefined, 10_000).catch(() => {});
    expect(handles()).toBeLessThanOrEqual(before.handles + 2);
    expect(listeners()).toBe(before.listeners);
    expect(phone.number).toBeDefined();
  }, 120_000);
});
