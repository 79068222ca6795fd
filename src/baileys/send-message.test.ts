import { EventEmitter } from 'node:events';
import type { WASocket } from 'baileys';
import { describe, expect, it } from 'vitest';
import { GroupRefusal } from './group-sending.ts';
import { buildPayload } from './payload.ts';
import { createSender, type Sender } from './send-message.ts';
import type { Wire } from './wire.ts';

type Relay = WASocket['relayMessage'];

/** A sender on a line that writes what Baileys would: the nodes are spread into the stanza right before it is written. */
function createLine(relay: (write: () => void) => Promise<string>, mayLeave = true) {
  const ws = new EventEmitter();
  const log: string[] = [];
  let expected: (() => void) | undefined;
  const wire: Pick<Wire, 'expect'> = {
    expect: (leaving) => {
      expected = leaving;
    },
  };
  const relayMessage: Relay = (_jid, _message, { additionalNodes }) =>
    relay(() => {
      const spread = [...(additionalNodes ?? [])];
      log.push(`written with ${spread.length} more nodes`);
      if (mayLeave) expected?.();
    });
  const sender = createSender({
    socket: asSocket({ ws, relayMessage }),
    wire: asWire(wire),
    sendTimeoutMs: 40,
    ackTimeoutMs: 40,
    stalled: (detail) => {
      log.push(`cut: ${detail}`);
    },
    self: () => ({ phone: '4' }),
    restricted: (code) => {
      log.push(`restricted ${code}`);
    },
    prepareGroup: async (group) => {
      if (group.startsWith('gone')) throw new GroupRefusal('not_in_group', 'gone');
    },
    clearGroupMemory: async (group) => {
      log.push(`cleared ${group}`);
    },
    forgetDevices: async (user) => {
      log.push(`forgot ${user}`);
    },
  });
  const ack = (attrs: Record<string, string>): void => void ws.emit('CB:ack,class:message', { tag: 'ack', attrs });
  return { sender, log, ack };
}

/** The sender asks the socket for these two alone. */
function asSocket(parts: object): Pick<WASocket, 'relayMessage' | 'ws'> {
  return parts as Pick<WASocket, 'relayMessage' | 'ws'>;
}

/** And the wire for `expect`. */
function asWire(parts: Pick<Wire, 'expect'>): Wire {
  return parts as Wire;
}

const payload = buildPayload({
  content: { type: 'text', text: 'x' },
  destination: '1@s.whatsapp.net',
  self: { phone: '2' },
  atMs: 0,
});
const start = (sender: Sender, destination = '1@s.whatsapp.net', again = false) =>
  sender.send({ networkId: 'A', destination, payload, again });
const never = new Promise<string>(() => {});
const writeAndHang = (write: () => void): Promise<string> => {
  write();
  return never;
};

describe('a send', () => {
  it('adds nothing to the stanza, and is accepted at the time of the ack', async () => {
    const { sender, log, ack } = createLine(async (write) => {
      write();
      return 'A';
    });
    const outcome = start(sender);
    ack({ id: 'A', t: '1700000000' });
    expect(await outcome).toEqual({ kind: 'accepted', atMs: 1_700_000_000_000 });
    expect(log).toEqual(['written with 0 more nodes']);
  });

  it('is unknown when the line ends after it was written, though Baileys has said nothing yet', async () => {
    const { sender } = createLine((write) => {
      write();
      return never;
    });
    const outcome = start(sender);
    sender.stop('gone');
    expect(await outcome).toEqual({ kind: 'unknown', reason: 'gone' });
  });

  it('was not made when the line ends before, or when it may not leave', async () => {
    for (const line of [createLine(() => never), createLine(writeAndHang, false)]) {
      const outcome = start(line.sender);
      line.sender.stop('gone');
      expect(await outcome).toEqual({ kind: 'not_sent', reason: 'gone' });
    }
  });

  it('was not made when Baileys gives up before it is written', async () => {
    const { sender } = createLine(() => Promise.reject(new Error('no session')));
    expect(await start(sender)).toEqual({ kind: 'not_sent', reason: 'no session' });
  });

  it('is unknown when Baileys says that it left and we did not see it', async () => {
    const { sender, log } = createLine(() => Promise.resolve('A'));
    expect(await start(sender)).toMatchObject({ kind: 'unknown' });
    expect(log).toEqual(['cut: no acknowledgement in time']);
  });

  it('that takes too long cuts the line before its outcome is known', async () => {
    const hung = createLine(() => never);
    expect(await start(hung.sender)).toMatchObject({ kind: 'not_sent' });
    expect(hung.log).toEqual(['cut: the message could not be written in time']);
    const written = createLine(writeAndHang);
    expect(await start(written.sender)).toMatchObject({ kind: 'unknown' });
    expect(written.log).toContain('cut: no acknowledgement in time');
  });

  it('to a group that may have got it clears what is remembered of its sender key first', async () => {
    const { sender, log, ack } = createLine(async (write) => {
      write();
      return 'A';
    });
    const outcome = start(sender, '5@g.us', true);
    await expect.poll(() => log).toEqual(['cleared 5@g.us', 'written with 0 more nodes']);
    ack({ id: 'A' });
    expect(await outcome).toMatchObject({ kind: 'accepted' });
  });

  it('to a group that takes nothing from this number is refused with the reason, and nothing is written', async () => {
    const { sender, log } = createLine(writeAndHang);
    expect(await start(sender, 'gone@g.us')).toMatchObject({ kind: 'refused', code: 'not_in_group', scope: 'message' });
    expect(log).toEqual([]);
  });

  it('refused for its devices has them asked for again', async () => {
    const { sender, log, ack } = createLine(writeAndHang);
    const outcome = start(sender, '17@s.whatsapp.net');
    ack({ id: 'A', error: '479' });
    expect(await outcome).toMatchObject({ kind: 'refused', scope: 'message' });
    expect(log).toContain('forgot 17');
  });

  it('of a message that is on its way already is refused', async () => {
    const { sender } = createLine(() => never);
    void start(sender);
    expect(await start(sender)).toMatchObject({ kind: 'not_sent' });
    sender.stop('end');
  });
});
