import type { Db } from '../db/index.ts';
import { type InstanceSettings, readAnyInstance, readSettings } from '../domain/instances/index.ts';
import type { Id } from '../lib/index.ts';
import type { NetworkSession } from '../network/index.ts';
import type { Log } from '../platform/index.ts';
import { instanceOfLane } from './lane-names.ts';
import type { LaneStep } from './lane-runner.ts';
import type { Sessions } from './sessions.ts';

type Deps = { readonly db: Db; readonly sessions: Pick<Sessions, 'readConnected'>; readonly log: Log };

/**
 * Does by itself what an instance is set to do while it is connected, one thing a step. What WhatsApp refuses or does not
 * answer is left until there is a new reason to look.
 */
export function createAttendStep(deps: Deps): LaneStep {
  const shown = new WeakMap<NetworkSession, InstanceSettings['presence']>();

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

  return async (lane) => {
    const id = instanceOfLane(lane);
    const session = deps.sessions.readConnected(id);
    const instance = session && (await readAnyInstance(deps.db.read, id));
    if (!session || !instance) return false;
    return showPresence(session, readSettings(instance), id);
  };
}
