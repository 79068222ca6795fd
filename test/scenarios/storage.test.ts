import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Lab, startLab } from '../support/lab.ts';
import type { Phone } from '../support/phones.ts';
import { runSql, stopWrites } from '../support/stop-writes.ts';
import { pause, waitFor } from '../support/wait.ts';

let lab: Lab;
let shop: { id: string; phone: Phone };
let ana: Phone;

beforeEach(async () => {
  lab = await startLab();
  await lab.subscribe();
  shop = await lab.link('Shop');
  ana = await lab.phones.add({ name: 'Ana' });
});
afterEach(() => lab.close());

test('while nothing can be written, callers are told so, nothing received is acknowledged, and all goes on after it', async () => {
  await lab.send(shop.id, ana.number, 'before');
  const goOn = stopWrites(lab.dataDir);
  const refused = await lab.api()('POST', `/v1/instances/${shop.id}/messages`, {
    to: ana.number,
    type: 'text',
    text: 'no',
  });
  expect(refused).toMatchObject({ status: 503, body: { error: { code: 'storage_unavailable' } } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);

  const written = await lab.phones.sendMany(ana.number, { to: shop.phone.number, text: 'in {n}', count: 5 });
  await pause(2500);
  goOn();
  await waitFor('all to be recorded', () => lab.receiver.events('message.received').length === written.length, 30_000);
  await pause(1500);
  const texts = lab.receiver.events('message.received').map(({ data }) => data.message.network_message_id);
  expect(texts).toEqual(written);
  expect(lab.receiver.events('message.undecryptable')).toEqual([]);
  expect(runSql(lab.dataDir, `select id from messages where content like '%"no"%'`)).toEqual([]);
  const after = await lab.send(shop.id, ana.number, 'after');
  await lab.waitForStatus(after.id, 'delivered');
  const shown = await lab.phones.shown(ana.number, shop.phone.number);
  expect(shown.filter(({ direction }) => direction === 'in').map(({ text }) => text)).toEqual(['before', 'after']);
}, 60_000);
