import type { Tx } from '../../db/index.ts';
import { type Lane, readPauseOf, readPlace } from '../../lanes/index.ts';
import type { Id } from '../../lib/index.ts';
import type { InstanceRow } from '../instances/index.ts';

/** Why a queued message does not leave at once, and how many stand before it. */
export type Hold = {
  readonly reason: string;
  /** 1 for the next in the lane; counted no further than a thousand. */
  readonly place: number;
};

const placeMax = 1000;

/** What holds a message that was just accepted; null when it leaves as soon as its turn comes. */
export async function sendHold(
  tx: Tx,
  instance: Pick<InstanceRow, 'state'>,
  lane: Lane,
  id: Id<'msg'>,
): Promise<Hold | null> {
  const reason = await holdReason(tx, instance, lane);
  if (reason === null) return null;
  return { reason, place: (await readPlace(tx, lane, id, placeMax)) ?? 1 };
}

async function holdReason(tx: Tx, instance: Pick<InstanceRow, 'state'>, lane: Lane): Promise<string | null> {
  const pause = await readPauseOf(tx, lane, tx.now);
  if (pause) return pause.reason;
  return instance.state === 'connected' ? null : `instance_${instance.state}`;
}
