import { afterAll, beforeAll, expect, test } from 'vitest';
import { patchSettings } from '../../src/domain/instances/index.ts';
import { acceptMessage, type Said } from '../../src/domain/messages/index.ts';
import type { Id } from '../../src/lib/index.ts';
import { waitFor } from '../support/wait.ts';
import { startWorkerLab, type WorkerLab } from '../support/worker-lab.ts';

const ana = '4915111111111';
let lab: WorkerLab;
let shop: Id<'ins'>;

beforeAll(async () => {
  lab = await startWorkerLab();
  shop = await lab.link();
});
afterAll(() => lab.close());

async function accept(content: Said['content'], sendAtMs: number | null = null): Promise<Id<'msg'>> {
  const instance = await lab.read(shop);
  const recipient = { kind: 'person', identity: { phone: ana }, destination: `to-${ana}` } as const;
  const input = { to: ana, recipient, content, clientRef: null, sendAtMs, expiresAtMs: null, requireConnected: false };
  const how = { newNetworkId: lab.network.newMessageId, laneDepthMax: 1000, scheduledMax: 1000, convertsVoice: true };
  return (await lab.db.tx((tx) => acceptMessage(tx, lab.caller, instance, input, how))).view.id;
}

const waitForStatus = (id: Id<'msg'>, status: string) =>
  waitFor(`${id} is ${status}`, async () => (await lab.status(id)) === status);

test('what was in time when it was accepted and is too late when it leaves fails with the code, and nothing is sent', async () => {
  const target = await lab.accept(shop, ana, 'at four');
  await waitForStatus(target, 'sent');
  const sends = lab.network.last().sent.length;
  const edit = await accept({ type: 'edit', messageId: target, text: 'at five' }, Date.now() + 150);
  await lab.db.tx((tx) =>
    tx
      .updateTable('messages')
      .set({ sent_at: tx.now - 16 * 60_000 })
      .where('id', '=', target)
      .execute(),
  );
  await waitForStatus(edit, 'failed');
  const row = await lab.db.read.selectFrom('messages').select('error_code').where('id', '=', edit).executeTakeFirst();
  expect(row?.error_code).toBe('edit_too_late');
  expect(lab.network.last().sent).toHaveLength(sends);
});

test('nobody is seen typing a reaction', async () => {
  const target = await lab.accept(shop, ana, 'hello');
  await waitForStatus(target, 'sent');
  await lab.db.tx((tx) => patchSettings(tx, lab.caller, shop, { typing: 'on' }));
  const asked = lab.network.last().asked.length;
  await waitForStatus(await accept({ type: 'reaction', messageId: target, emoji: '👍' }), 'sent');
  expect(lab.network.last().asked).toHaveLength(asked);
  await waitForStatus(await lab.accept(shop, ana, 'typed'), 'sent');
  expect(lab.network.last().asked).toHaveLength(asked + 1);
});
