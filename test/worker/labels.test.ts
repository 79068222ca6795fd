import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listLabels } from '../../src/domain/labels/index.ts';
import type { Id } from '../../src/lib/index.ts';
import type { Identity, InboundUpdate, LabelFields } from '../../src/network/index.ts';
import { waitFor } from '../support/wait.ts';
import { startWorkerLab, type WorkerLab } from '../support/worker-lab.ts';

let lab: WorkerLab;
let shop: Id<'ins'>;

beforeEach(async () => {
  lab = await startWorkerLab();
  shop = await lab.link();
});
afterEach(() => lab.close());

async function deliver(...updates: readonly InboundUpdate[]): Promise<void> {
  const dedupeKey = randomBytes(8).toString('hex');
  const stanza = Buffer.from(JSON.stringify(updates));
  await lab.network.last().host.store.commit({
    inbound: { dedupeKey, kind: 'fact', stanza, parts: [], complete: true },
  });
  await waitFor('all to be recorded', async () => {
    const rows = await lab.db.read.selectFrom('inbound').select('id').where('recorded_at', 'is', null).execute();
    return rows.length === 0;
  });
}

const edited = (fields: Partial<LabelFields> = {}, initial = false): InboundUpdate => ({
  kind: 'label_edited',
  label: { networkId: '1', name: 'New order', color: 4, deleted: false, ...fields },
  initial,
});
const attached = (contact: Identity, initial = false): InboundUpdate => ({
  kind: 'label_attached',
  networkId: '1',
  chat: { kind: 'person', contact },
  on: true,
  initial,
});
const labels = async () => (await listLabels(lab.db.read, lab.caller, shop)).map(({ name }) => name);
const attachments = () => lab.db.read.selectFrom('label_chats').selectAll().execute();
const told = async () => (await lab.events()).filter((type) => type.startsWith('label.'));

const byPhone = { phone: '4915111111111' };
const byLid = { lid: '77' };

test('what was so before the number was linked is taken over in silence, in whichever order it comes', async () => {
  await deliver(attached(byLid, true), edited({ predefinedId: 2 }, true));
  expect([await labels(), (await attachments()).length]).toEqual([['New order'], 1]);
  expect(await told()).toEqual([]);
});

test('what is said twice is told once', async () => {
  await deliver(edited(), attached(byLid));
  await deliver(edited(), attached(byLid));
  expect(await told()).toEqual(['label.created', 'label.attached']);
});

test('two chats that turn out to be one have the labels of both, each once', async () => {
  await deliver(edited(), attached(byPhone), attached(byLid));
  expect(await attachments()).toHaveLength(2);
  await deliver(attached({ ...byPhone, ...byLid }));
  expect(await attachments()).toHaveLength(1);
});

test('a label that is not known and is deleted leaves nothing', async () => {
  await deliver(edited({ deleted: true }));
  expect(await lab.db.read.selectFrom('labels').selectAll().execute()).toEqual([]);
  expect(await told()).toEqual([]);
});

test('once a phone is linked anew, its labels are those that it says it has, under the ids that they had', async () => {
  await deliver(edited(), edited({ networkId: '2', name: 'Paid' }), attached(byLid));
  const [before] = await listLabels(lab.db.read, lab.caller, shop);
  lab.network.last().host.say({ state: 'linked', self: { phone: '4915100000001', name: 'Shop' } });
  await waitFor('the old to be forgotten', async () => (await labels()).length === 0);
  expect(await attachments()).toEqual([]);
  await deliver(edited({}, true));
  expect(await listLabels(lab.db.read, lab.caller, shop)).toMatchObject([{ id: before?.id, name: 'New order' }]);
  expect(await told()).toEqual(['label.created', 'label.created', 'label.attached']);
});
