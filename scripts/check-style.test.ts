import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { findStyleFaults } from './check-style.ts';
import { plantTree } from './plant-tree.ts';

const index = { 'src/db/index.ts': '/** What it is. */\nexport {};\n' };
const faultsOf = (files: Record<string, string>) => findStyleFaults(plantTree({ ...index, ...files }));

it('our own source keeps the style', () => {
  expect(findStyleFaults(dirname(import.meta.dirname))).toEqual([]);
});

it.each([
  ['const a = Date.now();', 'Date.now outside'],
  ["const a = Date['now']();", 'Date.now outside'],
  ['const a = { now: Date.now };', 'Date.now outside'],
  ['const a = new Date();', 'new Date() outside'],
  ['const a = Math.random();', 'Math.random outside'],
  ['const a = performance.now();', 'performance.now outside'],
  ['const a = AbortSignal.timeout(1);', 'AbortSignal.timeout outside'],
  ['setTimeout(() => {}, 1);', 'setTimeout outside'],
  ['globalThis.setTimeout(() => {}, 1);', 'setTimeout outside'],
  ['setInterval(() => {}, 1);', 'setInterval outside'],
  ["import { setTimeout } from 'node:timers/promises';", 'node:timers/promises outside'],
  ['const { now } = Date;', 'takes Date apart'],
  ['const a = process.env.HOME;', 'process.env outside src/main.ts'],
  ["const a = process['env'];", 'process.env outside src/main.ts'],
  ['const { env } = process;', 'takes process apart'],
  ["import { env } from 'node:process';", 'imports node:process'],
  ['export class Lanes {}', 'a class that is no error'],
  ['const A = class extends Map {};', 'a class that is no error'],
])('finds %s', (text, fault) => {
  expect(faultsOf({ 'src/db/x.ts': `\n${text}\n` })).toEqual([expect.stringMatching(/^src\/db\/x\.ts:2: /)]);
  expect(faultsOf({ 'src/db/x.ts': text }).join()).toContain(fault);
});

it.each(['/** x */ const a = 1;', 'const a = new Date(5);', 'class AError extends Error {}', '// Date.now()'])(
  'lets %s be',
  (text) => {
    expect(faultsOf({ 'src/db/x.ts': text })).toEqual([]);
  },
);

it('lets platform/ and lib/ read the clock, main read the environment, and tests do as they need', () => {
  const clock = 'export const now = () => Date.now();\nsetTimeout(now, 1);\n';
  const files = { 'src/platform/x.ts': clock, 'src/lib/x.ts': clock, 'src/main.ts': 'run(process.env);\n' };
  expect(faultsOf({ ...files, 'src/db/x.test.ts': `${clock}process.env.A = '1';\n` })).toEqual([]);
  expect(faultsOf({ 'src/platform/x.ts': 'const a = process.env;\n' })).toHaveLength(1);
});

it('asks every module for a paragraph about itself', () => {
  expect(faultsOf({ 'src/lanes/index.ts': 'export {};\n' })).toEqual([
    expect.stringMatching(/^src\/lanes\/index\.ts:1: opens without a paragraph/),
  ]);
});

it('fails when it reads nothing', () => {
  expect(findStyleFaults(plantTree({}))).toEqual(['src: no file was read, so nothing was checked']);
  expect(findStyleFaults(plantTree({ 'src/x.test.ts': '' }))).toEqual([
    'src: no file was read, so nothing was checked',
  ]);
});
