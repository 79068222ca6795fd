import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BinaryNode, WASocket } from 'baileys';
import { describe, expect, it } from 'vitest';
import type { InboundCapture } from '../network/index.ts';
import { createInboundGate } from './inbound-gate.ts';

const ann = '30@lid';

function message(id: string, attrs: Record<string, string> = {}): BinaryNode {
  const enc: BinaryNode = { tag: 'enc', attrs: { v: '2', type: 'msg' }, content: Buffer.from(`cipher ${id}`) };
  return { tag: 'message', attrs: { id, from: ann, t: '1', ...attrs }, content: [enc] };
}

const receipt = (id: string): BinaryNode => ({ tag: 'receipt', attrs: { id, from: ann, t: '1' } });

/** A gate before a stand-in for Baileys; `see` is what Baileys does with a stanza. */
function createGate(
  see: (name: string, node: BinaryNode) => unknown,
  record: (inbound: InboundCapture) => Promise<void> = async () => {},
) {
  const client = new EventEmitter();
  const recorded: InboundCapture[] = [];
  const paused: string[] = [];
  const failed: unknown[] = [];
  for (const name of ['CB:message', 'CB:receipt', 'CB:notification', 'CB:call', 'CB:ib'])
    client.on(name, (node) => see(name, node));
  const gate = createInboundGate(asClient(client), {
    record: async (inbound) => {
      await record(inbound);
      recorded.push(inbound);
    },
    self: () => ({ phone: '2', lid: '20' }),
    pause: () => paused.push('pause'),
    resume: () => paused.push('resume'),
    frameCame: () => {},
    listenerFailed: (error) => failed.push(error),
  });
  return { client, gate, recorded, paused, failed };
}

/** The gate uses of Baileys' client what is an EventEmitter's. */
function asClient(client: EventEmitter): WASocket['ws'] {
  return client as WASocket['ws'];
}

describe('the gate', () => {
  it('lets no message overtake another, however long each takes before it is decrypted', async () => {
    const seen: string[] = [];
    const { client, gate } = createGate(async (_, node) => {
      await sleep(node.attrs.id === 'slow' ? 30 : 0);
      seen.push(node.attrs.id ?? '');
      const enc = Array.isArray(node.content) ? node.content[0] : undefined;
      if (enc?.content instanceof Uint8Array) gate.partOf(enc.content)?.end();
    });
    client.emit('CB:message', message('slow'));
    client.emit('CB:receipt', receipt('receipt'));
    client.emit('CB:message', message('quick'));
    await expect.poll(() => seen).toEqual(['slow', 'receipt', 'quick']);
  });

  it('shows a receipt only when it is kept, and nothing after one that was not', async () => {
    const seen: string[] = [];
    const kept = Promise.withResolvers<void>();
    const { client, recorded } = createGate(
      (_, node) => seen.push(node.attrs.id ?? ''),
      async (inbound) => {
        if (inbound.dedupeKey.includes('bad')) throw new Error('disk full');
        await kept.promise;
      },
    );
    client.emit('CB:receipt', receipt('good'));
    client.emit('CB:receipt', receipt('bad'));
    client.emit('CB:receipt', receipt('after'));
    await sleep(20);
    expect(seen).toEqual([]);
    kept.resolve();
    await sleep(20);
    expect(seen).toEqual(['good']);
    expect(recorded.map((one) => one.complete)).toEqual([true, true]);
  });

  it('tells apart the receipts of one message, and not the same one that comes again', async () => {
    const { client, recorded } = createGate(() => {});
    const read: BinaryNode = { ...receipt('M'), attrs: { ...receipt('M').attrs, type: 'read' } };
    const again: BinaryNode = { ...receipt('M'), attrs: { ...receipt('M').attrs, offline: '3' } };
    for (const node of [receipt('M'), read, again]) client.emit('CB:receipt', node);
    await expect.poll(() => recorded.length).toBe(3);
    expect(recorded[0]?.dedupeKey).toBe(recorded[2]?.dedupeKey);
    expect(recorded[0]?.dedupeKey).not.toBe(recorded[1]?.dedupeKey);
  });

  it('records what Baileys refuses without having asked to decrypt it, live and from a backlog', async () => {
    const { client, recorded } = createGate(() => {});
    client.emit('CB:message', message('live'));
    client.emit('CB:message', message('old', { offline: '1' }));
    await expect.poll(() => recorded.map((one) => one.failure)).toEqual(['refused', 'refused']);
  });

  it('records at once a message that has nothing to decrypt', async () => {
    const seen: string[] = [];
    const { client, recorded } = createGate((_, node) => seen.push(node.attrs.id ?? ''));
    client.emit('CB:message', { ...message('bare'), content: [{ tag: 'unavailable', attrs: { type: 'view_once' } }] });
    await expect.poll(() => seen).toEqual(['bare']);
    expect(recorded).toMatchObject([{ kind: 'message', complete: true, parts: [] }]);
  });

  it('survives listeners that fail', async () => {
    const { client, failed } = createGate((name) =>
      name === 'CB:ib' ? Promise.reject(new Error('async')) : undefined,
    );
    client.on('CB:call', () => {
      throw new Error('sync');
    });
    client.emit('CB:ib', { tag: 'ib', attrs: {} });
    client.emit('CB:call', { tag: 'call', attrs: { id: 'c', from: ann } });
    await expect.poll(() => failed).toHaveLength(2);
  });

  it('stops reading when too much waits, and goes on when there is room', async () => {
    const kept = Promise.withResolvers<void>();
    const { client, paused } = createGate(
      () => {},
      () => kept.promise,
    );
    for (let index = 0; index < 600; index += 1) client.emit('CB:receipt', receipt(`r${index}`));
    expect(paused).toEqual(['pause']);
    kept.resolve();
    await expect.poll(() => paused).toEqual(['pause', 'resume']);
  });

  it('lets nothing through once stopped', async () => {
    const seen: string[] = [];
    const { client, gate } = createGate((_, node) => seen.push(node.attrs.id ?? ''));
    client.emit('CB:receipt', receipt('late'));
    gate.stop();
    client.emit('CB:ib', { tag: 'ib', attrs: { id: 'later' } });
    await sleep(20);
    expect(seen).toEqual([]);
  });
});
