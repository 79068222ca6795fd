import { type BinaryNode, jidDecode, type WASocket } from 'baileys';
import type { Identity, SendInput, SendOutcome } from '../network/index.ts';
import { now, startTimer } from '../platform/index.ts';
import { outcomeOfAck } from './ack-outcome.ts';
import { GroupRefusal } from './group-sending.ts';
import { decodePayload } from './payload.ts';
import { mentionJid } from './payloads/references.ts';
import { marksOf } from './stanza-marks.ts';
import type { Wire } from './wire.ts';

const staleDevices = '479';

type Flight = {
  readonly destination: string;
  left: boolean;
  settle(outcome: SendOutcome): void;
  leaving(): void;
};

export type Sender = {
  send(input: SendInput): Promise<SendOutcome>;
  /** The line is gone: what left is unknown, what did not leave was not sent. */
  stop(why: string): void;
  health(): { readonly lastAckAtMs?: number; readonly lastSendAtMs?: number };
};

type Deps = {
  readonly socket: Pick<WASocket, 'relayMessage' | 'ws'>;
  readonly wire: Wire;
  readonly sendTimeoutMs: number;
  readonly ackTimeoutMs: number;
  /** Cuts the line and ends the session, before the outcome is said. */
  stalled(detail: string): void;
  restricted(code: 463 | 475): void;
  /** Who the number is; its own devices see its stories. */
  self(): Identity;
  /** Throws `GroupRefusal` when nothing can be sent to it. */
  prepareGroup(group: string): Promise<void>;
  clearGroupMemory(group: string): Promise<void>;
  /** WhatsApp refused the stanza for its list of devices, as when one of them is gone. */
  forgetDevices(user: string): Promise<void>;
};

/**
 * Sends one message at a time for each id and says what became of it. Acks are read from the wire: Baileys' events may be
 * held back for half a minute.
 */
export function createSender(deps: Deps): Sender {
  const flights = new Map<string, Flight>();
  let stopped: string | undefined;
  let lastAckAtMs: number | undefined;
  let lastSendAtMs: number | undefined;

  deps.socket.ws.on('CB:ack,class:message', ({ attrs }: BinaryNode) => {
    lastAckAtMs = now();
    const outcome = outcomeOfAck(attrs, lastAckAtMs);
    if (attrs.error === '463') deps.restricted(463);
    if (attrs.error === '475') deps.restricted(475);
    const flight = flights.get(attrs.id ?? '');
    if (flight !== undefined && attrs.error === staleDevices) void forget(flight.destination);
    flight?.settle(outcome);
  });

  async function forget(destination: string): Promise<void> {
    const user = jidDecode(destination)?.user;
    // A store that fails ends the session by itself.
    if (user !== undefined) await deps.forgetDevices(user).catch(() => {});
  }

  function outcomeWhenCut(flight: Flight, reason: string): SendOutcome {
    return flight.left ? { kind: 'unknown', reason } : { kind: 'not_sent', reason };
  }

  function openFlight({ networkId: id, destination }: SendInput): { flight: Flight; outcome: Promise<SendOutcome> } {
    const { promise: outcome, resolve } = Promise.withResolvers<SendOutcome>();
    const arm = (waitMs: number, detail: string): (() => void) =>
      startTimer(waitMs, () => {
        deps.stalled(detail);
        flight.settle(outcomeWhenCut(flight, detail));
      });
    let cancel = arm(deps.sendTimeoutMs, 'the message could not be written in time');
    const flight: Flight = {
      destination,
      left: false,
      settle: (settled) => {
        cancel();
        flights.delete(id);
        resolve(settled);
      },
      leaving: () => {
        flight.left = true;
        lastSendAtMs = now();
        cancel();
        cancel = arm(deps.ackTimeoutMs, 'no acknowledgement in time');
      },
    };
    flights.set(id, flight);
    return { flight, outcome };
  }

  async function relay(input: SendInput, flight: Flight): Promise<void> {
    try {
      if (input.destination.endsWith('@g.us')) {
        await deps.prepareGroup(input.destination);
        if (input.again) await deps.clearGroupMemory(input.destination);
      }
      const message = decodePayload(input.payload);
      const { attributes, nodes } = marksOf(message);
      await deps.socket.relayMessage(input.destination, message, {
        messageId: input.networkId,
        additionalAttributes: attributes,
        ...(input.audience && { statusJidList: audienceJids(input.audience, deps.self()) }),
        additionalNodes: witness(nodes, () => deps.wire.expect(flight.leaving)),
      });
      // Baileys says that it left; should we have missed it, nobody may claim that it did not.
      if (!flight.left && flights.get(input.networkId) === flight) flight.leaving();
    } catch (error) {
      if (!flight.left) flight.settle(outcomeOfError(error));
    }
  }

  return {
    send: (input) => {
      if (stopped !== undefined) return Promise.resolve({ kind: 'not_sent', reason: stopped });
      if (flights.has(input.networkId))
        return Promise.resolve({ kind: 'not_sent', reason: 'this message is on its way already' });
      const { flight, outcome } = openFlight(input);
      void relay(input, flight);
      return outcome;
    },
    stop: (why) => {
      stopped ??= why;
      for (const flight of flights.values()) flight.settle(outcomeWhenCut(flight, why));
    },
    health: () => ({
      ...(lastAckAtMs === undefined ? {} : { lastAckAtMs }),
      ...(lastSendAtMs === undefined ? {} : { lastSendAtMs }),
    }),
  };
}

/** Stories reach those who are named, whatever the server could know. */
function audienceJids(audience: readonly Identity[], self: Identity): string[] {
  return [...new Set([...audience, self].map(mentionJid))];
}

function outcomeOfError(error: unknown): SendOutcome {
  const detail = error instanceof Error ? error.message : 'not relayed';
  if (error instanceof GroupRefusal) return { kind: 'refused', code: error.code, scope: 'message', detail };
  return { kind: 'not_sent', reason: detail };
}

/**
 * Nodes that tell when they are read. Baileys spreads them into the stanza as the last thing before it encodes and writes it,
 * all in one tick, which is how we know the frame that carries this message. It passes over a list that is empty.
 */
function witness(nodes: readonly BinaryNode[], reached: () => void): BinaryNode[] {
  return new Proxy([...nodes], {
    get: (target, name) => {
      if (name === 'length') return Math.max(target.length, 1);
      if (name !== Symbol.iterator) return Reflect.get(target, name);
      return () => {
        reached();
        return target[Symbol.iterator]();
      };
    },
  });
}
