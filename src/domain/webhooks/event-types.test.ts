import { expect, test } from 'vitest';
import { GatewayError } from '../../platform/index.ts';
import { coversType, eventTypes, parseEventNames } from './event-types.ts';

test('a filter takes names, families and everything, each once', () => {
  expect(parseEventNames(['message.*', 'qr.updated', 'message.*'])).toEqual(['message.*', 'qr.updated']);
  expect(parseEventNames(['*'])).toEqual(['*']);
  expect(parseEventNames(eventTypes)).toEqual([...eventTypes]);
});

test('a name that no event has is refused by name, and the answer lists what there is', () => {
  const names = ['message.sent', 'message.snet', 'mesage.*', 'message.re*', '', '**', 'MESSAGE.SENT', '.*'];
  const attempt = () => parseEventNames(names);
  expect(attempt).toThrow(GatewayError);
  try {
    attempt();
  } catch (error) {
    expect(error).toMatchObject({ code: 'event_unknown', details: { unknown: names.slice(1) } });
    expect(error).toMatchObject({ details: { known: expect.arrayContaining(['*', 'message.*', 'contact.updated']) } });
  }
});

test('a family covers its own events and no others', () => {
  const covered = eventTypes.filter((type) => coversType(['message.*'], type));
  expect(covered).toEqual(eventTypes.filter((type) => type.startsWith('message.')));
  expect(covered).toContain('message.played');
  expect(eventTypes.every((type) => coversType(['*'], type))).toBe(true);
  expect(eventTypes.filter((type) => coversType(['qr.updated'], type))).toEqual(['qr.updated']);
  expect(eventTypes.some((type) => coversType([], type))).toBe(false);
});
