import type { TakenJob } from '../lanes/index.ts';
import { type Id, isId } from '../lib/index.ts';

/** The instance that a send or receive lane belongs to. */
export function instanceOfLane(lane: string): Id<'ins'> {
  const id = lane.slice(lane.indexOf('/') + 1);
  if (!isId('ins', id)) throw new Error(`${lane} belongs to no instance`);
  return id;
}

/** The message that a job of a send lane is about. */
export function messageOfJob(job: Pick<TakenJob, 'ref' | 'lane'>): Id<'msg'> {
  if (!isId('msg', job.ref)) throw new Error(`a job of ${job.lane} names no message`);
  return job.ref;
}
