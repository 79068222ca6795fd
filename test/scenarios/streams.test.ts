import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ListenedStream, listen } from '../support/event-stream.ts';
import { type Lab, startLab } from '../support/lab.ts';
import type { Phone } from '../support/phones.ts';
import { runSql } from '../support/stop-writes.ts';
import { pause, waitFor } from '../support/wait.ts';

let lab: Lab;
let shop: { id: string; phone: Phone };

beforeEach(async () => {
  lab = await startLab();
  shop = await lab.link('Shop');
});

afterEach(() => lab.close());

const recordedIds = () =>
  runSql(lab.dataDir, 'select id from events order by id').map((row) => (row as { id: string }).id);

/** Listens from a place on, as a client does that comes again. */
const listenFrom = (place: string): Promise<ListenedStream> =>
  listen(`${lab.gateway().url}/v1/events`, lab.gateway().apiKey, { 'last-event-id': place });

test('a listener that resumes after each kill of the gateway sees every event once, in order', async () => {
  const ana = await lab.phones.add({ name: 'Ana' });
  const [start = ''] = recordedIds();
  const seen: string[] = [];
  let place = start;
  for (let round = 0; round < 4; round += 1) {
    const stream = await listenFrom(place);
    for (let index = 0; index < 8; index += 1) await lab.send(shop.id, ana.number, `out ${round}-${index}`);
    await pause(round * 60);
    await lab.gateway().kill();
    await stream.close();
    seen.push(...stream.events.map(({ id }) => id));
    place = stream.lastEventId();
    await lab.start();
    await lab.waitForState(shop.id, 'connected');
  }
  await waitFor('the last message', async () => (await lab.phones.shown(ana.number, shop.phone.number)).length >= 32);
  const rest = await listenFrom(place);
  await waitFor('the rest', () => rest.lastEventId() === recordedIds().at(-1));
  await rest.close();
  seen.push(...rest.events.map(({ id }) => id));
  expect(seen.length).toBeGreaterThan(32 * 2);
  expect(seen).toEqual(recordedIds().filter((id) => id > start));
}, 60_000);

test('streams that are open do not hold up a stop, and end cleanly', async () => {
  const stream = await listenFrom('');
  expect(stream.status).toBe(200);
  expect(await lab.gateway().stop()).toBe(0);
  await waitFor('the end', () => stream.isOver());
  await lab.start();
});
