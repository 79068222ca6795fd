import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { InboundChange } from '../../network/index.ts';
import type { InstanceRow } from '../instances/index.ts';
import {
  countEarlyChanges,
  deleteEarlyChanges,
  deleteEarlyChangesBefore,
  insertEarlyChange,
  selectEarlyChanges,
} from './early-changes.sql.ts';

const dayMs = 86_400_000;
/** WhatsApp keeps what it could not deliver for about as long: what has not come by then does not come. */
const keepMs = 30 * dayMs;
/** Of one message. Past it they are told and not kept: somebody is making them up. */
const earlyChangesMax = 200;

/** Keeps a change whose message is not on record, in case that is still on its way. */
export async function keepEarlyChange(
  tx: Tx,
  instance: InstanceRow,
  chatId: Id<'cht'>,
  update: InboundChange,
): Promise<void> {
  await deleteEarlyChangesBefore(tx, instance.id, tx.now - keepMs);
  const of = { instanceId: instance.id, chatId, networkId: update.target.networkId };
  if ((await countEarlyChanges(tx, of, earlyChangesMax)) >= earlyChangesMax) return;
  const { raw, ...rest } = update;
  await insertEarlyChange(tx, of, { said: JSON.stringify(rest), raw });
}

/** The changes that came before the message that they are about, oldest first; from now on nobody keeps them. */
export async function takeEarlyChanges(
  tx: Tx,
  instance: InstanceRow,
  message: { chatId: Id<'cht'>; networkId: string },
): Promise<readonly InboundChange[]> {
  const of = { instanceId: instance.id, ...message };
  const kept = await selectEarlyChanges(tx, of);
  if (kept.length > 0) await deleteEarlyChanges(tx, of);
  return kept.map(({ said, raw }) => ({ ...asSaid(said), raw }));
}

/** Only `keepEarlyChange` writes the column. */
function asSaid(json: string): Omit<InboundChange, 'raw'> {
  return JSON.parse(json) as Omit<InboundChange, 'raw'>;
}
