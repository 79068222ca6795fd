import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectOk } from '../support/api-client.ts';
import { type Lab, startLab } from '../support/lab.ts';
import { startProxy, type TestProxy } from '../support/proxy.ts';
import { pause, waitFor } from '../support/wait.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

/** A new instance that has a proxy before it is first connected. */
const shop: { number: string } = { number: '' };

async function linkThrough(proxy: TestProxy) {
  const phone = await lab.phones.add({ name: 'Shop' });
  shop.number = phone.number;
  const { id } = await expectOk(lab.api()('POST', '/v1/instances', { name: 'Shop' }));
  const set = await expectOk(lab.api()('PUT', `/v1/instances/${id}/proxy`, { url: proxy.url }));
  expect(set.proxy).toEqual({
    protocol: new URL(proxy.url).protocol.slice(0, -1),
    host: new URL(proxy.url).host,
    username: 'shop',
  });
  await expectOk(lab.api()('POST', `/v1/instances/${id}/connect`));
  const { qr } = await expectOk(lab.api()('GET', `/v1/instances/${id}/qr`));
  await lab.phones.scan(phone.number, qr);
  await lab.waitForState(id, 'connected');
  return id;
}

const textsShown = async (number: string) => (await lab.phones.shown(number, shop.number)).map(({ text }) => text);

describe.each(['http', 'socks5'] as const)('an instance with a proxy (%s)', (kind) => {
  test('goes through it, never past it, and comes back with it', async () => {
    let proxy = await startProxy(kind);
    const id = await linkThrough(proxy);
    const ann = await lab.phones.add({ name: 'Ann' });
    const first = await lab.send(id, ann.number, 'through the proxy');
    await lab.waitForStatus(first.id, 'delivered');
    expect(proxy.targets.length).toBeGreaterThan(0);

    await proxy.close();
    await lab.waitForState(id, 'reconnecting');
    const second = await lab.send(id, ann.number, 'when it is back');
    await pause(1_500);
    const waiting = await expectOk(lab.api()('GET', `/v1/instances/${id}`));
    expect(waiting.state_detail).toContain('through the proxy 127.0.0.1');
    expect(await textsShown(ann.number)).toEqual(['through the proxy']);

    proxy = await startProxy(kind, Number(new URL(proxy.url).port));
    await lab.waitForStatus(second.id, 'delivered');
    expect(await textsShown(ann.number)).toEqual(['through the proxy', 'when it is back']);

    const before = proxy.targets.length;
    await expectOk(lab.api()('DELETE', `/v1/instances/${id}/proxy`));
    await proxy.close();
    const third = await lab.send(id, ann.number, 'directly');
    await lab.waitForStatus(third.id, 'delivered');
    expect(proxy.targets).toHaveLength(before);
  });
});

test('the password of a proxy is wrong: nothing is linked, and the reason can be read', async () => {
  const proxy = await startProxy('http');
  const { id } = await expectOk(lab.api()('POST', '/v1/instances', { name: 'Shop' }));
  await expectOk(lab.api()('PUT', `/v1/instances/${id}/proxy`, { url: proxy.url.replace('sesame', 'barley') }));
  await expectOk(lab.api()('POST', `/v1/instances/${id}/connect`));
  await lab.waitForState(id, 'reconnecting');
  const { state_detail: detail } = await expectOk(lab.api()('GET', `/v1/instances/${id}`));
  expect(detail).toContain('407');
  expect(proxy.targets).toEqual([]);
  await proxy.close();
});

test('a proxy that was allowed once and is not any more is not used, and nothing goes past it', async () => {
  const proxy = await startProxy('http');
  const id = await linkThrough(proxy);
  const used = proxy.targets.length;
  await lab.gateway().stop();
  await lab.start({ EGRESS_ALLOW: '127.0.0.2' });
  await waitFor('the reason', async () => {
    const { state_detail: detail } = await expectOk(lab.api()('GET', `/v1/instances/${id}`));
    return String(detail).includes('proxy cannot be used');
  });
  expect(proxy.targets).toHaveLength(used);
  await proxy.close();
});
