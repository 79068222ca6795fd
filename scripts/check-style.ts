/** What STYLE asks of src/ and no linter knows: who reads the clock, the dice and the environment, and what a module looks like. */
import { dirname } from 'node:path';
import { type Class, type MemberExpression, type Node, Visitor } from 'oxc-parser';
import { isTest, lineOf, readSourceFiles, type SourceFile } from './source-files.ts';

/** Time and chance come from these folders, so that tests can turn them. */
const clockFolders = ['src/platform/', 'src/lib/'];
const clockMembers = ['Date.now', 'Math.random', 'performance.now', 'AbortSignal.timeout'];
const clockFunctions = ['setTimeout', 'setInterval'];
const clockPackages = ['node:timers', 'node:timers/promises', 'node:perf_hooks'];

/** The environment is read once. */
const environmentFile = 'src/main.ts';

/** Every breach below the root, a sentence each; tests beside the files may do as they need. */
export function findStyleFaults(root: string): string[] {
  const files = readSourceFiles(root, 'src').filter(({ path }) => !isTest(path));
  if (files.length === 0) return ['src: no file was read, so nothing was checked'];
  return files.flatMap((file) => [...findNodeFaults(file), ...findIntroductionFaults(file)]);
}

function findNodeFaults(file: SourceFile): string[] {
  const faults: string[] = [];
  const add = (node: Node, fault: string) => faults.push(`${file.path}:${lineOf(file.text, node.start)}: ${fault}`);
  const keepsClock = clockFolders.some((folder) => file.path.startsWith(folder));
  const addClock = (node: Node, name: string) => {
    if (!keepsClock) add(node, `${name} outside ${clockFolders.join(' and ')}; take the clock that platform/ exports`);
  };

  const addClass = (node: Class) => {
    const parent = node.superClass?.type === 'Identifier' ? node.superClass.name : '';
    if (!parent.endsWith('Error')) add(node, 'a class that is no error; write a factory that returns functions');
  };

  new Visitor({
    MemberExpression: (node) => {
      const name = nameOf(node);
      if (clockMembers.includes(name)) addClock(node, name);
      if (clockFunctions.includes(name.replace('globalThis.', ''))) addClock(node, name);
      if (name === 'process.env' && file.path !== environmentFile) {
        add(node, `process.env outside ${environmentFile}; take the setting from Config`);
      }
    },
    CallExpression: ({ callee }) => {
      if (callee.type === 'Identifier' && clockFunctions.includes(callee.name)) addClock(callee, callee.name);
    },
    NewExpression: (node) => {
      const isDate = node.callee.type === 'Identifier' && node.callee.name === 'Date';
      if (isDate && node.arguments.length === 0) addClock(node, 'new Date()');
    },
    VariableDeclarator: (node) => {
      const takesApart = node.id.type === 'ObjectPattern' && node.init?.type === 'Identifier';
      const name = takesApart && node.init?.type === 'Identifier' ? node.init.name : '';
      if (['process', 'Date', 'Math', 'performance'].includes(name))
        add(node, `takes ${name} apart; use it by its name`);
    },
    ClassDeclaration: addClass,
    ClassExpression: addClass,
    ImportDeclaration: (node) => {
      if (clockPackages.includes(node.source.value)) addClock(node, node.source.value);
      if (node.source.value === 'node:process') add(node, 'imports node:process; use the global, by its name');
    },
  }).visit(file.program);
  return faults;
}

function nameOf({ object, property }: MemberExpression): string {
  const owner = object.type === 'Identifier' ? object.name : '';
  if (property.type === 'Identifier') return `${owner}.${property.name}`;
  return property.type === 'Literal' ? `${owner}.${property.value}` : '';
}

function findIntroductionFaults({ path, text }: SourceFile): string[] {
  if (!path.endsWith('/index.ts') || text.startsWith('/**')) return [];
  return [`${path}:1: opens without a paragraph that says what the module is, and what it is not`];
}

if (import.meta.main) {
  const faults = findStyleFaults(dirname(import.meta.dirname));
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
