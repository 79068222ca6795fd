import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Id } from '../../src/lib/index.ts';
import type { SendOutcome } from '../../src/network/index.ts';
import { letIn } from '../support/fake-network.ts';
import { waitFor } from '../support/wait.ts';
import { startWorkerLab, type WorkerLab } from '../support/worker-lab.ts';

let lab: WorkerLab;
let shop: Id<'ins'>;
const ana = '4915111111111';

beforeEach(async () => {
  lab = await startWorkerLab({ SHUTDOWN_GRACE_MS: '1000' });
  shop = await lab.link();
});
afterEach(() => lab.close());

const steps = async () => {
  const rows = await lab.db.read.selectFrom('message_steps').select('step').orderBy('id').execute();
  return rows.map(({ step }) => step);
};

test('a stop waits for a send that is answered soon', async () => {
  const gate = Promise.withResolvers<void>();
  lab.network.answerSends(async (): Promise<SendOutcome> => {
    await gate.promise;
    return lab.network.last().closed ? { kind: 'unknown', reason: 'closed' } : { kind: 'accepted', atMs: Date.now() };
  });
  const id = await lab.accept(shop, ana, 'soon');
  await waitFor('the attempt', () => lab.network.last().sent.length === 1);
  const stopped = lab.worker().stop();
  setTimeout(gate.resolve, 100);
  await stopped;
  expect(await lab.status(id)).toBe('sent');
});

test('a send that hangs does not use up the grace of a stop, and is repeated under its id after the start', async () => {
  const hanging = lab.network.last();
  lab.network.answerSends(async (): Promise<SendOutcome> => {
    await waitFor('the close', () => hanging.closed);
    return { kind: 'unknown', reason: 'the connection was closed' };
  });
  const id = await lab.accept(shop, ana, 'hangs');
  await waitFor('the attempt', () => hanging.sent.length === 1);
  const beganMs = Date.now();
  const before = lab.network.sessions.length;
  await lab.replaceWorker();
  expect(Date.now() - beganMs).toBeLessThan(1000);
  expect(await steps()).toEqual(['attempt_started', 'attempt_unknown']);

  lab.network.answerSends(() => ({ kind: 'accepted', atMs: Date.now() }));
  await waitFor('another session', () => lab.network.sessions.length > before);
  letIn(lab.network);
  await waitFor('the message', async () => (await lab.status(id)) === 'sent');
  expect(lab.network.last().sent[0]).toMatchObject({ networkId: hanging.sent[0]?.networkId, again: true });
});
