/** What a test run comes to: what ran, what failed, what was skipped and why, and what should have run and did not. */
import type { TestCase, TestModule } from 'vitest/node';

export interface TestReport {
  readonly passed: number;
  readonly failed: number;
  /** A sentence for each failure that is not a test's own. */
  readonly problems: readonly string[];
  readonly skipped: readonly Skipped[];
}

interface Skipped {
  readonly path: string;
  readonly why: string;
  readonly count: number;
}

/**
 * `expected` are the files that must have run; a file that did not, or that skipped all it has without a word, is a failure.
 * So is each sentence in `unmet`: what was known before to be missing.
 */
export function makeReport(
  modules: readonly TestModule[],
  unhandled: readonly unknown[],
  expected: readonly string[],
  unmet: readonly string[] = [],
): TestReport {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const passed = tests.filter((test) => test.result().state === 'passed').length;
  const failed = tests.filter((test) => test.result().state === 'failed').length;
  const skipped = listSkipped(modules);
  const problems = [
    ...unmet,
    ...modules.flatMap(listBroken),
    ...findUnrun(modules, expected),
    ...skipped.filter(({ why }) => why === '').map(({ path }) => `${path}: a test is skipped and does not say why`),
    ...(unhandled.length > 0 ? [`${unhandled.length} errors outside of any test`] : []),
    ...(tests.length === 0 ? ['no test ran'] : []),
  ];
  return { passed, failed: failed + problems.length, problems, skipped };
}

function listBroken(module: TestModule): string[] {
  const suites = [...module.children.allSuites()].filter((suite) => suite.errors().length > 0);
  return [
    ...(module.errors().length > 0 ? [`${module.relativeModuleId}: the file broke`] : []),
    ...suites.map((suite) => `${module.relativeModuleId}: the suite "${suite.fullName}" broke`),
  ];
}

function findUnrun(modules: readonly TestModule[], expected: readonly string[]): string[] {
  const ran = new Map(modules.map((module) => [module.relativeModuleId, module]));
  return expected.flatMap((path) => {
    const module = ran.get(path);
    if (!module) return [`${path}: did not run`];
    const isEmpty = module.errors().length === 0 && module.children.size === 0;
    return isEmpty ? [`${path}: has no test in it`] : [];
  });
}

function listSkipped(modules: readonly TestModule[]): Skipped[] {
  return modules.flatMap((module) => {
    const broke = listBroken(module).length > 0;
    const tests = [...module.children.allTests('skipped')];
    const byReason = Map.groupBy(tests, (test) => reasonOf(test) || (broke ? 'its suite broke' : ''));
    return [...byReason].map(([why, { length }]) => ({ path: module.relativeModuleId, why, count: length }));
  });
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  if (test.options.mode === 'todo') return 'to do';
  return (result.state === 'skipped' && result.note) || '';
}

/** The report in plain lines, the numbers last. */
export function renderReport({ passed, failed, problems, skipped }: TestReport): string {
  const lines = [
    ...skipped.map(({ path, why, count }) => `skipped: ${path}, ${count} ${count === 1 ? 'test' : 'tests'}: ${why}`),
    ...(skipped.length === 0 ? ['skipped: nothing'] : []),
    ...problems.map((problem) => `problem: ${problem}`),
    `tests: ${passed} passed, ${failed} failed`,
  ];
  return lines.join('\n');
}
