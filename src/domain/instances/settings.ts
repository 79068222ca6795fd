import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { ChatKind } from '../../network/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Caller } from '../customers/index.ts';
import { updateInstance } from './instances.sql.ts';
import { type InstanceRow, requireInstance } from './instances.ts';

type Choice = { readonly kind: 'choice'; readonly of: readonly string[]; readonly default: string };
/** A whole number; null means what the installation's setting of that name says. */
type Whole = { readonly kind: 'whole'; readonly max: number; readonly default: null; readonly installation: string };

/** Words; null is none. */
type Text = { readonly kind: 'text'; readonly charsMax: number; readonly default: null };

/** One thing that a customer can set on an instance. */
export type Setting = (Choice | Whole | Text) & { readonly meaning: string };

/** Every setting of an instance. Names and values are API: they are added, never renamed. */
export const instanceSettings = {
  presence: {
    kind: 'choice',
    of: ['unavailable', 'available'],
    default: 'unavailable',
    meaning:
      'What the number shows while it is connected. While it is `available`, its phone gets no notifications of new messages.',
  },
  read_receipts: {
    kind: 'choice',
    of: ['never', 'always'],
    default: 'never',
    meaning:
      'Whether what comes in from people and groups is marked as read by itself, as far as it came in during the last hour.',
  },
  calls: {
    kind: 'choice',
    of: ['ignore', 'reject'],
    default: 'ignore',
    meaning: 'Whether calls are left to ring on the other devices of the number, or turned down at once.',
  },
  calls_reply: {
    kind: 'text',
    charsMax: 1_000,
    default: null,
    meaning: 'What is written to who calls when the call is turned down by `calls`, not to the callers of groups.',
  },
  groups: {
    kind: 'choice',
    of: ['record', 'ignore'],
    default: 'record',
    meaning: 'Whether what happens in groups is recorded and told, or dropped as it comes in.',
  },
  stories: {
    kind: 'choice',
    of: ['record', 'ignore'],
    default: 'record',
    meaning: 'Whether the stories of others are recorded and told, or dropped as they come in.',
  },
  media_auto_fetch_max_bytes: {
    kind: 'whole',
    max: 2_147_483_648,
    default: null,
    installation: 'MEDIA_AUTO_FETCH_MAX_BYTES',
    meaning:
      'The largest file that is fetched by itself when it comes in; 0 for none. Others are fetched when they are asked for.',
  },
  messages_per_minute: {
    kind: 'whole',
    max: 6_000,
    default: null,
    installation: 'PACE_MESSAGES_PER_MINUTE',
    meaning:
      "How many messages leave in a minute, up to a minute's worth at once and then at uneven intervals; 0 for no limit.",
  },
  new_chats_per_day: {
    kind: 'whole',
    max: 100_000,
    default: null,
    installation: 'PACE_NEW_CHATS_PER_DAY',
    meaning:
      'How many people who have never written to it the number writes to first within 24 hours; 0 for no limit. What is beyond waits, and other messages go on.',
  },
  typing: {
    kind: 'choice',
    of: ['off', 'on'],
    default: 'off',
    meaning:
      'Whether the number is seen typing (or recording) before each message, for about as long as a person would.',
  },
} as const satisfies Readonly<Record<string, Setting>>;

type Table = typeof instanceSettings;
type SettingName = keyof Table;
type ValueOf<S extends Setting> = S extends Choice ? S['of'][number] : S extends Text ? string | null : number | null;

/** What an instance goes by: what was set, and the default of everything else. */
export type InstanceSettings = { readonly [Name in SettingName]: ValueOf<Table[Name]> };

/** What to change; null takes a setting back to its default. */
export type SettingsPatch = { readonly [Name in SettingName]?: ValueOf<Table[Name]> | null | undefined };

/** The topic that is announced when an instance may have something to do by itself, such as to show its presence. */
export const attendTopic = (id: Id<'ins'>): string => `attend/${id}`;

export function readSettings(instance: Pick<InstanceRow, 'settings'>): InstanceSettings {
  const defaults = Object.fromEntries(
    Object.entries(instanceSettings).map(([name, setting]) => [name, setting.default]),
  );
  return asSettings({ ...defaults, ...asStored(instance.settings) });
}

/** Changes settings, from now on: a session that is open goes by them at once. */
export async function patchSettings(
  tx: Tx,
  caller: Caller,
  id: Id<'ins'>,
  patch: SettingsPatch,
): Promise<InstanceSettings> {
  const instance = await requireInstance(tx, caller, id);
  const changed = { ...asStored(instance.settings), ...patch };
  const kept = Object.entries(changed).filter(([, value]) => value !== null && value !== undefined);
  await updateInstance(tx, caller.customerId, id, { settings: JSON.stringify(Object.fromEntries(kept)) });
  await recordAudit(tx, caller, {
    action: 'instance.settings_changed',
    target: id,
    instanceId: id,
    detail: { fields: Object.keys(patch) },
  });
  tx.announce(attendTopic(id));
  return readSettings(await requireInstance(tx, caller, id));
}

/** Whether what happens in chats of a kind is dropped as it comes in. */
export function ignoresChats(instance: Pick<InstanceRow, 'settings'>, kind: ChatKind): boolean {
  const { groups, stories } = readSettings(instance);
  return (kind === 'group' && groups === 'ignore') || (kind === 'story' && stories === 'ignore');
}

/** Only `patchSettings` writes the column, from what fits the table. */
function asStored(json: string): Record<string, unknown> {
  return JSON.parse(json) as Record<string, unknown>;
}

/** Every name of the table is there: the defaults are its own. */
function asSettings(values: Record<string, unknown>): InstanceSettings {
  return values as InstanceSettings;
}
