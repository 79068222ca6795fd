import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FrontDoor, openFrontDoor } from './harness.ts';

let door: FrontDoor;
let key = '';
let path = '';

beforeAll(async () => {
  door = await openFrontDoor();
  ({ key } = await door.addParty('Shop'));
  const { json } = await door.ask('POST', '/v1/instances', { key, body: { name: 'Shop' } });
  path = `/v1/instances/${json.id}/settings`;
});
afterAll(() => door.close());

const defaults = { presence: 'unavailable', groups: 'record', stories: 'record' };
const change = (body: object) => door.ask('PATCH', path, { key, body });

test('what nobody set is the default, and null takes it back there', async () => {
  expect((await door.ask('GET', path, { key })).json).toMatchObject(defaults);
  expect((await change({ presence: 'available', groups: 'ignore' })).json).toMatchObject({
    ...defaults,
    presence: 'available',
    groups: 'ignore',
  });
  expect((await change({ presence: null })).json).toMatchObject({ ...defaults, groups: 'ignore' });
  expect((await door.ask('GET', path, { key })).json).toMatchObject({ ...defaults, groups: 'ignore' });
});

test('a value that a setting does not have is refused with those that it has, and nothing is written', async () => {
  const before = await door.countRows();
  const answer = await change({ presence: 'invisible' });
  expect([answer.status, answer.json.error.code]).toEqual([422, 'invalid_request']);
  expect(answer.json.error.details.fields).toEqual([
    { field: 'presence', problem: expect.stringContaining('available') },
  ]);
  expect(await door.countRows()).toEqual(before);
});

test('a change leaves an audit row with the names of what was changed', async () => {
  await change({ stories: 'ignore' });
  const { json } = await door.ask('GET', '/v1/audit-events', { key });
  expect(json.data[0]).toMatchObject({ action: 'instance.settings_changed', detail: { fields: ['stories'] } });
});

test.each(['', '  ', 'a'.repeat(1001), 7])(
  'words that are none, too many or no words are refused: %j',
  async (text) => {
    const answer = await change({ calls_reply: text });
    expect([answer.status, answer.json.error.code]).toEqual([422, 'invalid_request']);
    expect(answer.json.error.details.fields[0].field).toBe('calls_reply');
  },
);

test('words are kept as they are, without the space around them, until null takes them away', async () => {
  expect((await change({ calls_reply: ` ${'a'.repeat(1000)} ` })).json.calls_reply).toBe('a'.repeat(1000));
  expect((await change({ calls_reply: null })).json.calls_reply).toBeNull();
});
