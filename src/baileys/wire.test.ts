import { EventEmitter } from 'node:events';
import type { WASocket } from 'baileys';
import { describe, expect, it } from 'vitest';
import { decodeInOrder } from './frame-order.ts';
import { createWire } from './wire.ts';

function createRaw() {
  const log: string[] = [];
  const raw = Object.assign(new EventEmitter(), {
    send: (data: string, done: (error?: Error) => void) => {
      log.push(data);
      done();
    },
    close: () => log.push('close'),
    terminate: () => {
      log.push('terminate');
      raw.emit('close');
    },
    pause: () => {},
    resume: () => {},
  });
  return { raw, log };
}

function createClient() {
  const { raw, log } = createRaw();
  const client = Object.assign(new EventEmitter(), { socket: raw, close: () => log.push('left to Baileys') });
  const host = { may: true };
  const wire = createWire(asClient(client), { mayWrite: () => host.may, leaseLost: () => log.push('lease lost') });
  const write = (data: string): Promise<string> =>
    new Promise((resolve) => raw.send(data, (error) => resolve(error === undefined ? 'out' : error.message)));
  return { raw, client, wire, log, host, write };
}

/** The wire uses of Baileys' client its events, its `close` and its `socket`. */
function asClient(client: EventEmitter): WASocket['ws'] {
  return client as WASocket['ws'];
}

describe('the wire', () => {
  it('holds frames in order until what they tell is durable', async () => {
    const { wire, log, write } = createClient();
    const [one, two] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    wire.holdUntil(one.promise);
    wire.holdUntil(two.promise);
    const written = [write('a'), write('b')];
    one.resolve();
    await Promise.resolve();
    expect(log).toEqual([]);
    two.resolve();
    expect(await Promise.all(written)).toEqual(['out', 'out']);
    expect(log).toEqual(['a', 'b']);
  });

  it('lets none of them out when it is not', async () => {
    const { wire, log, write } = createClient();
    const durable = Promise.withResolvers<void>();
    wire.holdUntil(durable.promise);
    const written = write('a');
    durable.reject(new Error('disk full'));
    expect(await written).toBe('The line was cut.');
    expect(log).toEqual(['terminate']);
  });

  it('asks for the lease with each frame, and cuts the line without it', async () => {
    const { log, write, host } = createClient();
    expect(await write('a')).toBe('out');
    host.may = false;
    expect(await write('b')).toBe('The lease was lost.');
    expect(log).toEqual(['a', 'terminate', 'lease lost']);
    host.may = true;
    expect(await write('c')).toBe('The line was cut.');
  });

  it('destroys what Baileys would close', async () => {
    const { client, wire, log } = createClient();
    client.close();
    await wire.gone;
    expect(log).toEqual(['terminate']);
  });

  it('waits a moment for a goodbye, then destroys', async () => {
    const { wire, log } = createClient();
    wire.hangUp(20);
    expect(log).toEqual(['close']);
    await wire.gone;
    expect(log).toEqual(['close', 'terminate']);
  });

  it('names the frame that is waited for, and no later one', async () => {
    const { wire, write } = createClient();
    let left = 0;
    wire.expect(() => {
      left += 1;
    });
    await write('mine');
    await write('another');
    expect(left).toBe(1);
    wire.expect(() => {
      left += 1;
    });
    await Promise.resolve();
    await write('too late to be it');
    expect(left).toBe(1);
  });

  it('survives errors of a socket that nobody listens to any more', () => {
    const { raw, client } = createClient();
    expect(() => raw.emit('error', new Error('reset'))).not.toThrow();
    expect(() => client.emit('error', new Error('reset'))).not.toThrow();
  });
});

describe('what arrives', () => {
  it('is decoded one after the other, and what cannot be decoded ends no process', async () => {
    const client = new EventEmitter();
    const done: string[] = [];
    client.on('message', async (data: string) => {
      await new Promise((resolve) => setTimeout(resolve, data === 'packed' ? 20 : 0));
      if (data === 'bad') throw new Error('undecodable');
      done.push(data);
    });
    decodeInOrder(asClient(client), () => done.push('told'));
    for (const data of ['packed', 'plain', 'bad', 'next']) client.emit('message', data);
    await expect.poll(() => done).toEqual(['packed', 'plain', 'told', 'next']);
  });
});
