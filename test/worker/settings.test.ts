import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { patchSettings } from '../../src/domain/instances/index.ts';
import type { Id } from '../../src/lib/index.ts';
import type { InboundUpdate } from '../../src/network/index.ts';
import { letIn } from '../support/fake-network.ts';
import { waitFor } from '../support/wait.ts';
import { startWorkerLab, type WorkerLab } from '../support/worker-lab.ts';

let lab: WorkerLab;
let shop: Id<'ins'>;

beforeEach(async () => {
  lab = await startWorkerLab();
  shop = await lab.link();
});
afterEach(() => lab.close());

const set = (patch: Parameters<typeof patchSettings>[3]) =>
  lab.db.tx((tx) => patchSettings(tx, lab.caller, shop, patch));

const deliver = (updates: readonly InboundUpdate[]) =>
  lab.network.last().host.store.commit({
    inbound: {
      dedupeKey: randomBytes(8).toString('hex'),
      kind: 'message',
      stanza: Buffer.from(JSON.stringify(updates)),
      parts: [],
      complete: true,
    },
  });

const textIn = (chat: Extract<InboundUpdate, { kind: 'message' }>['chat'], text: string): InboundUpdate => ({
  kind: 'message',
  networkId: text,
  chat,
  author: { phone: '4915111111111' },
  fromMe: false,
  content: { type: 'text', text },
  atMs: Date.now(),
});

const asked = () => lab.network.last().asked.filter(({ kind }) => kind === 'set_presence');

test('an instance that is to be available says so when it is told, and again on every new connection', async () => {
  await set({ presence: 'available' });
  await waitFor('the presence', () => asked().length === 1);
  expect(asked()).toEqual([{ kind: 'set_presence', input: { presence: 'available' } }]);

  const before = lab.network.sessions.length;
  lab.network.last().close('network');
  await waitFor('a reconnect', () => lab.network.sessions.length > before);
  letIn(lab.network);
  await waitFor('the presence', () => asked().length === 1);
  await set({ presence: 'unavailable' });
  await waitFor('the end of it', () => asked().length === 2);
  expect(asked().map(({ input }) => input)).toEqual([{ presence: 'available' }, { presence: 'unavailable' }]);
});

test('a presence that is refused is not asked for over and over', async () => {
  lab.network.answerAsks(() => ({ kind: 'refused', code: 'conflict', detail: 'no name' }));
  await set({ presence: 'available' });
  await waitFor('the presence', () => asked().length === 1);
  await set({ groups: 'ignore' });
  await waitFor('another look', () => asked().length === 2);
});

test('groups and stories that are to be ignored leave nothing behind, and people go on', async () => {
  await set({ groups: 'ignore', stories: 'ignore' });
  await deliver([textIn({ kind: 'group', address: '1@group' }, 'in a group')]);
  await deliver([textIn({ kind: 'story', address: 'stories' }, 'in a story')]);
  await deliver([textIn({ kind: 'person', contact: { phone: '4915111111111' } }, 'to me')]);
  await waitFor('the message', async () => (await lab.events()).includes('message.received'));
  const messages = await lab.db.read.selectFrom('messages').select('network_id').execute();
  const chats = await lab.db.read.selectFrom('chats').select('kind').execute();
  expect(messages).toEqual([{ network_id: 'to me' }]);
  expect(chats).toEqual([{ kind: 'person' }]);
});
