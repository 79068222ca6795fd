import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findLayerFaults } from './check-layers.ts';
import { plantTree } from './plant-tree.ts';

const clean = {
  'emulator/src/main.ts': "import { a } from './a.ts';\n",
  'emulator/src/a.ts': 'export const a = 1;\n',
  'src/main.ts': "import { app } from './app/index.ts';\n",
  'src/app/index.ts': "import '../http/index.ts';\nexport * from '../domain/messages/index.ts';\n",
  'src/http/index.ts': "import 'fastify';\nimport '@fastify/swagger';\nimport * as z from 'zod/v4';\n",
  'src/domain/messages/index.ts':
    "import '../contacts/index.ts';\nimport '../customers/index.ts';\nimport './verb.ts';\n",
  'src/domain/messages/verb.ts': "import { x } from './messages.sql.ts';\nimport '../../lanes/index.ts';\n",
  'src/domain/messages/messages.sql.ts': "import { sql } from 'kysely';\n",
  'src/domain/contacts/index.ts': '',
  'src/domain/customers/index.ts': "import type { Tx } from '../../db/index.ts';\n",
  'src/lanes/index.ts': "import { lock } from './inner/lock.ts';\n",
  'src/lanes/inner/lock.ts': "import '../shared.ts';\n",
  'src/lanes/shared.ts': '',
  'src/network/index.ts': '',
  'src/worker/index.ts': '',
  'src/db/index.ts': "import { DatabaseSync } from 'node:sqlite';\nimport 'kysely';\nimport '../platform/index.ts';\n",
  'src/platform/index.ts': "import { pino } from 'pino';\nimport '../lib/index.ts';\n",
  'src/lib/index.ts': "import { join } from 'node:path';\n",
  'src/lib/ids.test.ts': "import { it } from 'vitest';\nimport fc from 'fast-check';\nimport './index.ts';\n",
};

const faultsOf = (files: Record<string, string>) => findLayerFaults(plantTree({ ...clean, ...files }));

describe('a tree that keeps the law', () => {
  it('has no faults', () => {
    expect(faultsOf({})).toEqual([]);
  });

  it('is ours', () => {
    expect(findLayerFaults(dirname(import.meta.dirname))).toEqual([]);
  });
});

