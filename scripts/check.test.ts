import { spawnSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { plantTree } from './plant-tree.ts';

const root = dirname(import.meta.dirname);

const runScript = (cwd: string, name: string, ...args: string[]) =>
  spawnSync(process.execPath, [join(root, 'scripts', name), ...args], { cwd, encoding: 'utf8' });

it('the check fails, part by part, where there is nothing to check', () => {
  const run = runScript(plantTree({}), 'check.ts');
  const lines = run.stdout.split('\n').filter((line) => /^(ok|FAILED) .* s$/.test(line));
  expect(lines).toHaveLength(8);
  expect(lines.every((line) => line.startsWith('FAILED'))).toBe(true);
  expect(run.status).toBe(1);
});

describe('generated files', () => {
  it('are out of date when missing, fine when written, and out of date again when edited by hand', () => {
    const tree = plantTree({ 'docs/adr/one.md': '' });
    const missing = runScript(tree, 'docs.ts', '--check');
    expect(missing.stderr).toContain('docs/configuration.md is out of date: run "npm run docs"');
    expect(missing.status).toBe(1);
    expect(runScript(tree, 'docs.ts').status).toBe(0);
    expect(runScript(tree, 'docs.ts', '--check').status).toBe(0);
    appendFileSync(join(tree, 'docs/configuration.md'), 'by hand\n');
    expect(runScript(tree, 'docs.ts', '--check').status).toBe(1);
  });
});
