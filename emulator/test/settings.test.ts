import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChatModification } from 'baileys';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BareClient, waitFor } from './bare-client.ts';
import { linkClient, type Phone } from './control.ts';
import { type Desk, lidOf, startDesk } from './desk.ts';

const folder = mkdtempSync(join(tmpdir(), 'emulator-settings-'));
let desk: Desk;
let phone: Phone;
let client: BareClient;
let friend: Phone;
beforeAll(async () => {
  desk = await startDesk({ dataDir: folder });
  ({ phone, client } = await desk.addLinked());
  friend = await desk.addPhone();
  await waitFor('the key', () => client.credentials.creds.myAppStateKeyId);
});
afterAll(async () => {
  await desk.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Chat = { chat: string; pinned: boolean; archived: boolean; muted_until: number | null; marked_unread: boolean };
const chat = async (): Promise<Chat | undefined> => {
  const { data } = await desk.control.call<{ data: Chat[] }>('GET', `/control/phones/${phone.number}/chats`);
  return data.find((one) => one.chat === friend.number);
};
const modify = (modification: ChatModification) => client.socket.chatModify(modification, lidOf(friend));

test('what a client pins, archives, mutes and marks is so on the phone', async () => {
  const id = await desk.send(friend, phone, { text: 'hello' });
  const last = await waitFor('it', () => client.messages.find(({ key, message }) => key.id === id && message));
  const lastMessages = [last];
  await modify({ pin: true });
  expect((await chat())?.pinned).toBe(true);
  await modify({ mute: 1_900_000_000_000 });
  expect((await chat())?.muted_until).toBe(1_900_000_000_000);
  await modify({ archive: true, lastMessages });
  expect((await chat())?.archived).toBe(true);
  await modify({ markRead: false, lastMessages });
  expect((await chat())?.marked_unread).toBe(true);
  await modify({ mute: null });
  await modify({ archive: false, lastMessages });
  expect(await chat()).toMatchObject({ pinned: true, archived: false, muted_until: null });
});

test('another client of the person gets what there is when it is linked, and every change after, also over a restart', async () => {
  const second = await linkClient(desk.control, desk.emulator.wsUrl, phone.number);
  await waitFor('the key', () => second.credentials.creds.myAppStateKeyId);
  expect(second.credentials.creds.myAppStateKeyId).toBe(client.credentials.creds.myAppStateKeyId);
  await second.socket.resyncAppState(['regular_low'], false);
  const versionOf = async (of: BareClient) =>
    (await of.credentials.keys.get('app-state-sync-version', ['regular_low'])).regular_low?.version;
  expect(await versionOf(second)).toBe(await versionOf(client));
  await modify({ pin: false });
  await waitFor('the change', async () => (await versionOf(second)) === (await versionOf(client)));
  expect((await chat())?.pinned).toBe(false);
  await second.socket.chatModify({ pin: true }, lidOf(friend));
  expect((await chat())?.pinned).toBe(true);
  await desk.stop();
  desk = await startDesk({ dataDir: folder });
  expect(await chat()).toMatchObject({ pinned: true });
  const third = await linkClient(desk.control, desk.emulator.wsUrl, phone.number);
  await waitFor('the key', () => third.credentials.creds.myAppStateKeyId);
  await third.socket.resyncAppState(['regular_low'], false);
  expect(await versionOf(third)).toBe(await versionOf(second));
});
