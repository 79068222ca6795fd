import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOk } from '../support/api-client.ts';
import { type Lab, startLab } from '../support/lab.ts';
import { createPhoneGroups, type PhoneGroups } from '../support/phone-groups.ts';
import type { Phone } from '../support/phones.ts';
import { runSql } from '../support/stop-writes.ts';
import { waitFor } from '../support/wait.ts';

let lab: Lab;
let groups: PhoneGroups;
let shop: { id: string; phone: Phone };
let ana: Phone;

beforeAll(async () => {
  lab = await startLab();
  groups = createPhoneGroups(lab.phonesUrl);
  await lab.subscribe();
  shop = await lab.link('Shop');
  ana = await lab.phones.add({ name: 'Ana' });
  // A group that is made while the first list of all groups waits to be compared is not on that list.
  await waitFor('the groups to be compared', () => {
    const [row] = runSql(lab.dataDir, 'select id from instances where groups_of is not null');
    return row !== undefined;
  });
});
afterAll(() => lab.close());

const ask = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown) =>
  lab.api()(method, `/v1/instances/${shop.id}${path}`, body);
const groupsOf = async (id: string) => (await expectOk(ask('GET', `/communities/${id}/groups`))).data;
const communityOf = async (id: string) => (await expectOk(ask('GET', `/groups/${id}`))).community_id;
const moves = (id: string) =>
  lab.receiver
    .events('group.updated')
    .filter(({ data }) => data.group.chat_id === id)
    .map(({ data }) => data.changes.community_id);
const create = async (subject: string): Promise<string> => {
  const made = await expectOk(ask('POST', '/communities', { subject, description: 'All of us.' }));
  expect(made).toMatchObject({ kind: 'community', subject, description: 'All of us.', community_id: null });
  return made.id;
};

test('a community is made with its groups, and they are on record', async () => {
  const id = await create('Street');
  await waitFor('its groups', async () => (await groupsOf(id)).every((one: { id: string | null }) => one.id !== null));
  const made = await groupsOf(id);
  expect(made.map(({ subject }: { subject: string }) => subject)).toEqual(['Street', 'General']);
  for (const one of made) expect(await communityOf(one.id)).toBe(id);
  const [announcements] = made;
  expect(await expectOk(ask('GET', `/groups/${announcements.id}`))).toMatchObject({ kind: 'announcements' });
});

test('groups are made in it, put into it and taken out of it, and each is told once', async () => {
  const id = await create('Town');
  const participants = [ana.number];
  const inside = await expectOk(ask('POST', '/groups', { subject: 'Choir', participants, community_id: id }));
  await waitFor('the group to be in it', async () => (await communityOf(inside.group.id)) === id);
  const { group } = await expectOk(ask('POST', '/groups', { subject: 'Garden', participants }));
  const path = `/communities/${id}/groups/${group.id}`;
  await expectOk(ask('PUT', path));
  await waitFor('the move', () => moves(group.id).length === 1);
  expect((await ask('PUT', path)).body.error.code).toBe('group_in_community');
  expect(await communityOf(group.id)).toBe(id);
  await expectOk(ask('DELETE', path));
  await waitFor('the move back', () => moves(group.id).length === 2);
  expect((await ask('DELETE', path)).body.error.code).toBe('group_not_in_community');
  expect(moves(group.id)).toEqual([id, null]);
  expect((await groupsOf(id)).map(({ subject }: { subject: string }) => subject)).toContain('Choir');
});

test('who is no admin of the group moves it nowhere', async () => {
  const id = await create('Village');
  await groups.found(ana.number, 'Hers', [shop.phone.number]);
  const event = await waitFor('the group', () =>
    lab.receiver.events('group.created').find(({ data }) => data.group.subject === 'Hers'),
  );
  const refused = await ask('PUT', `/communities/${id}/groups/${event.data.group.chat_id}`);
  expect([refused.status, refused.body.error.code]).toEqual([403, 'group_admin_required']);
});
