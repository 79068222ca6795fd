/**
 * `npm test [-- part of a path ...]`: every suite there is, or those whose path contains a word given. It ends with what was
 * skipped and why. `--report <file>` writes the numbers as JSON for those who count. Programs that suites need are looked for, and
 * installed by root on Debian; in CI a run without them fails.
 */
import { globSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';
import { mayInstall, prepareServices } from './find-services.ts';
import { makeReport, renderReport, type TestReport } from './test-report.ts';

const folders = '{src,scripts,test,emulator}';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { report: { type: 'string' } } });
const all = globSync(`${folders}/**/*.test.ts`, { exclude: (name) => name === 'node_modules' }).sort();
const expected = positionals.length > 0 ? [] : all;
const asked = positionals.length > 0 ? all.filter((path) => positionals.some((word) => path.includes(word))) : all;
const missing = prepareServices(asked, process.env, mayInstall());
const unmet = process.env.CI ? missing : [];

let report: TestReport = { passed: 0, failed: 1, problems: ['the run did not end'], skipped: [] };
const vitest = await startVitest(positionals, {
  run: true,
  watch: false,
  allowOnly: false,
  reporters: [
    'default',
    {
      onTestRunEnd: (modules, unhandled) => {
        report = makeReport(modules, unhandled, expected, unmet);
      },
    },
  ],
});
await vitest.close();

console.log(`\n${renderReport(report)}`);
if (values.report) writeFileSync(values.report, JSON.stringify(report));
process.exit(report.failed > 0 ? 1 : 0);
