import type { Reader, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { Caller } from '../customers/index.ts';
import { type EventFilter, matchesFilter, narrowFilter } from '../webhooks/index.ts';
import { type EventRow, selectAnyEvents, selectEventHeads, selectNewestEvent } from './events.sql.ts';

/** Rows looked at in one statement: however rare what is wanted, nobody else waits for the database for long. */
const windowRows = 500;

export type EventWindow = {
  /** What the filter takes, oldest first. */
  readonly ids: readonly Id<'evt'>[];
  /** Everything up to this event has been looked at: where to go on. Null in a log without any. */
  readonly upTo: Id<'evt'> | null;
  /** True when there may be more behind it already. */
  readonly more: boolean;
};

type Stretch = {
  /** Behind this one; from the beginning when null. */
  readonly after: Id<'evt'> | null;
  /** Up to this one, itself excluded. */
  readonly before?: Id<'evt'>;
  readonly limit: number;
};

/** Looks at a bounded number of a customer's events, and takes up to `limit` that all filters and the caller's key take. */
export async function scanEvents(
  from: Tx | Reader,
  caller: Caller,
  wanted: readonly EventFilter[],
  { after, before, limit }: Stretch,
): Promise<EventWindow> {
  const heads = await selectEventHeads(from, caller.customerId, { after, before: before ?? null, limit: windowRows });
  const filters = wanted.map((filter) => narrowFilter(filter, caller.instanceId));
  const taken = heads.filter((head) => filters.every((filter) => matchesFilter(filter, head)));
  const ids = taken.slice(0, limit).map(({ id }) => id);
  if (taken.length > limit) return { ids, upTo: ids.at(-1) ?? after, more: true };
  return { ids, upTo: heads.at(-1)?.id ?? after, more: heads.length === windowRows };
}

/** Windows that one request goes through before it answers with what it has. */
const windowsMax = 20;

/** The same over several windows, for those who pull. */
export async function pullEvents(
  from: Reader,
  caller: Caller,
  filter: EventFilter,
  page: { readonly after: Id<'evt'> | null; readonly limit: number },
): Promise<EventWindow> {
  const ids: Id<'evt'>[] = [];
  let window: EventWindow = { ids, upTo: page.after, more: true };
  for (let turn = 0; turn < windowsMax && window.more && ids.length < page.limit; turn += 1) {
    window = await scanEvents(from, caller, [filter], { after: window.upTo, limit: page.limit - ids.length });
    ids.push(...window.ids);
  }
  return { ...window, ids };
}

/** Whole events by their ids, oldest first, whoever owns them. */
export const listAnyEvents = async (from: Tx | Reader, ids: readonly Id<'evt'>[]): Promise<EventRow[]> =>
  ids.length === 0 ? [] : selectAnyEvents(from, ids);

/** Where a customer's log ends now; null when nothing has ever happened. */
export const readLogEnd = async (from: Reader, customerId: Id<'cus'>): Promise<Id<'evt'> | null> =>
  (await selectNewestEvent(from, customerId))?.id ?? null;
