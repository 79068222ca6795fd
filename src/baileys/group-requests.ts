import { type BinaryNode, generateMessageIDV2, type WASocket } from 'baileys';
import type { GroupFields, GroupInfo, GroupRequests } from '../network/index.ts';
import { addressOf, groupInfoOf, msOf, personOf } from './group-info.ts';
import { ask, askGroups, atLarge, node, participantNode, requireChild, resultsOf } from './group-query.ts';
import { RequestError, type RequestHandlers } from './request-handlers.ts';
import { childOf, childrenOf } from './stanza-bytes.ts';

/**
 * Groups, asked in our own words rather than through Baileys' functions: those keep what became of each person to themselves,
 * and take silence for success.
 */
export const groupRequests: RequestHandlers<keyof GroupRequests> = {
  list_groups: async (socket, _input, { caughtUp }) => {
    await caughtUp;
    const wanted = node('participating', {}, [node('participants'), node('description')]);
    const groups = requireChild(await askGroups(socket, atLarge, 'get', wanted), 'groups');
    return childrenOf(groups).flatMap((group) => groupInfoOf(group) ?? []);
  },
  create_group: async (socket, { subject, people, community }) => {
    const participants = people.map((person) => participantNode(person, true));
    const parent = community === undefined ? [] : [node('linked_parent', { jid: community })];
    const order = node('create', { subject, key: generateMessageIDV2() }, [...participants, ...parent]);
    const group = requireChild(await askGroups(socket, atLarge, 'set', order), 'group');
    return { group: requireGroup(group), results: resultsOf(people, group, 'add') };
  },
  change_group: async (socket, { address, fields }) => {
    for (const order of await listOrders(socket, address, fields)) await askGroups(socket, address, 'set', order);
    return undefined;
  },
  change_group_members: async (socket, { address, action, people }) => {
    const participants = people.map((person) => participantNode(person, action === 'add'));
    const answer = await askGroups(socket, address, 'set', node(action, {}, participants));
    return { results: resultsOf(people, childOf(answer, action), action === 'add' ? 'add' : 'change') };
  },
  list_join_requests: async (socket, { address }) => {
    const answer = await askGroups(socket, address, 'get', node('membership_approval_requests'));
    return childrenOf(childOf(answer, 'membership_approval_requests')).flatMap((request) => {
      const person = personOf(request);
      const { request_method: method, request_time: time } = request.attrs;
      const atMs = msOf(time);
      if (person === undefined) return [];
      return [{ person, ...(method !== undefined && { method }), ...(atMs !== undefined && { atMs }) }];
    });
  },
  decide_join_requests: async (socket, { address, decision, people }) => {
    const participants = people.map((person) => participantNode(person, false));
    const order = node('membership_requests_action', {}, [node(decision, {}, participants)]);
    const answer = await askGroups(socket, address, 'set', order);
    return { results: resultsOf(people, childOf(childOf(answer, 'membership_requests_action'), decision), 'decide') };
  },
  read_group_invite: async (socket, { address }) => codeOf(await askGroups(socket, address, 'get', node('invite'))),
  renew_group_invite: async (socket, { address }) => codeOf(await askGroups(socket, address, 'set', node('invite'))),
  read_group_by_invite: async (socket, { code }) =>
    requireGroup(requireChild(await askGroups(socket, atLarge, 'get', node('invite', { code })), 'group')),
  join_group: async (socket, { code }) => {
    const answer = await askGroups(socket, atLarge, 'set', node('invite', { code }));
    const asked = childOf(answer, 'membership_approval_request');
    const address = addressOf(asked ?? requireChild(answer, 'group'));
    if (address === undefined) throw new Error('WhatsApp answered without naming the group');
    return { address, result: asked === undefined ? 'joined' : 'asked' };
  },
  leave_group: async (socket, { address }) => {
    const answer = await askGroups(socket, atLarge, 'set', node('leave', {}, [node('group', { id: address })]));
    const error = childOf(childOf(answer, 'leave'), 'group')?.attrs.error;
    if (error !== undefined) throw new RequestError(Number(error), 'WhatsApp does not let this number leave');
    return undefined;
  },
  create_community: async (socket, { subject, description }) =>
    requireGroup(requireChild(await askGroups(socket, atLarge, 'set', communityOrder(subject, description)), 'group')),
  list_community_groups: async (socket, { address }) => {
    const groups = requireChild(await askGroups(socket, address, 'get', node('sub_groups')), 'sub_groups');
    return childrenOf(groups).flatMap((group) => groupInfoOf(group) ?? []);
  },
  link_group: async (socket, { community, address, linked }) => {
    const group = node('group', { jid: address });
    const order = linked
      ? node('links', {}, [node('link', { link_type: 'sub_group' }, [group])])
      : node('unlink', { unlink_type: 'sub_group' }, [group]);
    const answer = await askGroups(socket, community, 'set', order);
    const done = linked ? childOf(childOf(answer, 'links'), 'link') : childOf(answer, 'unlink');
    const error = childOf(done, 'group')?.attrs.error;
    if (error !== undefined) throw new RequestError(Number(error), 'WhatsApp does not move this group');
    return undefined;
  },
  set_group_picture: async (socket, { address, jpeg }) => {
    const picture = jpeg === null ? [] : [node('picture', { type: 'image' }, Buffer.from(jpeg, 'base64'))];
    await ask(socket, pictureQuery('set', address, picture));
    return undefined;
  },
  read_group_picture: async (socket, { address }) => {
    const picture = await readPicture(socket, address);
    const { id, url } = picture?.attrs ?? {};
    return id === undefined || url === undefined ? null : { id, url };
  },
};

