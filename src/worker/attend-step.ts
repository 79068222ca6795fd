import type { Db } from '../db/index.ts';
import { findUnreadChat, readAtOnceMax, recordChatReadUpTo } from '../domain/chats/index.ts';
import { readChatRef } from '../domain/contacts/index.ts';
import {
  type InstanceRow,
  type InstanceSettings,
  ignoresChats,
  readAnyInstance,
  readSettings,
} from '../domain/instances/index.ts';
import { readUnread } from '../domain/messages/index.ts';
import type { Id } from '../lib/index.ts';
import type { Network, NetworkSession } from '../network/index.ts';
import type { Clock, Config, Log } from '../platform/index.ts';
import type { GroupLists } from './group-lists.ts';
import { instanceOfLane } from './lane-names.ts';
import type { LaneStep } from './lane-runner.ts';
import { createCallRejecter } from './reject-call.ts';
import type { Sessions } from './sessions.ts';

type Deps = {
  readonly db: Db;
  readonly sessions: Pick<Sessions, 'readConnected'>;
  readonly network: Pick<Network, 'capabilities' | 'destinationOf' | 'newMessageId'>;
  readonly config: Pick<Config, 'laneDepthMax' | 'scheduledMax'>;
  readonly groupLists: Pick<GroupLists, 'keep'>;
  readonly clock: Clock;
  readonly log: Log;
};

/** A connection on which WhatsApp does not say which groups there are is asked so often; the next one starts anew. */
const groupListTriesMax = 3;

/**
 * Does by itself what an instance is set to do while it is connected, one thing a step. What WhatsApp refuses or does not
 * answer is left until there is a new reason to look.
 */
export function createAttendStep(deps: Deps): LaneStep {
  const shown = new WeakMap<NetworkSession, InstanceSettings['presence']>();
  const listings = new WeakMap<NetworkSession, number>();
  const rejectNext = createCallRejecter(deps);

  /** WhatsApp takes a new connection for unavailable. */
  async function showPresence(
    session: NetworkSession,
    { presence }: InstanceSettings,
    id: Id<'ins'>,
  ): Promise<boolean> {
    if ((shown.get(session) ?? 'unavailable') === presence) return false;
    const outcome = await session.ask('set_presence', { presence });
    if (outcome.kind !== 'done') {
      deps.log.warn({ instance_id: id, outcome: outcome.kind }, 'the presence of an instance could not be shown');
      return false;
    }
    shown.set(session, presence);
    return true;
  }

  /** Nothing that somebody wrote is told to be read before it is on record. */
  async function readNext(session: NetworkSession, settings: InstanceSettings, id: Id<'ins'>): Promise<boolean> {
    if (settings.read_receipts !== 'always') return false;
    const chat = await findUnreadChat(deps.db.read, id, deps.clock.now());
    const unread = chat && (await readUnread(deps.db.read, chat, readAtOnceMax));
    if (!chat || !unread) return false;
    const input = { chat: await readChatRef(deps.db.read, chat), messages: unread.messages };
    const outcome = await session.ask('read_messages', input);
    if (outcome.kind !== 'done') {
      deps.log.warn({ instance_id: id, outcome: outcome.kind }, 'what came in could not be marked as read');
      return false;
    }
    await deps.db.tx((tx) => recordChatReadUpTo(tx, chat, unread.newest));
    return true;
  }

  /** Once a connection: what happened to its groups while it was away, nobody tells a number that came back late. */
  async function listGroups(session: NetworkSession, instance: InstanceRow): Promise<boolean> {
    const tries = listings.get(session) ?? 0;
    const isWanted = deps.network.capabilities.has('list_groups') && !ignoresChats(instance, 'group');
    if (!isWanted || tries >= groupListTriesMax) return false;
    listings.set(session, tries + 1);
    const askedAtMs = deps.db.now();
    const outcome = await session.ask('list_groups', {});
    if (outcome.kind !== 'done') {
      deps.log.warn(
        { instance_id: instance.id, outcome: outcome.kind },
        'the groups of an instance could not be listed',
      );
      return outcome.kind === 'unanswered';
    }
    listings.set(session, groupListTriesMax);
    await deps.groupLists.keep(instance, { groups: outcome.answer, askedAtMs });
    return true;
  }

  return async (lane) => {
    const id = instanceOfLane(lane);
    const session = deps.sessions.readConnected(id);
    const instance = session && (await readAnyInstance(deps.db.read, id));
    if (!session || !instance) return false;
    const settings = readSettings(instance);
    return (
      (await rejectNext(session, settings, instance)) ||
      (await showPresence(session, settings, id)) ||
      (await readNext(session, settings, id)) ||
      (await listGroups(session, instance))
    );
  };
}
