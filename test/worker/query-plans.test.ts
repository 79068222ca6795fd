import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listChats } from '../../src/domain/chats/index.ts';
import { pullEvents, readLogEnd, requireReplay, startReplay } from '../../src/domain/events/index.ts';
import { forgetGroup, listGroups, listParticipants, recordGroupList } from '../../src/domain/groups/index.ts';
import { deleteInstance, requestDisconnect } from '../../src/domain/instances/index.ts';
import { forgetLabels, listLabels, recordLabelAttached, recordLabelEdit } from '../../src/domain/labels/index.ts';
import {
  cancelMessage,
  listMessages,
  readTimeline,
  resolveChatRef,
  resolveMember,
} from '../../src/domain/messages/index.ts';
import { listNewsletters } from '../../src/domain/newsletters/index.ts';
import { createEndpoints } from '../../src/domain/webhooks/index.ts';
import type { Id } from '../../src/lib/index.ts';
import { letIn } from '../support/fake-network.ts';
import { addGroup } from '../support/group-info.ts';
import { addNewsletter } from '../support/newsletter-info.ts';
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

/** Puts a newsletter and a group on record, lists both, compares the groups with a list of WhatsApp's, and takes it off the list. */
async function readGroups(id: Id<'ins'>): Promise<void> {
  const members = [{ person: { phone: ana }, role: 'member' }] as const;
  const group = await lab.db.tx((tx) => addGroup(tx, id, { members }));
  await lab.db.tx((tx) => addNewsletter(tx, id));
  await listNewsletters(lab.db.read, lab.caller, { instanceId: id, before: null, limit: 10 });
  const instance = await lab.read(id);
  await lab.db.tx((tx) => recordGroupList(tx, instance, { groups: [], askedAtMs: tx.now }, resolveMember));
  await listGroups(lab.db.read, lab.caller, { instanceId: id, before: null, limit: 10, member: true });
  await listParticipants(lab.db.read, instance, group);
  await lab.db.tx((tx) => forgetGroup(tx, lab.caller, instance, group));
}

/** Makes a label, puts it on a chat, lists both, and takes it off and away. */
async function readLabels(id: Id<'ins'>): Promise<void> {
  const instance = await lab.read(id);
  const fields = { networkId: '1', name: 'New order', color: 4, deleted: false };
  await lab.db.tx(async (tx) => {
    const chatId = await resolveChatRef(tx, instance, { kind: 'person', contact: { phone: ana } }, 'app_state');
    await recordLabelEdit(tx, instance, { kind: 'label_edited', label: fields, initial: false });
    const attached = { kind: 'label_attached', networkId: '1', chat: { kind: 'person', contact: {} } } as const;
    for (const on of [true, false])
      await recordLabelAttached(tx, instance, { ...attached, on, initial: false }, chatId);
  });
  const [label] = await listLabels(lab.db.read, lab.caller, id);
  await listChats(lab.db.read, lab.caller, { instanceId: id, labelId: label?.id }, { before: null, limit: 10 });
  await lab.db.tx((tx) =>
    recordLabelEdit(tx, instance, { kind: 'label_edited', label: { ...fields, deleted: true }, initial: false }),
  );
  await lab.db.tx((tx) => forgetLabels(tx, id));
}

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
  await listen();
  await replayAll();
  await readGroups(id);
  await readLabels(id);
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

/** What every open stream asks over and over. */
async function listen(): Promise<void> {
  const after = await readLogEnd(lab.db.read, lab.caller.customerId);
  const filter = { events: ['message.*'], instanceIds: null, chatTypes: 'all', chatIds: null } as const;
  await pullEvents(lab.db.read, lab.caller, filter, { after, limit: 10 });
  await pullEvents(lab.db.read, lab.caller, filter, { after: null, limit: 10 });
}

/** What every sweep asks for replays, and what they do. */
async function replayAll(): Promise<void> {
  const known = { isInstance: async () => true, isChat: async () => true };
  const endpoints = createEndpoints({ vault: lab.vault, known });
  const url = 'https://hooks.example.com/';
  const { endpoint } = await lab.db.tx((tx) => endpoints.create(tx, lab.caller, { url }));
  const range = { events: ['*'], instanceId: null, fromMs: 0, toMs: lab.db.now() + 1 };
  for (const wish of [
    { source: 'events', undeliveredOnly: false, ...range },
    { source: 'deliveries', status: 'failed', ...range },
  ] as const) {
    const { id } = await lab.db.tx((tx) => startReplay(tx, lab.caller, endpoint.id, wish));
    await waitFor('the replay', async () => (await requireReplay(lab.db.read, lab.caller, id)).status === 'done');
  }
}
