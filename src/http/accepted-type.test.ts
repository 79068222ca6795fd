import { expect, test } from 'vitest';
import { chooseType } from './accepted-type.ts';

const ours = ['application/json', 'image/png', 'text/plain'] as const;

test.each([
  [undefined, 'application/json'],
  ['*/*', 'application/json'],
  ['image/png', 'image/png'],
  ['text/plain', 'text/plain'],
  ['text/*', 'text/plain'],
  ['image/avif,image/webp,image/png,*/*;q=0.8', 'image/png'],
  ['text/html,application/xhtml+xml', 'application/json'],
  ['application/json;q=0.1, text/plain;q=0.9', 'text/plain'],
  ['text/plain;q=0', 'application/json'],
  ['nonsense', 'application/json'],
])('%s is answered with %s', (accept, expected) => {
  expect(chooseType(accept, ours)).toBe(expected);
});
