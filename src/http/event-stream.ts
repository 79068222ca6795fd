import type { Db } from '../db/index.ts';
import { isKeyGood } from '../domain/customers/index.ts';
import { buildEnvelope, type EventRow, listAnyEvents, scanEvents } from '../domain/events/index.ts';
import type { EventFilter } from '../domain/webhooks/index.ts';
import type { Id } from '../lib/index.ts';
import type { Clock, Log } from '../platform/index.ts';
import type { Visitor } from './authenticate.ts';

/** Events that are read, and kept in memory, at once for one reader. */
const batchRows = 16;

/** What clients are asked to wait before they come again. */
const retryMs = 2_000;

export type StreamInput = {
  readonly visitor: Visitor;
  readonly filter: EventFilter;
  /** The place in the log that the stream begins behind; null before its first event. */
  readonly after: Id<'evt'> | null;
};

export type EventStream = {
  /** Server-sent events, as text; ends after `end`. Goes no further than its reader does. */
  readonly text: AsyncGenerator<string>;
  /** There may be something new. */
  wake(): void;
  end(): void;
  /** Since when what was read last waits for the reader, on the clock that is never set back; undefined while none does. */
  waitsSince(): number | undefined;
};

/**
 * A customer's log from a place on, as it grows. It is read from the database, where nothing can be missed; bells only say when
 * to look. What is shown is on disk: no power cut makes it undone. Each round looks at the key again, so that what happens after
 * a revocation is not shown.
 */
export function createEventStream(
  deps: { readonly db: Db; readonly clock: Clock; readonly log: Log; readonly heartbeatMs: number },
  { visitor, filter, after }: StreamInput,
): EventStream {
  const { db, clock, heartbeatMs } = deps;
  let isOver = false;
  let isRung = false;
  let waiting: AbortController | undefined;
  let yieldedAtMs: number | undefined;

  const wake = (): void => {
    isRung = true;
    waiting?.abort();
  };

  const waitForBell = async (waitMs: number): Promise<void> => {
    if (isRung || isOver) return;
    waiting = new AbortController();
    await clock.sleep(waitMs, waiting.signal);
  };

  const mayGoOn = async (): Promise<boolean> => !isOver && (await isKeyGood(db.read, visitor.keyId, clock.now()));

  async function* read(): AsyncGenerator<string> {
    let position = after;
    let told = after;
    let saidAtMs = clock.elapsed();
    yield `retry: ${retryMs}\n${renderPosition(position)}\n`;
    while (!isOver) {
      isRung = false;
      const window = await scanEvents(db.read, visitor.caller, [filter], { after: position, limit: batchRows });
      if (window.ids.length > 0) {
        await db.settled();
        if (!(await mayGoOn())) return;
        for (const event of await listAnyEvents(db.read, window.ids)) yield renderMessage(event);
        told = window.ids.at(-1) ?? told;
        saidAtMs = clock.elapsed();
      }
      position = window.upTo;
      const silentMs = clock.elapsed() - saidAtMs;
      if (silentMs >= heartbeatMs) {
        if (!(await mayGoOn())) return;
        // The place goes with it, so that a reader of rare events resumes where it is and not where the last of them was.
        yield `: nothing new\n${position === told ? '' : renderPosition(position)}\n`;
        told = position;
        saidAtMs = clock.elapsed();
      }
      // Between windows, too, others have their turn.
      await (window.more ? clock.sleep(0) : waitForBell(heartbeatMs - Math.min(silentMs, heartbeatMs)));
    }
  }

  async function* watchReader(): AsyncGenerator<string> {
    try {
      for await (const piece of read()) {
        yieldedAtMs = clock.elapsed();
        yield piece;
        yieldedAtMs = undefined;
      }
    } catch (error) {
      // It can be told to nobody any more: the stream ends, and its client resumes.
      deps.log.warn({ err: error, key_id: visitor.keyId }, 'a stream of events broke off');
    }
  }

  return {
    text: watchReader(),
    wake,
    end: () => {
      isOver = true;
      waiting?.abort();
    },
    waitsSince: () => yieldedAtMs,
  };
}

const renderPosition = (position: Id<'evt'> | null): string => (position === null ? '' : `id: ${position}\n`);

/** JSON has no line break of its own, so the body is one line. */
const renderMessage = (event: EventRow): string =>
  `id: ${event.id}\nevent: ${event.type}\ndata: ${buildEnvelope(event)}\n\n`;
