import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deleteInstance, requestDisconnect } from '../../src/domain/instances/index.ts';
import { cancelMessage, listMessages, readTimeline } from '../../src/domain/messages/index.ts';
import { letIn } from '../support/fake-network.ts';
import { waitFor } from '../support/wait.ts';
import { startWorkerLab, type WorkerLab } from '../support/worker-lab.ts';

const ana = '4915111111111';
const statements = new Set<string>();
const { prepare } = DatabaseSync.prototype;
let lab: WorkerLab;

beforeAll(async () => {
  DatabaseSync.prototype.prepare = function (sql, ...rest) {
    statements.add(sql);
    return prepare.call(this, sql, ...rest);
  };
  lab = await startWorkerLab();
});
afterAll(async () => {
  DatabaseSync.prototype.prepare = prepare;
  await lab.close();
});

/** These read a table whole, on purpose. */
const mayScan: readonly RegExp[] = [
  // One row a process.
  /^SCAN workers:/,
  // What `countJobs` reads is bounded by its limit.
  /^SCAN some:/,
];

test('what the loops ask of the database over and over is found by an index, however much there is', async () => {
  const id = await lab.link();
  const sent = await lab.accept(id, ana, 'hello');
  await waitFor('the send', async () => (await lab.status(sent)) === 'sent');
  await lab.network.last().host.store.commit({
    inbound: {
      dedupeKey: 'one',
      kind: 'message',
      stanza: Buffer.from(
        JSON.stringify([
          {
            kind: 'message',
            networkId: 'M1',
            chat: { kind: 'person', contact: { phone: ana, lid: '777', name: 'Ana' } },
            author: { phone: ana, lid: '777', name: 'Ana' },
            fromMe: false,
            content: { type: 'text', text: 'hi' },
            atMs: Date.now(),
          },
          {
            kind: 'receipt',
            networkIds: [lab.network.last().sent[0]?.networkId],
            receipt: 'delivered',
            chat: { kind: 'person', contact: { phone: ana } },
            contact: { phone: ana },
            atMs: Date.now(),
          },
        ]),
      ),
      parts: [],
      complete: true,
    },
  });
  await waitFor('the receipt', async () => (await lab.status(sent)) === 'delivered');
  await lab.replaceWorker();
  await waitFor('a session', () => !lab.network.last().closed);
  const held = await lab.accept(id, ana, 'held');
  await lab.db.tx((tx) => cancelMessage(tx, lab.caller, held));
  letIn(lab.network);
  await lab.waitForState(id, 'connected');
  await listMessages(lab.db.read, lab.caller, { instanceId: id, before: null, limit: 10, contactId: undefined });
  await readTimeline(lab.db.read, lab.caller, sent);
  await lab.db.tx((tx) => requestDisconnect(tx, lab.caller, id));
  await lab.db.tx((tx) => deleteInstance(tx, lab.caller, id));
  await waitFor('the end', () => lab.worker().status().sessions === 0);

  const handle = new DatabaseSync(join(lab.folder, 'sluice.db'), { readOnly: true });
  const asked = [...statements].filter((sql) => /^(select|update|delete|insert|with)\b/i.test(sql));
  const scans = asked.flatMap((sql) =>
    prepare
      .call(handle, `explain query plan ${sql}`)
      .all()
      .map(({ detail }) => String(detail))
      .filter((detail) => /^SCAN \w/.test(detail))
      .map((detail) => `${detail}: ${sql}`),
  );
  handle.close();
  expect(asked.length).toBeGreaterThan(50);
  expect(scans.filter((scan) => !mayScan.some((fine) => fine.test(scan)))).toEqual([]);
});
