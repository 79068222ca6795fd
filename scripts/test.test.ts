import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { plantTree } from './plant-tree.ts';

const root = dirname(import.meta.dirname);
const passing = "import { it } from 'vitest';\nit('passes', () => {});\n";

function runTests(files: Record<string, string>, ...args: string[]) {
  return runTestsIn({ PATH: process.env.PATH, CI: 'true' }, files, ...args);
}

function runTestsIn(env: Record<string, string | undefined>, files: Record<string, string>, ...args: string[]) {
  const tree = plantTree({ 'package.json': '{"type":"module"}', ...files });
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
  copyFileSync(join(root, 'vitest.config.ts'), join(tree, 'vitest.config.ts'));
  const run = spawnSync(process.execPath, [join(root, 'scripts/test.ts'), '--report', 'report.json', ...args], {
    cwd: tree,
    encoding: 'utf8',
    env,
  });
  return { ...run, report: JSON.parse(readFileSync(join(tree, 'report.json'), 'utf8')) };
}

it('passes when all suites of all folders ran', () => {
  const run = runTests({
    'src/a.test.ts': passing,
    'scripts/a.test.ts': passing,
    'test/deep/a.test.ts': passing,
    'emulator/test/a.test.ts': passing,
  });
  expect(run.report).toEqual({ passed: 4, failed: 0, problems: [], skipped: [] });
  expect(run.stdout).toMatch(/skipped: nothing\ntests: 4 passed, 0 failed\n$/);
  expect(run.status).toBe(0);
});

it('says what was skipped and why', () => {
  const skipping = "import { it } from 'vitest';\nit('x', ({ skip }) => skip('needs the moon'));\n";
  const run = runTests({ 'src/a.test.ts': passing, 'src/b.test.ts': skipping });
  expect(run.stdout).toContain('skipped: src/b.test.ts, 1 test: needs the moon');
  expect(run.status).toBe(0);
});

it.each([
  [
    'a failing test',
    "import { it } from 'vitest';\nit('x', () => { throw new Error('x'); });\n",
    'tests: 1 passed, 1 failed',
  ],
  [
    'a skip without a reason',
    "import { it } from 'vitest';\nit.skip('x', () => {});\n",
    'src/b.test.ts: a test is skipped and does',
  ],
  ['a file that breaks', "import './missing.ts';\n", 'src/b.test.ts: the file broke'],
  ['a file without a test', 'export {};\n', 'src/b.test.ts'],
  [
    'a suite whose set-up breaks',
    "import { beforeAll, describe, it } from 'vitest';\ndescribe('s', () => {\n  beforeAll(() => { throw new Error('x'); });\n  it('x', () => {});\n});\n",
    'src/b.test.ts: the suite "s" broke',
  ],
  ['a test that was singled out', "import { it } from 'vitest';\nit.only('x', () => {});\n", 'src/b.test.ts'],
  [
    'a promise that nobody waited for',
    "import { it } from 'vitest';\nit('x', async () => {\n  void Promise.reject(new Error('x'));\n  await new Promise((r) => setTimeout(r, 20));\n});\n",
    'errors outside of any test',
  ],
])('fails on %s', (_what, text, said) => {
  const run = runTests({ 'src/a.test.ts': passing, 'src/b.test.ts': text });
  expect(run.stdout).toContain(said);
  expect(run.report.failed).toBeGreaterThan(0);
  expect(run.status).toBe(1);
});

it('fails when there is nothing to run', () => {
  const run = runTests({});
  expect(run.report).toMatchObject({ passed: 0, failed: 1 });
  expect(run.status).toBe(1);
});

it('runs what is asked for only', () => {
  const run = runTests({ 'src/a.test.ts': passing, 'src/b.test.ts': passing }, 'src/b');
  expect(run.report).toMatchObject({ passed: 1, failed: 0 });
});

const needy = `import { it } from 'vitest';
it('x', ({ skip }) => { if (!process.env.CHROMIUM_PATH) skip('needs Chromium'); });
`;

it('without a program that suites need, they are skipped, and in CI the run fails', () => {
  const bin = plantTree({ 'apt-get': '#!/bin/sh\nexit 1\n' });
  chmodSync(join(bin, 'apt-get'), 0o755);
  const files = { 'src/a.test.ts': passing, 'src/b.browser.test.ts': needy };
  const byHand = runTestsIn({ PATH: bin }, files);
  expect(byHand.stdout).toContain('skipped: src/b.browser.test.ts, 1 test: needs Chromium');
  expect(byHand.status).toBe(0);
  const inCi = runTestsIn({ PATH: bin, CI: 'true' }, files);
  expect(inCi.stdout).toContain('problem: Chromium is not here, so that 1 of the suites cannot run');
  expect(inCi.report).toMatchObject({ passed: 1, failed: 1 });
  expect(inCi.status).toBe(1);
});

it('suites find the program that they need', () => {
  const run = runTestsIn(
    { PATH: '/nowhere', CI: 'true', CHROMIUM_PATH: '/opt/chrome' },
    { 'src/b.browser.test.ts': needy },
  );
  expect(run.report).toMatchObject({ passed: 1, failed: 0, skipped: [] });
});
