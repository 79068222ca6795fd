import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Lab, startLab } from '../support/lab.ts';
import { pause, waitFor } from '../support/wait.ts';

let lab: Lab;

beforeEach(async () => {
  lab = await startLab({ LEASE_MS: '1500', LEASE_RENEW_MS: '300', LEASE_MARGIN_MS: '500' });
  await lab.subscribe();
});

afterEach(() => lab.close());

test('a process that stood still past its lease in the middle of a batch goes on by itself: all shown once, in order', async () => {
  const shop = await lab.link('Shop');
  const ana = await lab.phones.add({ name: 'Ana' });
  const texts = Array.from({ length: 30 }, (_, index) => `message ${index}`);
  const ids: string[] = [];
  for (const text of texts) ids.push((await lab.send(shop.id, ana.number, text)).id);

  const { pid } = lab.gateway();
  process.kill(pid, 'SIGSTOP');
  await pause(3_000);
  await lab.phones.send(ana.number, { to: shop.phone.number, text: 'are you there?' });
  process.kill(pid, 'SIGCONT');

  for (const id of ids) await lab.waitForStatus(id, 'delivered');
  expect(lab.gateway().output()).toContain('lease_lost');
  await lab.waitForState(shop.id, 'connected');
  const shown = await lab.phones.shown(ana.number, shop.phone.number);
  expect(shown.filter(({ direction }) => direction === 'in').map(({ text }) => text)).toEqual(texts);
  await waitFor('what came meanwhile', async () => {
    const { body } = await lab.api()('GET', `/v1/instances/${shop.id}/messages?direction=in`);
    return body.data.length === 1;
  });
  const next = await lab.send(shop.id, ana.number, 'and on');
  await lab.waitForStatus(next.id, 'delivered');
});
