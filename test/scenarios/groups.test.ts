import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOk } from '../support/api-client.ts';
import { type Lab, startLab } from '../support/lab.ts';
import { createPhoneGroups, type PhoneGroups } from '../support/phone-groups.ts';
import type { Phone } from '../support/phones.ts';
import { pause, waitFor } from '../support/wait.ts';

let lab: Lab;
let groups: PhoneGroups;
let shop: { id: string; phone: Phone };
let ana: Phone;
let ben: Phone;

beforeAll(async () => {
  lab = await startLab();
  groups = createPhoneGroups(lab.phonesUrl);
  await lab.subscribe({ ordering: 'strict' });
  shop = await lab.link('Shop');
  ana = await lab.phones.add({ name: 'Ana' });
  ben = await lab.phones.add({ name: 'Ben', devices: 2 });
});
afterAll(() => lab.close());

/** Long enough for a second event to come where there must be none. */
const aWhile = () => pause(700);

const at = (path = '') => `/v1/instances/${shop.id}/groups${path}`;
const ask = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown) =>
  lab.api()(method, at(path), body);
const ok = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown) =>
  expectOk(ask(method, path, body));

/** What was told of a group so far, in its order. */
const told = (chatId: string) =>
  lab.receiver.events().filter(({ type, data }) => type.startsWith('group.') && data.group.chat_id === chatId);

const waitForEvent = (chatId: string, type: string) =>
  waitFor(`${type} of ${chatId}`, () => told(chatId).find((event) => event.type === type));

const create = async (subject: string, people: readonly Phone[]): Promise<{ id: string; jid: string }> => {
  const { group } = await ok('POST', '', { subject, participants: people.map(({ number }) => number) });
  const found = (await groups.list()).find((one) => one.subject === subject);
  if (!found) throw new Error(`no phone knows ${subject}`);
  return { id: group.id, jid: found.group };
};

/** A group that somebody else has made with the number in it. */
const beAdded = async (subject: string, by: Phone, others: readonly Phone[] = []) => {
  const members = [shop.phone, ...others].map(({ number }) => number);
  const { group: jid, invite_code: code } = await groups.found(by.number, subject, members);
  const event = await waitFor('the group', () =>
    lab.receiver.events('group.created').find(({ data }) => data.group.subject === subject),
  );
  return { id: event.data.group.chat_id as string, jid, code };
};

const numbersIn = async (chatId: string): Promise<string[]> => {
  const { participants } = await ok('GET', `/${chatId}`);
  return participants.map(({ contact }: { contact: { phone_number: string } }) => contact.phone_number).sort();
};

const sorted = (...phones: Phone[]) => phones.map(({ number }) => number).sort();

test('a group is made, everybody’s result is told, and it is told once that it is there', async () => {
  const shy = await lab.phones.add({ name: 'Shy' });
  await groups.refuseAdds(shy.number);
  const { group, results } = await ok('POST', '', {
    subject: 'Made',
    participants: [ana.number, shy.number, '+49 151 99999999'],
  });
  expect(group).toMatchObject({ subject: 'Made', role: 'superadmin', participants_count: 2, instance_id: shop.id });
  expect(results.map(({ result }: { result: string }) => result)).toEqual([
    'added',
    'invitation_required',
    'not_on_whatsapp',
  ]);
  expect(results[0].contact).toMatchObject({ phone_number: ana.number, lid: ana.lid });
  expect(results[1].invitation.code).toMatch(/./);
  expect(Date.parse(results[1].invitation.expires_at)).toBeGreaterThan(Date.now());
  expect(results[2].contact).toBeNull();

  const read = await ok('GET', `/${group.id}`);
  expect(read.participants.map(({ role, is_me }: { role: string; is_me: boolean }) => [role, is_me])).toEqual([
    ['superadmin', true],
    ['member', false],
  ]);
  expect((await ok('GET', '')).data.map(({ id }: { id: string }) => id)).toContain(group.id);
  await waitForEvent(group.id, 'group.created');
  await aWhile();
  expect(told(group.id).map(({ type }) => type)).toEqual(['group.created']);
});

test('what is changed here is done on WhatsApp, told once, and on record', async () => {
  const { id, jid } = await create('Before', [ana, ben]);
  const patch = {
    subject: 'After',
    description: 'what it is about',
    announce: true,
    locked: true,
    join_approval: true,
    member_add_mode: 'admins',
    disappearing_seconds: 86_400,
  };
  expect(await ok('PATCH', `/${id}`, patch)).toEqual({ changed: Object.keys(patch) });
  expect(await groups.read(jid)).toMatchObject({
    subject: 'After',
    description: 'what it is about',
    announce: true,
    restrict: true,
    approval: true,
    admins_add: true,
    disappearing_seconds: 86_400,
  });
  await waitFor('the rows to follow', async () => (await ok('GET', `/${id}`)).disappearing_seconds === 86_400);
  expect(await ok('GET', `/${id}`)).toMatchObject(patch);
  await waitFor('all events', () => told(id).filter(({ type }) => type === 'group.updated').length >= 7);
  await aWhile();
  const changes = told(id).flatMap(({ type, data }) => (type === 'group.updated' ? [data.changes] : []));
  expect(Object.assign({}, ...changes)).toEqual(patch);
  expect(changes).toHaveLength(7);
  expect(told(id).every(({ data }) => data.by_me)).toBe(true);
  await ok('PATCH', `/${id}`, { description: null, announce: false });
  await waitFor('the description to go', async () => (await ok('GET', `/${id}`)).description === null);
});

