import type { WASocket } from 'baileys';
import { startTimer } from '../platform/index.ts';

type SendDone = (error?: Error) => void;

/** The parts of `ws`'s WebSocket that are used here. */
type RawSocket = {
  send(data: Uint8Array | string, done?: SendDone): void;
  close(): void;
  terminate(): void;
  pause(): void;
  resume(): void;
  on(event: 'error' | 'close', listener: () => void): unknown;
};

type Frame = { readonly data: Uint8Array | string; readonly done: SendDone; readonly leaving: () => void };

/** The place where frames leave. Nothing goes out after `cut`, which holds for frames that Baileys has still under way. */
export type Wire = {
  /** Destroys the connection at once. */
  cut(): void;
  /** Sends what was given so far, says goodbye, and destroys the connection if that takes longer than `waitMs`. */
  hangUp(waitMs: number): void;
  /** The next frame of this tick is the one that somebody waits for: `leaving` is called as it goes out. */
  expect(leaving: () => void): void;
  /** Frames wait, in order, until this settles; they leave only if it resolves. */
  holdUntil(durable: Promise<void>): void;
  /** Stops or goes on reading, so that the server waits instead of our memory filling up. */
  pause(): void;
  resume(): void;
  /** Resolves when the connection is gone. */
  readonly gone: Promise<void>;
};

export type WireHost = {
  mayWrite(): boolean;
  leaseLost(): void;
};

/**
 * Takes hold of the socket under Baileys, in the tick in which it was made: replacing Baileys' `ws.send` would do nothing,
 * because it keeps the function. The lease is asked synchronously for each frame.
 */
export function createWire(client: WASocket['ws'], host: WireHost): Wire {
  const raw = rawSocketOf(client);
  const write = raw.send.bind(raw);
  const waiting: Frame[] = [];
  let holds = 0;
  let isCut = false;
  let expected: (() => void) | undefined;

  function cut(): void {
    if (isCut) return;
    isCut = true;
    for (const frame of waiting.splice(0)) frame.done(new Error('The line was cut.'));
    raw.terminate();
  }

  function leave(frame: Frame): void {
    if (isCut) {
      frame.done(new Error('The line was cut.'));
    } else if (host.mayWrite()) {
      frame.leaving();
      write(frame.data, frame.done);
    } else {
      cut();
      frame.done(new Error('The lease was lost.'));
      host.leaseLost();
    }
  }

  raw.send = (data, done = () => {}) => {
    const leaving = expected ?? (() => {});
    expected = undefined;
    const frame = { data, done, leaving };
    if (holds > 0 && !isCut) waiting.push(frame);
    else leave(frame);
  };
  // Baileys closes what is dead already as well, and waits half a minute for the other side to agree.
  client.close = () => {
    cut();
    return Promise.resolve();
  };
  const gone = Promise.withResolvers<void>();
  raw.on('close', gone.resolve);
  // An 'error' that nobody listens to ends the process, and Baileys stops listening before the socket is gone.
  raw.on('error', () => {});
  client.on('error', () => {});

  return {
    cut,
    hangUp: (waitMs) => {
      raw.close();
      void gone.promise.then(startTimer(waitMs, cut));
    },
    expect: (leaving) => {
      expected = leaving;
      queueMicrotask(() => {
        if (expected === leaving) expected = undefined;
      });
    },
    holdUntil: (durable) => {
      holds += 1;
      durable.then(
        () => {
          holds -= 1;
          while (holds === 0 && waiting.length > 0) {
            const frame = waiting.shift();
            if (frame !== undefined) leave(frame);
          }
        },
        () => cut(),
      );
    },
    pause: () => raw.pause(),
    resume: () => raw.resume(),
    gone: gone.promise,
  };
}

/** Baileys declares its `socket` protected; it is set by `connect`, which runs before the socket is handed out. */
function rawSocketOf(client: object): RawSocket {
  const { socket } = client as { socket?: RawSocket | null };
  if (socket === null || socket === undefined) throw new Error('Baileys made no socket.');
  return socket;
}
