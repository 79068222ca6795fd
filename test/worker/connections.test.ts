import { afterEach, beforeEach, expect, test } from 'vitest';
import { requestConnect, requestDisconnect, requestUnlink } from '../../src/domain/instances/index.ts';
import type { CloseReason } from '../../src/network/index.ts';
import { letIn, scan } from '../support/fake-network.ts';
import { pause, waitFor } from '../support/wait.ts';
import { startWorkerLab, type WorkerLab } from '../support/worker-lab.ts';

let lab: WorkerLab;

beforeEach(async () => {
  lab = await startWorkerLab();
});
afterEach(() => lab.close());

/** Well past every wait of the set-up. */
const longAfter = () => pause(600);

const credentialsOf = (id: string) =>
  lab.db.read
    .selectFrom('credentials')
    .select(['wiped_at'])
    .where('instance_id', '=', id as never)
    .executeTakeFirst();

const storeCredentials = () => lab.network.last().host.store.commit({ credentials: Buffer.from('creds') });

test('an instance goes from pending over the QR code to connected, and each step is an event', async () => {
  const id = await lab.create();
  expect((await lab.read(id)).state).toBe('pending');
  await lab.connect(id);
  lab.network.last().host.say({ state: 'qr', qr: 'code-1', expiresAtMs: Date.now() + 60_000 });
  await lab.waitForState(id, 'qr_required');
  const before = lab.network.sessions.length;
  scan(lab.network);
  await waitFor('the session after the scan', () => lab.network.sessions.length > before);
  letIn(lab.network);
  const row = await lab.waitForState(id, 'connected');
  expect(row).toMatchObject({ phone: '4915100000001', linked_root: 'fake-root', state_reason: null });
  expect(await lab.events()).toEqual(['instance.qr_required', 'qr.updated', 'instance.linked', 'instance.connected']);
});

test('a confirmed removal wipes the credentials, softly, and asks for a human', async () => {
  const id = await lab.link();
  await storeCredentials();
  lab.network.last().close('unlinked');
  const row = await lab.waitForState(id, 'disconnected', 'session_invalidated');
  expect(row).toMatchObject({ wanted: 0, linked_at: null });
  expect((await credentialsOf(id))?.wiped_at).toBeTypeOf('number');
  expect(await lab.network.last().host.store.readCredentials()).toBeUndefined();
});

const ambiguous: CloseReason[] = [
  'network',
  'unavailable',
  'replaced',
  'login_refused',
  'storage_failed',
  'send_stalled',
  'lease_lost',
  'forbidden',
  'outdated_client',
  'restart_required',
  'closed',
];
for (const reason of ambiguous) {
  test(`a close for ${reason} never wipes the credentials`, async () => {
    const id = await lab.link();
    await storeCredentials();
    lab.network.last().close(reason);
    await longAfter();
    expect((await credentialsOf(id))?.wiped_at).toBeNull();
    expect((await lab.read(id)).linked_at).not.toBeNull();
  });
}

test('a dropped line is tried again by itself, and 403 and 405 wait for a human', async () => {
  const id = await lab.link();
  const before = lab.network.sessions.length;
  lab.network.last().close('network');
  await waitFor('another session', () => lab.network.sessions.length > before);
  letIn(lab.network);
  await lab.waitForState(id, 'connected');
  expect((await lab.events()).slice(-2)).toEqual(['instance.reconnecting', 'instance.connected']);

  lab.network.last().close('forbidden');
  await lab.waitForState(id, 'failed', 'forbidden');
  const after = lab.network.sessions.length;
  await longAfter();
  expect(lab.network.sessions).toHaveLength(after);
});

test('a restart that WhatsApp asks for is said, and the connection with it when it is back', async () => {
  const id = await lab.link();
  const before = lab.network.sessions.length;
  lab.network.last().close('restart_required');
  await waitFor('another session', () => lab.network.sessions.length > before);
  expect(await lab.read(id)).toMatchObject({ state: 'reconnecting', state_reason: 'restart_required' });
  letIn(lab.network);
  await lab.waitForState(id, 'connected');
  expect((await lab.events()).slice(-2)).toEqual(['instance.reconnecting', 'instance.connected']);
});

test('a restart that WhatsApp asks for is done at once, and one that it asks for over and over with growing pauses', async () => {
  const id = await lab.link();
  const before = lab.network.sessions.length;
  const stop = Date.now() + 800;
  while (Date.now() < stop) {
    if (!lab.network.last().closed) lab.network.last().close('restart_required');
    await pause(1);
  }
  const opened = lab.network.sessions.length - before;
  expect(opened).toBeGreaterThanOrEqual(3);
  expect(opened).toBeLessThan(20);
  await waitFor('the next session', () => !lab.network.last().closed);
  letIn(lab.network);
  await lab.waitForState(id, 'connected');
});

test('a session that never answers is ended at its deadline and tried again', async () => {
  const id = await lab.create();
  await lab.connect(id);
  await waitFor('the deadline', () => lab.network.sessions[0]?.closed);
  await lab.waitForState(id, 'reconnecting', 'network');
  await waitFor('another session', () => lab.network.sessions.length >= 2);
});

test('too many rounds without a scan lead to a cool-down that connect refuses to shorten', async () => {
  const id = await lab.create();
  for (let round = 1; round <= 3; round += 1) {
    await lab.connect(id);
    lab.network.last().close('qr_expired');
    await lab.waitForState(id, 'disconnected', round < 3 ? 'qr_expired' : 'pairing_cooldown');
    await waitFor('the slot to be free', () => lab.worker().status().sessions === 0);
  }
  await expect(lab.connect(id)).rejects.toMatchObject({ code: 'pairing_cooldown' });
});