/** Its members may make groups in it, and its admins decide about those who come by link, as the phone has it at first. */
function communityOrder(subject: string, description: string | null): BinaryNode {
  const body = node('body', {}, Buffer.from(description ?? ''));
  return node('create', { subject }, [
    ...(description === null ? [] : [node('description', { id: generateMessageIDV2() }, [body])]),
    node('parent', { default_membership_approval_mode: 'request_required' }),
    node('allow_non_admin_sub_group_creation'),
    node('create_general_chat'),
  ]);
}

const pictureQuery = (type: 'get' | 'set', target: string, content: BinaryNode[]): BinaryNode =>
  node('iq', { to: '@s.whatsapp.net', type, xmlns: 'w:profile:picture', target }, content);

/** WhatsApp has an error of its own for a group without a picture. */
async function readPicture(socket: WASocket, address: string): Promise<BinaryNode | undefined> {
  try {
    const answer = await ask(socket, pictureQuery('get', address, [node('picture', { type: 'image', query: 'url' })]));
    return childOf(answer, 'picture');
  } catch (error) {
    if (error instanceof Error && 'data' in error && error.data === 404) return undefined;
    throw error;
  }
}

async function readGroupNode(socket: WASocket, address: string): Promise<BinaryNode> {
  return requireChild(await askGroups(socket, address, 'get', node('query', { request: 'interactive' })), 'group');
}

function requireGroup(group: BinaryNode): GroupInfo {
  const info = groupInfoOf(group);
  if (info === undefined) throw new Error('WhatsApp described a group without its name');
  return info;
}

function codeOf(answer: BinaryNode): { code: string } {
  const { code } = requireChild(answer, 'invite').attrs;
  if (code === undefined) throw new Error('WhatsApp answered without a code');
  return { code };
}

/** Each field is an order of its own. */
async function listOrders(
  socket: WASocket,
  address: string,
  fields: Partial<GroupFields>,
): Promise<readonly BinaryNode[]> {
  const { subject, description, announce, locked, joinApproval, memberAddMode, disappearingSeconds } = fields;
  const orders: (BinaryNode | undefined)[] = [
    subject === undefined ? undefined : node('subject', {}, Buffer.from(subject)),
    description === undefined ? undefined : await describe(socket, address, description),
    announce === undefined ? undefined : node(announce ? 'announcement' : 'not_announcement'),
    locked === undefined ? undefined : node(locked ? 'locked' : 'unlocked'),
    joinApproval === undefined ? undefined : approvalOrder(joinApproval),
    memberAddMode === undefined ? undefined : node('member_add_mode', {}, addModes[memberAddMode]),
    disappearingSeconds === undefined ? undefined : timerOrder(disappearingSeconds),
  ];
  return orders.filter((order) => order !== undefined);
}

const addModes = { all: 'all_member_add', admins: 'admin_add' } as const;

const approvalOrder = (on: boolean): BinaryNode =>
  node('membership_approval_mode', {}, [node('group_join', { state: on ? 'on' : 'off' })]);

const timerOrder = (seconds: number): BinaryNode =>
  seconds === 0 ? node('not_ephemeral') : node('ephemeral', { expiration: String(seconds) });

/** WhatsApp takes a new description only from somebody who knows the present one. */
async function describe(socket: WASocket, address: string, text: string | null): Promise<BinaryNode> {
  const previous = childOf(await readGroupNode(socket, address), 'description')?.attrs.id;
  const prev = previous === undefined ? {} : { prev: previous };
  if (text === null) return node('description', { delete: 'true', ...prev });
  return node('description', { id: generateMessageIDV2(), ...prev }, [node('body', {}, Buffer.from(text))]);
}
