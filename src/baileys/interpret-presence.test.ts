import { expect, test } from 'vitest';
import { interpretPresence } from './interpret-presence.ts';

const self = { phone: '4915100000001', lid: '900000000000001' };

const chatstate = (attrs: Record<string, string>, tag: string, more: Record<string, string> = {}) =>
  interpretPresence({ tag: 'chatstate', attrs, content: [{ tag, attrs: more }] }, self);

test('somebody is there, or was last there at a time that they let us know', () => {
  const ada = { kind: 'person', contact: { lid: '5' } };
  expect(interpretPresence({ tag: 'presence', attrs: { from: '5@lid' } }, self)).toEqual({
    chat: ada,
    contact: { lid: '5' },
    presence: 'available',
    lastSeenAtMs: null,
  });
  const away = { from: '5@lid', type: 'unavailable', last: '1700000000' };
  expect(interpretPresence({ tag: 'presence', attrs: away }, self)).toMatchObject({
    presence: 'unavailable',
    lastSeenAtMs: 1_700_000_000_000,
  });
  expect(interpretPresence({ tag: 'presence', attrs: { ...away, last: 'deny' } }, self)?.lastSeenAtMs).toBeNull();
});

test('somebody types or records in a chat, in a group by whom does it', () => {
  expect(chatstate({ from: '5@lid' }, 'composing')?.presence).toBe('typing');
  expect(chatstate({ from: '5@lid' }, 'composing', { media: 'audio' })?.presence).toBe('recording');
  expect(chatstate({ from: '1@g.us', participant: '5@lid' }, 'paused')).toMatchObject({
    chat: { kind: 'group', address: '1@g.us' },
    contact: { lid: '5' },
    presence: 'paused',
  });
});

test('what we do ourselves, and what makes no sense, says nothing', () => {
  expect(chatstate({ from: '900000000000001@lid' }, 'composing')).toBeUndefined();
  expect(chatstate({ from: '5@lid' }, 'dancing')).toBeUndefined();
  expect(chatstate({ from: '1@g.us' }, 'composing')).toBeUndefined();
  expect(interpretPresence({ tag: 'presence', attrs: {} }, self)).toBeUndefined();
});
