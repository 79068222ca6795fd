import type { ServerResponse } from 'node:http';
import { startTimer, type Timer } from '../lib/clock.ts';
import type { World } from '../world/world.ts';
import { ControlError } from './errors.ts';
import type { ControlServer } from './server.ts';

/** Changes within this time are told together. */
const GATHER_MS = 40;
/** Subjects that one event names; of more it says `all`. */
const SUBJECTS_MAX = 200;
const STREAMS_MAX = 32;

const ALL = 'all';

/** What has changed and was not told yet: never more than an event may name, however long nobody listens. */
const createGathered = () => {
  let subjects = new Set<string>();
  return {
    add: (subject: string): void => {
      if (subjects.has(ALL)) return;
      subjects.add(subject);
      if (subjects.size > SUBJECTS_MAX) subjects = new Set([ALL]);
    },
    take: (): string[] => {
      const taken = [...subjects];
      subjects.clear();
      return taken;
    },
  };
};

/** Tells one listener of changes until it goes. While it does not read, what has changed is gathered and not sent. */
const stream = (world: Pick<World, 'changes'>, response: ServerResponse, ended: () => void): void => {
  const gathered = createGathered();
  let timer: Timer | undefined;
  const tell = (): void => {
    timer = undefined;
    if (response.writableNeedDrain) return;
    const changed = gathered.take();
    if (changed.length) response.write(`data: ${JSON.stringify({ changed })}\n\n`);
  };
  const unlisten = world.changes.listen((subject) => {
    gathered.add(subject);
    timer ??= startTimer(GATHER_MS, tell);
  });
  response.on('drain', tell);
  response.once('close', () => {
    unlisten();
    timer?.cancel();
    ended();
  });
  response.write('retry: 1000\n\n');
};

/** A stream of what changes, for those who show it. */
export const addChangesRoutes = (server: ControlServer, world: Pick<World, 'changes'>): void => {
  let streams = 0;
  server.get(
    '/control/changes',
    {
      schema: {
        summary:
          'A stream (SSE) that says where something has changed: {"changed": ["4915155500001", "groups", "faults", "waiting"]}, or "all"',
      },
    },
    async (_request, reply) => {
      if (streams >= STREAMS_MAX)
        throw new ControlError('too_many_streams', `there are ${STREAMS_MAX} streams already`);
      streams += 1;
      reply.hijack();
      reply.raw.writeHead(200, {
        ...reply.getHeaders(),
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
      } as Record<string, string>);
      stream(world, reply.raw, () => {
        streams -= 1;
      });
    },
  );
};
