import type { RawData, WebSocket } from 'ws';
import { startTimer } from '../lib/clock.ts';
import { createFrameReader, writeFrame } from '../noise/frames.ts';
import { createHandshake, type Handshake, type Transport } from '../noise/handshake.ts';
import { decodeStanza, encodeStanza } from '../wire/codec.ts';
import type { BinaryNode } from '../wire/nodes.ts';
import type { Connection, World } from '../world/world.ts';
import { createDelayLine } from './delay-line.ts';

/** Who is behind a channel once the handshake is done. */
export type Peer = {
  number: string | undefined;
  device: number | undefined;
  receive: (stanza: BinaryNode) => void;
  closed: () => void;
};

export type Admit = (connection: Connection, clientStatic: Buffer, payload: Buffer) => Peer | undefined;

/** A client that has not finished its handshake by then is cut off. */
const HANDSHAKE_WAIT_MS = 20_000;
/** After an orderly end, how long the client may take to close. */
const CLOSE_WAIT_MS = 2000;

const toBuffer = (data: RawData): Buffer => {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
};

/**
 * Speaks Noise on one WebSocket and hands stanzas to whoever `admit` says the client is. Whatever a client sends, it can
 * only end its own channel.
 */
export const createChannel = (world: World, socket: WebSocket, admit: Admit): void => {
  const reader = createFrameReader();
  const inbound = createDelayLine();
  const outbound = createDelayLine();
  let handshake: Handshake | undefined;
  let transport: Transport | undefined;
  let peer: Peer | undefined;
  let muted = false;
  let ending = false;
  let outgoing: Buffer[] = [];

  const handshakeTimer = startTimer(HANDSHAKE_WAIT_MS, () => socket.terminate());

  const flush = (): void => {
    if (outgoing.length === 0 || muted || socket.readyState !== socket.OPEN) return;
    const bytes = outgoing.length === 1 && outgoing[0] ? outgoing[0] : Buffer.concat(outgoing);
    outgoing = [];
    socket.send(bytes);
  };
  const write = (body: Buffer): void => {
    // What one event causes leaves together: fewer system calls than a write for each stanza.
    if (outgoing.length === 0) queueMicrotask(flush);
    outgoing.push(writeFrame(body));
  };
  const latency = (direction: 'in' | 'out'): number =>
    world.faults.strike('latency', peer?.number, peer?.device, (fault) => {
      const set = fault.direction ?? 'both';
      return set === 'both' || set === direction;
    })?.ms ?? 0;

  const connection: Connection = {
    send: (stanza) =>
      outbound.push(latency('out'), () => {
        if (transport && !muted && !ending) write(transport.encrypt(encodeStanza(stanza)));
      }),
    end: (last) =>
      outbound.push(last ? latency('out') : 0, () => {
        if (ending) return;
        if (last && transport && !muted) write(transport.encrypt(encodeStanza(last)));
        flush();
        ending = true;
        socket.close();
        startTimer(CLOSE_WAIT_MS, () => socket.terminate());
      }),
    terminate: () => socket.terminate(),
    mute: () => {
      muted = true;
    },
    bufferedBytes: () => socket.bufferedAmount,
  };

  const shakeHands = (frame: Buffer): void => {
    handshake ??= createHandshake(world.identity, reader.prologue() ?? Buffer.alloc(0));
    const step = handshake.receive(frame);
    if (step.kind === 'reply') {
      write(step.bytes);
      return;
    }
    transport = step.transport;
    handshakeTimer.cancel();
    peer = admit(connection, step.clientStatic, step.payload);
  };

  const receive = (bytes: Buffer): void => {
    if (muted || ending) return;
    try {
      for (const frame of reader.push(bytes)) {
        if (!transport) {
          shakeHands(frame);
          continue;
        }
        const stanza = decodeStanza(transport.decrypt(frame));
        inbound.push(latency('in'), () => {
          if (!muted && !ending && socket.readyState === socket.OPEN) receiveStanza(stanza);
        });
      }
    } catch {
      socket.terminate();
    }
  };
  const receiveStanza = (stanza: BinaryNode): void => {
    try {
      peer?.receive(stanza);
    } catch {
      // A stanza that makes no sense costs its sender the connection, and nobody else anything.
      socket.terminate();
    }
  };

  socket.on('message', (data) => receive(toBuffer(data)));
  socket.on('error', () => socket.terminate());
  socket.on('close', () => {
    handshakeTimer.cancel();
    inbound.end();
    outbound.end();
    peer?.closed();
    peer = undefined;
  });
  if (world.faults.strike('drop_on_connect')) socket.terminate();
};
