import { afterEach, beforeEach, expect, test } from 'vitest';
import { requestConnect, requestDisconnect, requestUnlink } from '../../src/domain/instances/index.ts';
import type { Id } from '../../src/lib/index.ts';
import { letIn, scan } from '../support/fake-network.ts';
import { stopWrites } from '../support/stop-writes.ts';
import { pause, waitFor } from '../support/wait.ts';
import { startWorkerLab, type WorkerLab } from '../support/worker-lab.ts';

let lab: WorkerLab;

beforeEach(async () => {
  lab = await startWorkerLab();
});
afterEach(() => lab.close());

/** Well past every wait of the set-up. */
const longAfter = () => pause(600);

const nextSession = (before: number) => waitFor('another session', () => lab.network.sessions.length > before);

const self = { phone: '4915100000001' };

test('sessions that were dropped because the lease ran out come back when it is taken again', async () => {
  const id = await lab.link();
  const dropped = lab.network.last();
  const before = lab.network.sessions.length;
  const goOn = stopWrites(lab.folder);
  await waitFor('the session to be dropped', () => dropped.closed);
  goOn();
  await nextSession(before);
  await lab.waitForState(id, 'reconnecting', 'lease_lost');
  letIn(lab.network);
  await lab.waitForState(id, 'connected');
});

test('a connection that could not be written down at first is, and what waited for it leaves', async () => {
  await lab.close();
  lab = await startWorkerLab({ LEASE_MS: '60000', CONNECT_DEADLINE_MS: '10000' });
  const id = await lab.link();
  const before = lab.network.sessions.length;
  lab.network.last().close('network');
  await nextSession(before);
  const waiting = await lab.accept(id, '4915111111111', 'waiting');
  await longAfter();
  const goOn = stopWrites(lab.folder);
  letIn(lab.network);
  await pause(50);
  goOn();
  await waitFor('the message to leave', async () => (await lab.status(waiting)) === 'sent');
  await lab.waitForState(id, 'connected');
});

test('an instance is connected and disconnected though no bell was heard', async () => {
  const id = await lab.create();
  await lab.db.tx((tx) =>
    tx.updateTable('instances').set({ wanted: 1, wanted_since: tx.now }).where('id', '=', id).execute(),
  );
  await nextSession(0);
  await lab.db.tx((tx) => tx.updateTable('instances').set({ wanted: 0 }).where('id', '=', id).execute());
  await waitFor('the session to end', () => lab.network.last().closed);
  await waitFor('the slot to be free', () => lab.worker().status().sessions === 0);
});

test('an instance that found no room is connected when there is some', async () => {
  await lab.close();
  lab = await startWorkerLab({ MAX_SESSIONS_PER_WORKER: '1' });
  const first = await lab.link();
  const second = await lab.create();
  // The limit was higher when it was asked for.
  await lab.db.tx((tx) => requestConnect(tx, lab.caller, second, { sessionsMax: 2 }));
  await longAfter();
  const before = lab.network.sessions.length;
  await lab.db.tx((tx) => requestDisconnect(tx, lab.caller, first));
  await nextSession(before);
  expect(lab.network.last().host.instanceId).toBe(second);
});

const again = (id: Id<'ins'>, end: typeof requestDisconnect) =>
  lab.db.tx(async (tx) => {
    await end(tx, lab.caller, id);
    await requestConnect(tx, lab.caller, id, { sessionsMax: 10 });
  });

test('one that is disconnected and connected again at once gets a new session and says so', async () => {
  const id = await lab.link();
  const former = lab.network.last();
  const before = lab.network.sessions.length;
  await again(id, requestDisconnect);
  await nextSession(before);
  expect(former).toMatchObject({ closed: true, unlinked: false });
  letIn(lab.network);
  await lab.waitForState(id, 'connected');
});

test('one that is unlinked and connected again at once does not go on under its former link', async () => {
  const id = await lab.link();
  const former = lab.network.last();
  await former.host.store.commit({ credentials: Buffer.from('former') });
  const before = lab.network.sessions.length;
  await again(id, requestUnlink);
  await nextSession(before);
  expect(former.unlinked).toBe(true);
  expect(await lab.network.last().host.store.readCredentials()).toBeUndefined();
});

test('what a session writes after its link was ended brings no credentials back', async () => {
  const id = await lab.link();
  const { host } = lab.network.last();
  await host.store.commit({ credentials: Buffer.from('former') });
  await lab.db.tx((tx) => requestUnlink(tx, lab.caller, id));
  const keys = [{ kind: 'session', id: 'ana', value: Buffer.from('late') }];
  await host.store.commit({ credentials: Buffer.from('late'), keys });
  expect(await host.store.readCredentials()).toBeUndefined();
  expect(await lab.db.read.selectFrom('signal_keys').select('key_id').execute()).toEqual([]);
});

test('a scan that crosses an unlink links nothing', async () => {
  const id = await lab.create();
  await lab.connect(id);
  const ended = lab.db.tx((tx) => requestUnlink(tx, lab.caller, id));
  scan(lab.network);
  await ended;
  await longAfter();
  expect(await lab.read(id)).toMatchObject({ state_reason: 'stopped_by_user', linked_at: null });
});

test('a scan that crosses a disconnect links, and stays disconnected', async () => {
  const id = await lab.create();
  await lab.connect(id);
  const ended = lab.db.tx((tx) => requestDisconnect(tx, lab.caller, id));
  scan(lab.network);
  await ended;
  const row = await waitFor('the link', async () => {
    const found = await lab.read(id);
    return found.linked_at === null ? undefined : found;
  });
  expect(row).toMatchObject({ state: 'disconnected', state_reason: 'stopped_by_user' });
});

test('a link that a crash kept from being recorded is recorded with the connection, and a disconnect keeps it', async () => {
  const id = await lab.create();
  await lab.connect(id);
  lab.network.last().host.say({ state: 'connected', self });
  await lab.waitForState(id, 'connected');
  expect(await lab.read(id)).toMatchObject({ linked_root: 'fake-root', linked_at: expect.any(Number) });
  expect(await lab.events()).toEqual(['instance.linked', 'instance.connected']);
  await lab.db.tx((tx) => requestDisconnect(tx, lab.caller, id));
  await waitFor('the session to end', () => lab.network.last().closed);
  expect(lab.network.last().unlinked).toBe(false);
});

test('after a restart an instance is not called connected before it is', async () => {
  const id = await lab.link();
  const before = lab.network.sessions.length;
  await lab.replaceWorker();
  await nextSession(before);
  expect(await lab.read(id)).toMatchObject({ state: 'connecting', state_reason: 'starting' });
  letIn(lab.network);
  await lab.waitForState(id, 'connected');
  expect((await lab.events()).filter((type) => type === 'instance.connected')).toHaveLength(2);
});
