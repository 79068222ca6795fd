import { afterEach, beforeEach, expect, test } from 'vitest';
import { expectOk } from '../support/api-client.ts';
import { type Lab, startLab } from '../support/lab.ts';
import { pauseLanes } from '../support/stop-writes.ts';
import { waitFor } from '../support/wait.ts';

let lab: Lab;

beforeEach(async () => {
  lab = await startLab({ WEBHOOK_RETRY_SCHEDULE: '0' });
});

afterEach(() => lab.close());

const count = async (query: string): Promise<number> =>
  (await expectOk(lab.api()('GET', `/v1/deliveries?limit=100&${query}`))).data.length;

test('a replay that was asked for is done after a kill, and each event arrives under the id that it had', async () => {
  lab.receiver.answer(500);
  const { id } = await lab.subscribe({ redrive: false });
  for (let n = 0; n < 40; n += 1) await expectOk(lab.api()('POST', `/v1/endpoints/${id}/test`));
  await waitFor('all to fail', async () => (await count('status=failed')) === 40);
  const failed = new Set(lab.receiver.received.map(({ eventId }) => eventId));
  expect(failed.size).toBe(40);

  const goOn = pauseLanes(lab.dataDir, 'deliver');
  lab.receiver.answer(204);
  const replay = await expectOk(lab.api()('POST', '/v1/deliveries/replay', { endpoint_id: id }));
  await lab.gateway().kill();
  goOn();
  await lab.start();
  await waitFor('all to arrive', async () => (await count('status=delivered')) === 40);
  const again = lab.receiver.received.slice(40);
  expect(new Set(again.map(({ eventId }) => eventId))).toEqual(failed);
  expect(await expectOk(lab.api()('GET', `/v1/deliveries/replays/${replay.id}`))).toMatchObject({
    status: 'done',
    replayed: 40,
  });
  expect(lab.receiver.forged).toEqual([]);
});