test('people are added, made admins, and removed, each with a result', async () => {
  const { id } = await create('People', [ana]);
  const post = (path: string, ...numbers: string[]) =>
    ok('POST', `/${id}/participants${path}`, { participants: numbers });
  const resultsOf = ({ results }: { results: { result: string }[] }) => results.map(({ result }) => result);
  expect(resultsOf(await post('', ben.number, ana.number))).toEqual(['added', 'already_in']);
  expect(resultsOf(await post('/promote', ben.number))).toEqual(['promoted']);
  expect(resultsOf(await post('/demote', ben.number))).toEqual(['demoted']);
  expect(resultsOf(await post('/remove', ben.number, shop.phone.number))).toEqual(['removed', 'not_allowed']);
  expect(resultsOf(await post('/remove', ben.number))).toEqual(['not_in_group']);
  await waitForEvent(id, 'group.participant_removed');
  await aWhile();
  expect(told(id).map(({ type, data }) => [type, data.contacts?.[0].phone_number])).toEqual([
    ['group.created', undefined],
    ['group.participant_added', ben.number],
    ['group.admin_promoted', ben.number],
    ['group.admin_demoted', ben.number],
    ['group.participant_removed', ben.number],
  ]);
  expect(await numbersIn(id)).toEqual(sorted(shop.phone, ana));
});

test('what people do on their phones is told, with who did it', async () => {
  const { id, jid } = await beAdded('Theirs', ana, [ben]);
  expect(told(id)[0]).toMatchObject({ data: { by: { phone_number: ana.number, name: 'Ana' }, by_me: false } });
  await groups.change(jid, ana.number, { subject: 'Ours' });
  await groups.move(jid, ana.number, 'promote', [shop.phone.number]);
  await groups.renewInvite(jid, ana.number);
  await groups.leave(ben.number, jid);
  await groups.move(jid, ana.number, 'remove', [shop.phone.number]);
  const left = await waitForEvent(id, 'group.left');
  expect(told(id).map(({ type, data }) => [type, data.how ?? null])).toEqual([
    ['group.created', null],
    ['group.updated', null],
    ['group.admin_promoted', null],
    ['group.invite_changed', null],
    ['group.participant_removed', 'left'],
    ['group.left', 'removed'],
  ]);
  expect(left.data).toMatchObject({ group: { subject: 'Ours' }, by: { phone_number: ana.number } });
  expect(await ok('GET', `/${id}`)).toMatchObject({ role: null, subject: 'Ours', participants: [] });
  expect((await ask('PATCH', `/${id}`, { subject: 'x' })).body.error.code).toBe('not_in_group');
});

test('what only admins may do is refused with its own code, and nothing is on record', async () => {
  const { id, jid } = await beAdded('Strict', ana);
  await groups.change(jid, ana.number, { restrict: true, announce: true, admins_add: true });
  const refused = await ask('PATCH', `/${id}`, { subject: 'Mine' });
  expect([refused.status, refused.body.error.code]).toEqual([403, 'group_admin_required']);
  expect(refused.body.error.details.changed).toEqual([]);
  const added = await ask('POST', `/${id}/participants`, { participants: [ben.number] });
  expect(added.body.error.code).toBe('group_admin_required');
  expect((await groups.read(jid)).subject).toBe('Strict');
});

test('a link is read, renewed, followed and left again', async () => {
  const { id } = await create('Invites', [ana]);
  const { code, link } = await ok('GET', `/${id}/invite`);
  expect(link).toBe(`https://chat.whatsapp.com/${code}`);
  const renewed = await ok('POST', `/${id}/invite/revoke`);
  expect(renewed.code).not.toBe(code);
  await groups.join(ben.number, renewed.code);
  const joined = await waitForEvent(id, 'group.participant_added');
  expect(joined.data).toMatchObject({ how: 'invite_link', contacts: [{ phone_number: ben.number }] });

  const theirs = await groups.found(ana.number, 'Open', [ben.number]);
  const invite = `https://chat.whatsapp.com/${theirs.invite_code}`;
  expect(await ok('POST', '/preview', { invite })).toMatchObject({ subject: 'Open', participants_count: 2 });
  const { chat_id: chatId, result } = await ok('POST', '/join', { invite });
  expect(result).toBe('joined');
  const told = await waitForEvent(chatId, 'group.joined');
  expect(told.data).toMatchObject({ how: 'joined', by_me: true, participants_count: 3 });
  expect((await ask('POST', '/join', { invite })).body.error.code).toBe('already_in_group');
  expect((await ask('DELETE', `/${chatId}`)).body.error.code).toBe('still_in_group');
  expect((await ask('POST', `/${chatId}/leave`)).status).toBe(204);
  await waitForEvent(chatId, 'group.left');
  expect((await ask('DELETE', `/${chatId}`)).status).toBe(204);
  expect((await ask('GET', `/${chatId}`)).body.error.code).toBe('group_not_found');
  const nowhere = await ask('POST', '/join', { invite: 'AbCdEfGhIjKlMnOp' });
  expect([nowhere.status, nowhere.body.error.code]).toEqual([404, 'group_invite_not_found']);
});