describe('a planted fault is found:', () => {
  it.each<[what: string, path: string, text: string, fault: string]>([
    [
      'upward',
      'src/db/x.ts',
      "import '../lanes/index.ts';",
      'src/db/x.ts:1: db (3) imports lanes (4), which is upward',
    ],
    ['upward, type only', 'src/lib/x.ts', "import type { A } from '../platform/index.ts';", 'which is upward'],
    ['upward, an inline type', 'src/lib/x.ts', "type A = import('../platform/index.ts').A;", 'which is upward'],
    ['upward, exported from', 'src/lib/x.ts', "export { a } from '../platform/index.ts';", 'which is upward'],
    ['upward, all exported from', 'src/lib/x.ts', "export * from '../platform/index.ts';", 'which is upward'],
    ['upward, at run time', 'src/lib/x.ts', "const a = () => import('../platform/index.ts');", 'which is upward'],
    ['upward, in a template', 'src/lib/x.ts', 'await import(`../platform/index.ts`);', 'which is upward'],
    ['upward, required', 'src/lib/x.ts', "const a = require('../platform/index.ts');", 'which is upward'],
    ['upward, as a worker', 'src/lib/x.ts', "new URL('../platform/index.ts', import.meta.url);", 'which is upward'],
    ['upward, from a test', 'src/lib/x.test.ts', "import '../platform/index.ts';", 'which is upward'],
    ['main from below', 'src/app/x.ts', "import '../main.ts';", 'app (7) imports main (8), which is upward'],
    ['the line', 'src/db/x.ts', "// one\n/* two\n */ import '../lanes/index.ts';", 'src/db/x.ts:3: '],
    [
      'same layer',
      'src/lanes/x.ts',
      "import '../network/index.ts';",
      'lanes (4) imports network (4); modules of one layer',
    ],
    [
      'same layer, edges',
      'src/http/x.ts',
      "import '../worker/index.ts';",
      'http (6) imports worker (6); modules of one',
    ],
    [
      'against the ladder',
      'src/domain/contacts/x.ts',
      "import '../messages/index.ts';",
      'domain/contacts (5) imports domain/messages (5) against the ladder',
    ],
    [
      'past the index',
      'src/http/x.ts',
      "import '../lanes/shared.ts';",
      'reaches past src/lanes/index.ts into src/lanes/shared.ts',
    ],
    [
      'past the index of a noun',
      'src/domain/messages/x.ts',
      "import '../contacts/verb.ts';",
      'reaches past src/domain/contacts/index.ts',
    ],
    ['past the index of lib', 'src/http/x.ts', "import '../lib/ids.ts';", 'reaches past src/lib/index.ts'],
    [
      'statements that leave',
      'src/app/x.ts',
      "import '../domain/messages/messages.sql.ts';",
      'imports src/domain/messages/messages.sql.ts; statements never leave their folder',
    ],
    [
      'statements that leave into a folder below',
      'src/domain/messages/inner/x.ts',
      "import '../messages.sql.ts';",
      'statements never leave their folder',
    ],
    ['a foreign package', 'src/http/x.ts', "import 'baileys/lib/x.js';", 'imports baileys, which only baileys/ may'],
    ['a scoped package', 'src/db/x.ts', "import '@fastify/swagger';", 'imports @fastify/swagger, which only http/ may'],
    ['a builtin with an owner', 'src/lanes/x.ts', "import 'node:sqlite';", 'which only db/, platform/ may'],
    ['an unknown package', 'src/lib/x.ts', "import 'left-pad';", 'imports left-pad, which has no owner folder'],
    ['a test package', 'src/lib/x.ts', "import 'vitest';", 'imports vitest, which has no owner folder'],
    ['SQL beside statements', 'src/lanes/x.ts', "import { sql } from 'kysely';", 'which lanes/ may only in *.sql.ts'],
    [
      'the emulator',
      'src/app/x.ts',
      "import '../../emulator/src/a.ts';",
      'imports emulator/src/a.ts, which lies outside',
    ],
    [
      'the emulator, by name',
      'src/app/x.ts',
      "import '@sluice/emulator';",
      'imports @sluice/emulator, which has no owner',
    ],
    [
      'a test from the program',
      'src/app/x.ts',
      "import '../../test/a.ts';",
      'imports test/a.ts, which lies outside src/',
    ],
    ['a script', 'src/app/x.ts', "import '../../scripts/a.ts';", 'imports scripts/a.ts, which lies outside src/'],
    ['a name made at run time', 'src/app/x.ts', 'import(process.argv[2]);', 'a name that is made at run time'],
    ['an unknown folder', 'src/helpers/x.ts', '', 'src/helpers/x.ts: its folder has no layer'],
    ['an unknown noun', 'src/domain/orders/x.ts', '', 'src/domain/orders/x.ts: its folder has no layer'],
    ['a file outside all folders', 'src/x.ts', '', 'src/x.ts: its folder has no layer'],
    ['a file beside the nouns', 'src/domain/x.ts', '', 'src/domain/x.ts: its folder has no layer'],
    [
      'into an unknown folder',
      'src/app/x.ts',
      "import '../helpers/x.ts';",
      'imports src/helpers/x.ts, whose folder has no',
    ],
    [
      'the gateway',
      'emulator/src/x.ts',
      "import '../../src/lib/index.ts';",
      'the emulator knows nothing of the gateway',
    ],
    ['the gateway, by name', 'emulator/src/x.ts', "import 'sluice';", 'the emulator knows nothing of the gateway'],
  ])('%s', (_what, path, text, fault) => {
    expect(faultsOf({ [path]: text })).toEqual([expect.stringContaining(fault)]);
  });

  it('a cycle', () => {
    const faults = faultsOf({
      'src/lanes/a.ts': "import './b.ts';",
      'src/lanes/b.ts': "export * from './c.ts';",
      'src/lanes/c.ts': "import './a.ts';",
    });
    expect(faults).toEqual(['import cycle: src/lanes/a.ts -> src/lanes/b.ts -> src/lanes/c.ts -> src/lanes/a.ts']);
  });

  it('a cycle of types', () => {
    const faults = faultsOf({
      'src/lanes/a.ts': "import type { B } from './b.ts';",
      'src/lanes/b.ts': "import { type A } from './a.ts';",
    });
    expect(faults).toEqual(['import cycle: src/lanes/a.ts -> src/lanes/b.ts -> src/lanes/a.ts']);
  });

  it('a cycle in the emulator, of one file even', () => {
    expect(faultsOf({ 'emulator/src/b.ts': "import './b.ts';" })).toEqual([
      'import cycle: emulator/src/b.ts -> emulator/src/b.ts',
    ]);
  });

  it('a cycle in a page', () => {
    const page = { 'emulator/src/page/a.js': "import './b.js';", 'emulator/src/page/b.js': "import './a.js';" };
    expect(faultsOf(page)).toEqual([
      'import cycle: emulator/src/page/a.js -> emulator/src/page/b.js -> emulator/src/page/a.js',
    ]);
  });

  it('words in comments and strings are no imports', () => {
    const text =
      "// import '../app/index.ts'\nconst a = \"import '../app/index.ts'\";\n/** {@link import('../app/index.ts')} */\n";
    expect(faultsOf({ 'src/lib/x.ts': text })).toEqual([]);
  });
});

describe('a check that reads nothing fails:', () => {
  it('no tree at all', () => {
    const unread = [
      'src: no file was read, so nothing was checked',
      'emulator: no file was read, so nothing was checked',
    ];
    expect(findLayerFaults(plantTree({}))).toEqual(unread);
  });

  it('no TypeScript in it', () => {
    const root = plantTree({ 'src/main.js': '', 'emulator/src/main.ts': '' });
    expect(findLayerFaults(root)).toEqual(['src: no file was read, so nothing was checked']);
  });

  it('a file that does not parse', () => {
    expect(() => faultsOf({ 'src/lib/x.ts': 'import {' })).toThrow('src/lib/x.ts does not parse');
  });
});
