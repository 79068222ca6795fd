import type { AuthenticationCreds, BinaryNode, ConnectionState, WASocket } from 'baileys';
import type { CloseReason, ConnectionUpdate } from '../network/index.ts';
import { now } from '../platform/index.ts';
import { closeReasonOf, type LastWord } from './close-reason.ts';
import { isLinked, selfOf, writeCredentials } from './credentials.ts';
import type { BaileysTimings } from './options.ts';
import { childOf } from './stanza-bytes.ts';
import type { Wire } from './wire.ts';

// WhatsApp Web shows its first code for a minute and each later one for twenty seconds.
const firstQrMs = 60_000;
const laterQrMs = 20_000;

type Deps = {
  readonly socket: WASocket;
  readonly creds: AuthenticationCreds;
  readonly wire: Wire;
  readonly timings: BaileysTimings;
  say(update: ConnectionUpdate): void;
  end(reason: CloseReason, detail: string): void;
  cancelDeadline(): void;
  commit(credentials: Uint8Array): Promise<void>;
  /** What had waited for this device has been handed over. */
  caughtUp(): void;
};

/** Turns what Baileys and WhatsApp say about the connection into our few states. */
export function listenToSocket(deps: Deps): void {
  const { socket, creds } = deps;
  const loggedInAs = creds.me?.id;
  let lastWord: LastWord | undefined;
  let pairing = false;
  let qrCount = 0;

  // Before Baileys' own listeners, which end the connection.
  socket.ws.prependListener('CB:failure', (node: BinaryNode) => {
    lastWord = { tag: 'failure', reason: node.attrs.reason ?? '' };
  });
  socket.ws.prependListener('CB:stream:error', (node: BinaryNode) => {
    lastWord = {
      tag: 'stream:error',
      code: node.attrs.code ?? '',
      conflict: childOf(node, 'conflict')?.attrs.type ?? '',
    };
  });
  socket.ws.prependListener('CB:iq,,pair-success', () => {
    pairing = true;
  });
  socket.ws.prependListener('CB:success', deps.cancelDeadline);
  // Baileys hears this and does nothing, which keeps the library under it from giving up.
  socket.ws.on('unexpected-response', (_request: unknown, { statusCode }: { statusCode?: number }) => {
    const message = `Unexpected server response: ${statusCode}`;
    deps.end(closeReasonOf({ message, linked: loggedInAs !== undefined, pairing }), message);
  });

  // It makes messages of missed calls, and rejects unhandled when a call is malformed. Ours come from the journal.
  socket.ev.removeAllListeners('call');
  keepCredentials(deps);

  socket.ev.on('connection.update', (update) => {
    if (update.qr !== undefined) {
      qrCount += 1;
      const shownMs = deps.timings.qrTimeoutMs ?? (qrCount === 1 ? firstQrMs : laterQrMs);
      deps.say({ state: 'qr', qr: update.qr, expiresAtMs: now() + shownMs });
    }
    if (update.receivedPendingNotifications === true) deps.caughtUp();
    const limit = update.reachoutTimeLock;
    if (limit?.isActive === true) {
      const until = limit.timeEnforcementEnds === undefined ? {} : { untilMs: limit.timeEnforcementEnds.getTime() };
      deps.say({ state: 'restricted', code: 463, ...until });
    }
    const self = selfOf(creds);
    if (update.connection === 'open' && self !== undefined) deps.say({ state: 'connected', self });
    if (update.connection === 'close') {
      const message = messageOf(update);
      const reason = closeReasonOf({
        ...(lastWord && { lastWord }),
        message,
        linked: loggedInAs !== undefined,
        pairing,
      });
      deps.end(reason, detailOf(lastWord, message));
    }
  });
}

/**
 * Credentials are written whole and in order, and frames wait for them: WhatsApp must not learn of a pairing or of a
 * pre-key that a crash would make us forget.
 */
function keepCredentials({ socket, creds, wire, say, commit }: Deps): void {
  let linked = isLinked(creds);
  let kept = linked ? writeCredentials(creds) : undefined;
  let last: Promise<void> = Promise.resolve();

  socket.ev.on('creds.update', () => {
    if (!isLinked(creds)) return;
    const bytes = writeCredentials(creds);
    if (kept !== undefined && Buffer.compare(kept, bytes) === 0) return;
    kept = bytes;
    last = last.then(() => commit(bytes));
    const self = selfOf(creds);
    if (!linked && self !== undefined) {
      linked = true;
      last.then(
        () => say({ state: 'linked', self }),
        () => {},
      );
    }
    wire.holdUntil(last);
  });
}

function messageOf(update: Partial<ConnectionState>): string {
  return update.lastDisconnect?.error?.message ?? 'the connection ended';
}

function detailOf(lastWord: LastWord | undefined, message: string): string {
  if (lastWord?.tag === 'failure') return `WhatsApp refused the login with ${lastWord.reason}`;
  if (lastWord?.tag === 'stream:error')
    return `WhatsApp ended the stream: ${lastWord.code} ${lastWord.conflict}`.trimEnd();
  return message;
}
