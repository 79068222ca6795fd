import type { Tx } from '../db/index.ts';
import { recordAudit } from '../domain/audit/index.ts';
import type { Caller } from '../domain/customers/index.ts';
import { type Group, requireGroup, requireOwnGroup } from '../domain/groups/index.ts';
import { type InstanceRow, type NetworkAccess, requireInstance } from '../domain/instances/index.ts';
import type { Id } from '../lib/index.ts';
import { type ErrorCode, GatewayError } from '../platform/index.ts';
import type { Edge } from './edge.ts';
import { requirePathId } from './schemas.ts';

type Asked = { readonly params: { readonly id: string; readonly chat_id: string } };

/** Whose group a request is about. */
export type GroupAccess = { readonly caller: Caller; readonly instance: InstanceRow; readonly group: Group };

export const readGroupId = (text: string): Id<'cht'> => requirePathId('cht', text, 'group_not_found');

/** The group that a path names, which may be one that the number has left. */
export async function readGroupAccess({ deps, callerOf }: Edge, asked: Asked): Promise<GroupAccess> {
  const { caller, instance } = await readInstanceOf({ deps, callerOf }, asked);
  return { caller, instance, group: await requireGroup(deps.db.read, instance, readGroupId(asked.params.chat_id)) };
}

/** The same for what only somebody in the group can ask. */
export async function readOwnGroupAccess({ deps, callerOf }: Edge, asked: Asked): Promise<GroupAccess> {
  const { caller, instance } = await readInstanceOf({ deps, callerOf }, asked);
  return { caller, instance, group: await requireOwnGroup(deps.db.read, instance, readGroupId(asked.params.chat_id)) };
}

async function readInstanceOf({ deps, callerOf }: Pick<Edge, 'deps' | 'callerOf'>, asked: Asked) {
  const caller = callerOf(asked);
  const id = requirePathId('ins', asked.params.id, 'instance_not_found');
  return { caller, instance: await requireInstance(deps.db.read, caller, id) };
}

/** What WhatsApp's refusals mean where groups are concerned. */
const meanings: Readonly<Record<string, ErrorCode>> = {
  forbidden: 'group_admin_required',
  not_found: 'not_in_group',
};

/** In WhatsApp's words: nobody may ask who is not in the group. */
const strangerDetails = /not-authorized|not-a-member/;

/** Puts a request about a group to WhatsApp; what it refuses is told in the words of groups. */
export const askAboutGroup: (access: NetworkAccess) => NetworkAccess['ask'] =
  (access) => async (instance, kind, input) => {
    try {
      return await access.ask(instance, kind, input);
    } catch (error) {
      throw explain(error);
    }
  };

function explain(error: unknown): unknown {
  if (!(error instanceof GatewayError) || error.code !== 'refused_by_whatsapp') return error;
  const { reason, detail } = error.details ?? {};
  const code = strangerDetails.test(String(detail)) ? 'not_in_group' : meanings[String(reason)];
  return code === undefined ? error : new GatewayError(code, { ...error.details }, { cause: error });
}

/** What every request to WhatsApp about a group can be answered with. */
export const askedErrors = [
  'instance_not_found',
  'not_connected',
  'not_supported',
  'refused_by_whatsapp',
  'whatsapp_rate_limited',
  'whatsapp_timeout',
] as const satisfies readonly ErrorCode[];

export const groupErrors = [
  ...askedErrors,
  'group_not_found',
  'not_in_group',
  'group_admin_required',
] as const satisfies readonly ErrorCode[];

/** Who changed what about a group, once WhatsApp has done it. */
export const auditGroup = (
  tx: Tx,
  { caller, instance, group }: GroupAccess,
  action: string,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<void> => recordAudit(tx, caller, { action, target: group.chat_id, instanceId: instance.id, detail });
