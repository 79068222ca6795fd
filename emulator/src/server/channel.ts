import type { RawData, WebSocket } from 'ws';
import { startTimer } from '../lib/clock.ts';
import { createFrameReader, writeFrame } from '../noise/frames.ts';
import { createHandshake, type Handshake, type Transport } from '../noise/handshake.ts';
import { decodeStanza, encodeStanza } from '../wire/codec.ts';
import type { BinaryNode } from '../wire/nodes.ts';
import type { Connection, World } from '../world/world.ts';
import { createDelayLine, type DelayLine } from './delay-line.ts';

/** Who is behind a channel once the handshake is done. */
export type Peer = {
  number: string | undefined;
  device: number | undefined;
  receive: (stanza: BinaryNode) => void;
  closed: () => void;
};

/** Decides who a client is; undefined if it was turned away. */
export type Admit = (connection: Connection, clientStatic: Buffer, payload: Buffer) => Peer | undefined;

/** What one channel knows about itself. `mute` and `ending` both mean that nothing more is read. */
type Channel = {
  socket: WebSocket;
  inbound: DelayLine;
  outbound: DelayLine;
  transport: Transport | undefined;
  peer: Peer | undefined;
  muted: boolean;
  ending: boolean;
  outgoing: Buffer[];
};

/** A client that has not finished its handshake by then is cut off. */
const HANDSHAKE_WAIT_MS = 20_000;
/** After an orderly end, how long the client may take to close. */
const CLOSE_WAIT_MS = 2000;

const toBuffer = (data: RawData): Buffer => {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
};

const flush = (channel: Channel): void => {
  const { socket, outgoing } = channel;
  if (outgoing.length === 0 || channel.muted || socket.readyState !== socket.OPEN) return;
  channel.outgoing = [];
  socket.send(outgoing.length === 1 && outgoing[0] ? outgoing[0] : Buffer.concat(outgoing));
};

const write = (channel: Channel, body: Buffer): void => {
  // What one event causes leaves together: fewer system calls than a write for each stanza.
  if (channel.outgoing.length === 0) queueMicrotask(() => flush(channel));
  channel.outgoing.push(writeFrame(body));
};

const writeStanza = (channel: Channel, stanza: BinaryNode): void => {
  const { transport } = channel;
  if (transport && !channel.muted && !channel.ending) write(channel, transport.encrypt(encodeStanza(stanza)));
};

const latencyOf = (world: World, { peer }: Channel, direction: 'in' | 'out'): number =>
  world.faults.strike('latency', peer?.number, peer?.device, (fault) => {
    const set = fault.direction ?? 'both';
    return set === 'both' || set === direction;
  })?.ms ?? 0;

const createConnection = (world: World, channel: Channel): Connection => {
  const { socket, outbound } = channel;
  return {
    send: (stanza) => outbound.push(latencyOf(world, channel, 'out'), () => writeStanza(channel, stanza)),
    end: (last) =>
      outbound.push(last ? latencyOf(world, channel, 'out') : 0, () => {
        if (channel.ending) return;
        if (last) writeStanza(channel, last);
        flush(channel);
        channel.ending = true;
        socket.close();
        startTimer(CLOSE_WAIT_MS, () => socket.terminate());
      }),
    terminate: () => socket.terminate(),
    mute: () => {
      channel.muted = true;
    },
    bufferedBytes: () => socket.bufferedAmount,
  };
};

/** Hands a stanza on; one that makes no sense costs its sender the connection, and nobody else anything. */
const receiveStanza = (channel: Channel, stanza: BinaryNode): void => {
  if (channel.muted || channel.ending || channel.socket.readyState !== channel.socket.OPEN) return;
  try {
    channel.peer?.receive(stanza);
  } catch {
    channel.socket.terminate();
  }
};

/**
 * Speaks Noise on one WebSocket and hands stanzas to whoever `admit` says the client is. Whatever a client sends, it can
 * only end its own channel.
 */
export const createChannel = (world: World, socket: WebSocket, admit: Admit): void => {
  const [inbound, outbound] = [createDelayLine(), createDelayLine()];
  const channel: Channel = {
    socket,
    inbound,
    outbound,
    transport: undefined,
    peer: undefined,
    muted: false,
    ending: false,
    outgoing: [],
  };
  const reader = createFrameReader();
  const connection = createConnection(world, channel);
  const handshakeTimer = startTimer(HANDSHAKE_WAIT_MS, () => socket.terminate());
  let handshake: Handshake | undefined;

  const shakeHands = (frame: Buffer): void => {
    handshake ??= createHandshake(world.identity, reader.prologue() ?? Buffer.alloc(0));
    const step = handshake.receive(frame);
    if (step.kind === 'reply') {
      write(channel, step.bytes);
      return;
    }
    handshakeTimer.cancel();
    channel.transport = step.transport;
    channel.peer = admit(connection, step.clientStatic, step.payload);
  };
  const receive = (bytes: Buffer): void => {
    if (channel.muted || channel.ending) return;
    try {
      for (const frame of reader.push(bytes)) {
        if (channel.transport) {
          const stanza = decodeStanza(channel.transport.decrypt(frame));
          inbound.push(latencyOf(world, channel, 'in'), () => receiveStanza(channel, stanza));
        } else {
          shakeHands(frame);
        }
      }
    } catch {
      socket.terminate();
    }
  };

  socket.on('message', (data) => receive(toBuffer(data)));
  socket.on('error', () => socket.terminate());
  socket.on('close', () => {
    handshakeTimer.cancel();
    inbound.end();
    outbound.end();
    channel.peer?.closed();
    channel.peer = undefined;
  });
  if (world.faults.strike('drop_on_connect')) socket.terminate();
};
