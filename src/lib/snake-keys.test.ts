import { expect, test } from 'vitest';
import { snakeKeys, toSnakeCase } from './snake-keys.ts';

test('names of members become snake_case at every depth, and values stay as they are', () => {
  const said = { mimeType: 'image/PNG', parts: [{ maxChars: 1 }, 'camelCase', null], sha256: 'aB' };
  expect(snakeKeys(said)).toEqual({
    mime_type: 'image/PNG',
    parts: [{ max_chars: 1 }, 'camelCase', null],
    sha256: 'aB',
  });
});

test('a name in which a number ends a word is parted after it', () => {
  expect(toSnakeCase('viewOnceMessageV2Extension')).toBe('view_once_message_v2_extension');
});
