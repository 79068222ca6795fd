import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { plantTree } from './plant-tree.ts';

const root = dirname(import.meta.dirname);

/** Runs .ci/run with a stand-in for npm, of which each command does as it is told. */
function runCi(commands: { ci?: string; check?: string; test?: string }) {
  const npm = `#!/bin/sh
case "$*" in
  ci*) ${commands.ci ?? 'true'} ;;
  "run check") ${commands.check ?? 'true'} ;;
  "test -- --report "*) report=$4; ${commands.test ?? 'true'} ;;
  *) exit 9 ;;
esac
`;
  const tree = plantTree({ 'bin/npm': npm });
  chmodSync(join(tree, 'bin/npm'), 0o755);
  cpSync(join(root, '.ci'), join(tree, '.ci'), { recursive: true });
  const path = `${join(tree, 'bin')}:${process.env.PATH}`;
  const run = spawnSync(join(tree, '.ci/run'), { encoding: 'utf8', env: { PATH: path }, cwd: '/' });
  return { status: run.status, lastLine: run.stdout.trimEnd().split('\n').at(-1) };
}

const report = (passed: number, failed: number) => `echo '{"passed":${passed},"failed":${failed}}' > "$report"`;

it.each([
  ['all is well', { test: report(7, 0) }, '7 passed, 0 failed', 0],
  ['the check fails', { check: 'exit 1', test: report(7, 0) }, '7 passed, 1 failed', 1],
  ['tests fail', { test: `${report(5, 2)}; exit 1` }, '5 passed, 2 failed', 1],
  ['check and tests fail', { check: 'exit 1', test: `${report(5, 2)}; exit 1` }, '5 passed, 3 failed', 1],
  ['the run breaks off', { test: 'exit 1' }, '0 passed, 1 failed', 1],
  ['the run breaks off and says that all is well', {}, '0 passed, 1 failed', 1],
  ['no test ran', { test: report(0, 0) }, '0 passed, 1 failed', 1],
  ['the run fails after its report', { test: `${report(7, 0)}; exit 1` }, '7 passed, 1 failed', 1],
  ['the install fails', { ci: 'exit 1', test: report(7, 0) }, '0 passed, 1 failed', 1],
])('when %s', (_what, commands, lastLine, status) => {
  expect(runCi(commands)).toEqual({ lastLine, status });
});