test('an instance linked under another server is never connected to this one', async () => {
  const id = await lab.link();
  await lab.db.tx((tx) => tx.updateTable('instances').set({ linked_root: 'whatsapp' }).where('id', '=', id).execute());
  const before = lab.network.sessions.length;
  await lab.replaceWorker();
  await lab.waitForState(id, 'failed', 'foreign_root');
  expect(lab.network.sessions).toHaveLength(before);
});

test('disconnecting keeps the link and unlinking tells WhatsApp', async () => {
  const id = await lab.link();
  await lab.db.tx((tx) => requestDisconnect(tx, lab.caller, id));
  await waitFor('the socket to close', () => lab.network.last().closed);
  expect(lab.network.last().unlinked).toBe(false);
  await lab.connect(id);
  letIn(lab.network);
  await lab.waitForState(id, 'connected');

  await lab.db.tx((tx) => requestUnlink(tx, lab.caller, id));
  await waitFor('WhatsApp to be told', () => lab.network.last().unlinked);
  await lab.waitForState(id, 'disconnected', 'unlinked_by_request');
});

test('a disconnect says the same whoever caused it: state, reason, meaning, what to do and number', async () => {
  const id = await lab.link();
  await lab.db.tx((tx) => requestDisconnect(tx, lab.caller, id));
  await lab.connect(id);
  letIn(lab.network);
  await lab.waitForState(id, 'connected');
  lab.network.last().close('unlinked');
  await lab.waitForState(id, 'disconnected', 'session_invalidated');
  const rows = await lab.db.read
    .selectFrom('events')
    .select('data')
    .where('type', '=', 'instance.disconnected')
    .orderBy('id')
    .execute();
  const said = rows.map(({ data }) => JSON.parse(data));
  expect(said.map(({ reason }) => reason)).toEqual(['stopped_by_user', 'session_invalidated']);
  for (const data of said) {
    expect(data).toEqual({
      state: 'disconnected',
      reason: expect.any(String),
      meaning: expect.any(String),
      what_to_do: expect.any(String),
      phone_number: '4915100000001',
    });
  }
});

test('what was never linked, or is no more, cannot be unlinked, and nothing is said to have happened', async () => {
  const id = await lab.create();
  const unlink = () => lab.db.tx((tx) => requestUnlink(tx, lab.caller, id));
  await expect(unlink()).rejects.toMatchObject({
    code: 'invalid_lifecycle_transition',
    details: { state: 'pending', reason: 'created', allowed: ['connect'] },
  });
  expect(await lab.read(id)).toMatchObject({ state: 'pending', state_reason: 'created' });
  expect(await lab.events()).toEqual([]);

  await lab.connect(id);
  await unlink();
  await waitFor('the pairing to end', () => lab.network.last().closed);
  expect(await lab.read(id)).toMatchObject({ state: 'disconnected', state_reason: 'stopped_by_user', wanted: 0 });
  expect(await lab.events()).toEqual(['instance.disconnected']);
  await expect(unlink()).rejects.toMatchObject({ code: 'invalid_lifecycle_transition' });
});

test('the restriction of a number does not hold another one that is linked in its place', async () => {
  const linkAs = async (phone: string): Promise<void> => {
    await lab.connect(id);
    const before = lab.network.sessions.length;
    lab.network.last().host.say({ state: 'linked', self: { phone } });
    lab.network.last().close('restart_required');
    await waitFor('the session after the scan', () => lab.network.sessions.length > before);
    lab.network.last().host.say({ state: 'connected', self: { phone } });
  };
  const unlink = async (): Promise<void> => {
    await lab.db.tx((tx) => requestUnlink(tx, lab.caller, id));
    await waitFor('the session to end', () => lab.network.last().closed);
  };
  const id = await lab.link();
  lab.network.last().host.say({ state: 'restricted', code: 463, untilMs: Date.now() + 60_000 });
  await lab.waitForState(id, 'restricted');
  await unlink();
  await linkAs('4915100000001');
  await lab.waitForState(id, 'restricted', 'account_restricted');
  await unlink();
  await linkAs('4915100000002');
  await lab.waitForState(id, 'connected');
  const message = await lab.accept(id, '4915111111111', 'free');
  await waitFor('the message', async () => (await lab.status(message)) === 'sent');
});

test('wanted instances come back after a restart and others do not', async () => {
  const wanted = await lab.link();
  const other = await lab.link();
  await lab.db.tx((tx) => requestDisconnect(tx, lab.caller, other));
  const before = lab.network.sessions.length;
  await lab.replaceWorker();
  await waitFor('a session', () => lab.network.sessions.length > before);
  await longAfter();
  const opened = new Set(lab.network.sessions.slice(before).map(({ host }) => host.instanceId));
  expect([...opened]).toEqual([wanted]);
});

test('one more session than the worker may hold is refused before anything is written', async () => {
  await lab.close();
  lab = await startWorkerLab({ MAX_SESSIONS_PER_WORKER: '1' });
  await lab.link();
  const id = await lab.create();
  await expect(lab.db.tx((tx) => requestConnect(tx, lab.caller, id, { sessionsMax: 1 }))).rejects.toMatchObject({
    code: 'worker_at_capacity',
  });
  expect((await lab.read(id)).state).toBe('pending');
});

test('a session whose worker was taken over may let no frame out and write no key', async () => {
  await lab.link();
  const { host } = lab.network.last();
  expect(host.mayWrite()).toBe(true);
  await lab.replaceWorker();
  expect(host.mayWrite()).toBe(false);
  await expect(host.store.commit({ credentials: Buffer.from('late') })).rejects.toThrow('not ours');
  expect(await credentialsOf(host.instanceId)).toBeUndefined();
});
