import { expect, test } from 'vitest';
import { newId } from '../../lib/index.ts';
import { type EventFilter, matchesFilter, narrowFilter } from './event-filter.ts';

const all: EventFilter = { events: ['*'], instanceIds: null, chatTypes: 'all', chatIds: null };
const [shop, other] = [newId('ins', 1), newId('ins', 1)];
const [ana, team, ben] = [newId('cht', 1), newId('cht', 1), newId('cht', 1)];

const fromAna = { type: 'message.received', instance_id: shop, chat_id: ana, chat_type: 'person' };
const fromTeam = { type: 'message.received', instance_id: shop, chat_id: team, chat_type: 'group' };
const story = { type: 'message.received', instance_id: shop, chat_id: ben, chat_type: 'story' };
const connected = { type: 'instance.connected', instance_id: shop, chat_id: null, chat_type: null };
const disabled = { type: 'endpoint.disabled', instance_id: null, chat_id: null, chat_type: null };
const events = [fromAna, fromTeam, story, connected, disabled];

test.each<[string, Partial<EventFilter>, unknown[]]>([
  ['nothing', {}, events],
  ['a family', { events: ['instance.*'] }, [connected]],
  ['instances', { instanceIds: [shop, other] }, [fromAna, fromTeam, story, connected]],
  ['another instance', { instanceIds: [other] }, []],
  ['chats with a person', { chatTypes: 'direct_only' }, [fromAna]],
  ['groups', { chatTypes: 'groups_only' }, [fromTeam]],
  ['some chats', { chatIds: [ana, ben] }, [fromAna, story]],
  ['some chats of one type', { chatIds: [ana, team], chatTypes: 'groups_only' }, [fromTeam]],
  ['a family and a chat', { events: ['instance.*'], chatIds: [ana] }, []],
])('a filter that asks for %s takes what fits all of it', (_what, asked, taken) => {
  expect(events.filter((event) => matchesFilter({ ...all, ...asked }, event))).toEqual(taken);
});

test('a bound key gets of any filter what concerns its own instance', () => {
  const elsewhere = { ...fromAna, instance_id: other };
  const seen = (filter: EventFilter) => [...events, elsewhere].filter((event) => matchesFilter(filter, event));
  expect(seen(narrowFilter(all, other))).toEqual([elsewhere]);
  expect(seen(narrowFilter({ ...all, instanceIds: [shop, other] }, other))).toEqual([elsewhere]);
  expect(seen(narrowFilter({ ...all, instanceIds: [shop] }, other))).toEqual([]);
  expect(seen(narrowFilter({ ...all, instanceIds: [shop] }, null))).toEqual([fromAna, fromTeam, story, connected]);
});
