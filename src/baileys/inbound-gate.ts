import type { BinaryNode, WASocket } from 'baileys';
import type { Identity, InboundCapture, InboundKind } from '../network/index.ts';
import { type MessageStanza, openMessageStanza, plainCaptureOf, type StanzaPart } from './stanza-parts.ts';

const recordedFirst: Readonly<Record<string, InboundKind>> = {
  'CB:message': 'message',
  'CB:receipt': 'receipt',
  'CB:notification': 'notification',
  'CB:call': 'call',
};

/** Stanzas that wait to be journaled; past this we stop reading the socket, so WhatsApp keeps them. */
const waitingMax = 512;

export type InboundGate = {
  partOf(ciphertext: Uint8Array): StanzaPart | undefined;
  stop(): void;
};

type Deps = {
  record(inbound: InboundCapture, node: BinaryNode): Promise<void>;
  self(): Identity;
  pause(): void;
  resume(): void;
  frameCame(): void;
  /** A listener of Baileys' failed; without this it would be an unhandled rejection, which ends the process. */
  listenerFailed(error: unknown): void;
};

/**
 * Stands between the wire and Baileys. Baileys acknowledges receipts, notifications and calls whatever becomes of them, so
 * they are recorded before it sees them; and it sees everything that is recorded in the order in which it came, one message
 * after the other, because messages overtake each other in it before they are decrypted.
 */
export function createInboundGate(client: WASocket['ws'], deps: Deps): InboundGate {
  const emitAsBefore = client.emit.bind(client);
  const parts = new WeakMap<Uint8Array, MessageStanza>();
  let last: Promise<void> = Promise.resolve();
  let waiting = 0;
  let stopped = false;

  /** Each listener by itself, so that its promise can be watched: resolves when all of them are through. */
  function tell(name: string, node: BinaryNode): Promise<unknown> {
    const answers = client.rawListeners(name).map(async (listener) => {
      try {
        await Reflect.apply(listener, client, [node]);
      } catch (error) {
        deps.listenerFailed(error);
      }
    });
    return Promise.all(answers);
  }

  /** Starts to keep the stanza at once; the answer resolves when Baileys may see it, with what to wait for after that. */
  function keep(node: BinaryNode, kind: InboundKind): Promise<MessageStanza | undefined> {
    const stanza = kind === 'message' ? openMessageStanza(node, deps.self()) : undefined;
    if (stanza === undefined) return deps.record(plainCaptureOf(node, kind, deps.self()), node).then(() => undefined);
    for (const ciphertext of stanza.ciphertexts) parts.set(ciphertext, stanza);
    return Promise.resolve(stanza);
  }

  function inOrder(name: string, node: BinaryNode, kind: InboundKind): void {
    waiting += 1;
    if (waiting === waitingMax) deps.pause();
    const kept = keep(node, kind);
    // A failed record ends the session; the chain goes on so that nothing is left unhandled, and tells nobody.
    kept.catch(() => {});
    last = last.then(async () => {
      try {
        const stanza = await kept;
        if (stopped) return;
        if (stanza === undefined) void tell(name, node);
        else await endOf(stanza, node, tell(name, asLive(node)));
      } catch {
        stopped = true;
      } finally {
        waiting -= 1;
        if (waiting === waitingMax - 1 && !stopped) deps.resume();
      }
    });
  }

  /** Waits until the message was kept or given up; what Baileys is through with before that, it refused. */
  async function endOf(stanza: MessageStanza, node: BinaryNode, told: Promise<unknown>): Promise<void> {
    const how = await Promise.race([stanza.ended.then(() => 'ended' as const), told.then(() => 'refused' as const)]);
    if (how === 'refused' && !stopped) await deps.record(stanza.refusal(), node);
  }

  client.emit = (name: string | symbol, ...args: unknown[]): boolean => {
    if (name === 'frame') deps.frameCame();
    if (typeof name !== 'string' || !name.startsWith('CB:')) return emitAsBefore(name, ...args);
    if (stopped) return true;
    if (client.listenerCount(name) === 0) return false;
    const node = nodeOf(args);
    const kind = recordedFirst[name];
    if (kind !== undefined) inOrder(name, node, kind);
    else void tell(name, node);
    return true;
  };

  return {
    partOf: (ciphertext) => parts.get(ciphertext)?.partOf(ciphertext),
    stop: () => {
      stopped = true;
    },
  };
}

/**
 * Baileys puts what waited on the server into a queue of its own and says nothing of when it is through. Here everything is
 * in a queue already, so it gets it as if it had just come; the parts stay the same buffers.
 */
function asLive(node: BinaryNode): BinaryNode {
  const { offline: _, ...attrs } = node.attrs;
  return { ...node, attrs };
}

/** Baileys emits the names that start with `CB:` with the stanza and nothing else. */
function nodeOf(args: readonly unknown[]): BinaryNode {
  return args[0] as BinaryNode;
}
