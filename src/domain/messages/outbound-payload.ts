import type { Reader } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { selectOutbound } from './messages.sql.ts';

/** The bytes under which a message of an instance was sent, for a device that asks for it again. */
export async function readOutboundPayload(
  from: Reader,
  instanceId: Id<'ins'>,
  networkId: string,
): Promise<Uint8Array | undefined> {
  const message = await selectOutbound(from, instanceId, networkId);
  return message?.payload ?? undefined;
}
