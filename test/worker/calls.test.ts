import { randomBytes } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { patchSettings } from '../../src/domain/instances/index.ts';
import type { Id } from '../../src/lib/index.ts';
import type { CallUpdate, Identity, SendOutcome } from '../../src/network/index.ts';
import { waitFor } from '../support/wait.ts';
import { startWorkerLab, type WorkerLab } from '../support/worker-lab.ts';

let lab: WorkerLab;
let shop: Id<'ins'>;

afterEach(() => lab.close());

async function startRejecting(env: Record<string, string> = {}): Promise<void> {
  lab = await startWorkerLab(env);
  shop = await lab.link();
  const settings = { calls: 'reject', calls_reply: 'Please write to us.' } as const;
  await lab.db.tx((tx) => patchSettings(tx, lab.caller, shop, settings));
}

async function ring(caller: Identity, group: string | null = null): Promise<void> {
  const networkId = randomBytes(8).toString('hex');
  const call: CallUpdate = {
    kind: 'call',
    networkId,
    address: 'caller',
    caller,
    group,
    video: false,
    what: 'offered',
    atMs: Date.now(),
  };
  await lab.network.last().host.store.commit({
    inbound: {
      dedupeKey: networkId,
      kind: 'call',
      stanza: Buffer.from(JSON.stringify([call])),
      parts: [],
      complete: true,
    },
  });
  await waitFor('the rejection', async () => {
    const rows = await lab.db.read.selectFrom('calls').select('state').where('network_id', '=', networkId).execute();
    return rows[0]?.state === 'rejected';
  });
}

const written = () =>
  lab.db.read.selectFrom('messages').select(['content', 'destination', 'source']).orderBy('id').execute();
const reply = { content: JSON.stringify({ text: 'Please write to us.' }), source: 'api' };

test('who is turned down is written to, also when only the id that WhatsApp has for them is known', async () => {
  await startRejecting();
  await ring({ phone: '4915111111111' });
  await ring({ lid: '77' });
  await waitFor('both to leave', () => lab.network.last().sent.length === 2);
  expect(await written()).toEqual([
    { ...reply, destination: 'to-4915111111111' },
    { ...reply, destination: 'to-lid-77' },
  ]);
});

test('who calls a group is turned down without words', async () => {
  await startRejecting();
  await ring({ phone: '4915111111111' }, '1@group');
  expect(await written()).toEqual([]);
});

test('a call is turned down without its reply when there is no room for one more message', async () => {
  await startRejecting({ LANE_DEPTH_MAX: '1' });
  const answer = Promise.withResolvers<SendOutcome>();
  lab.network.answerSends(() => answer.promise);
  await lab.accept(shop, '4915122222222', 'in the way');
  await ring({ phone: '4915111111111' });
  answer.resolve({ kind: 'accepted', atMs: Date.now() });
  expect(await written()).toHaveLength(1);
  expect(await lab.events()).toContain('call.terminated');
});
