import type { proto } from 'baileys';
import type { ShownMessage } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { applyChange } from './apply-change.ts';
import { describeMessage } from './describe-message.ts';
import { isChange, showMessage } from './history.ts';

/** Where and when a message came or went. */
export type Occasion = Omit<ShownMessage, 'sequence' | 'kind' | 'text' | 'target' | 'details' | 'fate'>;

const NOT_SHOWN = new Set(['protocol', 'empty']);

/** Shows a message, or applies the change it is. Says which, or that there was nothing new to see. */
export const showContent = (
  world: World,
  state: AccountState,
  occasion: Occasion,
  message: proto.IMessage,
): 'shown' | 'applied' | 'nothing' => {
  const { kind, text, target, details } = describeMessage(message);
  if (NOT_SHOWN.has(kind)) return 'nothing';
  const shown: ShownMessage = { ...occasion, sequence: world.nextSequence(), kind, text, target };
  if (Object.keys(details).length) shown.details = details;
  if (!showMessage(world, state, shown)) return 'nothing';
  if (!isChange(shown)) return 'shown';
  return applyChange(world, state, shown, message) ? 'applied' : 'nothing';
};