test('a picture is set, seen, and taken away, here and on a phone', async () => {
  const { id, jid } = await create('Picture', [ana]);
  expect(await ok('GET', `/${id}/picture`)).toEqual({ picture_id: null, url: null });
  const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.from('not much of a picture')]).toString('base64');
  expect((await lab.api()('PUT', at(`/${id}/picture`), { jpeg })).status).toBe(204);
  const { data } = await waitForEvent(id, 'group.updated');
  expect(data).toMatchObject({ by_me: true, changes: { picture_id: expect.any(String) } });
  expect(await ok('GET', `/${id}/picture`)).toEqual({
    picture_id: data.changes.picture_id,
    url: expect.stringMatching(/^https:/),
  });
  expect((await groups.read(jid)).has_picture).toBe(true);
  expect((await ask('DELETE', `/${id}/picture`)).status).toBe(204);
  await waitFor('it to be gone', async () => (await ok('GET', `/${id}`)).picture_id === null);
  expect((await groups.read(jid)).has_picture).toBe(false);
});

test('who asks to be let in is told, listed, and let in or not', async () => {
  const { id, jid } = await create('Doors', [ana]);
  await ok('PATCH', `/${id}`, { join_approval: true });
  const { invite_code: code } = await groups.read(jid);
  const cid = await lab.phones.add({ name: 'Cid' });
  for (const { number } of [ben, cid]) await groups.join(number, code);
  await waitFor('both requests', () => told(id).filter(({ type }) => type === 'group.join_requested').length === 2);
  const { data } = await ok('GET', `/${id}/join-requests`);
  expect(data.map(({ contact }: { contact: { phone_number: string } }) => contact.phone_number)).toEqual([
    ben.number,
    cid.number,
  ]);
  const decide = (how: string, phone: Phone) =>
    ok('POST', `/${id}/join-requests/${how}`, { participants: [phone.number] });
  expect((await decide('approve', ben)).results[0].result).toBe('approved');
  expect((await decide('reject', cid)).results[0].result).toBe('rejected');
  expect((await decide('reject', cid)).results[0].result).toBe('not_requested');
  expect((await waitForEvent(id, 'group.join_request_ended')).data).toMatchObject({ how: 'rejected', by_me: true });
  expect(await numbersIn(id)).toEqual(sorted(shop.phone, ana, ben));

  const theirs = await groups.found(ana.number, 'Their door', []);
  await groups.change(theirs.group, ana.number, { approval: true });
  const asked = await ok('POST', '/join', { invite: theirs.invite_code });
  expect(asked.result).toBe('asked');
  await groups.decide(theirs.group, ana.number, 'approve', [shop.phone.number]);
  expect((await waitForEvent(asked.chat_id, 'group.joined')).data).toMatchObject({ how: 'added' });
});

test('what happens while the gateway is away is told once when it is back', async () => {
  const kept = await beAdded('Kept', ana, [ben]);
  const lost = await beAdded('Lost', ana);
  await lab.gateway().kill();
  await groups.change(kept.jid, ana.number, { subject: 'First' });
  await groups.change(kept.jid, ana.number, { subject: 'Second' });
  await groups.move(kept.jid, ana.number, 'remove', [ben.number]);
  await groups.move(lost.jid, ana.number, 'remove', [shop.phone.number]);
  const late = await groups.found(ben.number, 'Late', [shop.phone.number]);
  await lab.start();
  await lab.waitForState(shop.id, 'connected');
  await waitForEvent(lost.id, 'group.left');
  await waitFor('the new group', () =>
    lab.receiver.events('group.created').find(({ data }) => data.group.subject === late.subject),
  );
  await waitForEvent(kept.id, 'group.participant_removed');
  await aWhile();
  const subjects = told(kept.id).flatMap(({ data }) => data.changes?.subject ?? []);
  expect(subjects).toEqual(['First', 'Second']);
  expect(told(kept.id).filter(({ type }) => type === 'group.participant_removed')).toHaveLength(1);
  expect(told(lost.id).filter(({ type }) => type === 'group.left')).toHaveLength(1);
  const answer = await ask('POST', '/sync');
  expect(answer.status).toBe(202);
  expect(answer.body.groups).toBeGreaterThan(2);
  await aWhile();
  expect(told(kept.id).filter(({ type }) => type !== 'group.updated')).toHaveLength(2);
});
