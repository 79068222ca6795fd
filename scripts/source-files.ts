/** Reading our own source for the checks: which files there are, what each imports, and its syntax tree. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { type Node, parseSync, Visitor } from 'oxc-parser';

export interface SourceFile {
  /** Relative to the root, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly program: ReturnType<typeof parseSync>['program'];
  readonly imports: readonly Import[];
}

export interface Import {
  /** As it is written; undefined when it is not a plain string. */
  readonly specifier: string | undefined;
  /** For a relative specifier the path from the root, otherwise undefined. */
  readonly target: string | undefined;
  readonly line: number;
}

/** All files below the folder whose name fits, parsed. A file that does not parse is an error: nothing can be said of it. */
export function readSourceFiles(root: string, folder: string, names = '*.ts'): SourceFile[] {
  const paths = globSync(`${folder}/**/${names}`, { cwd: root, exclude: (name) => name === 'node_modules' });
  return paths.sort().map((path) => parseSource(path, readFileSync(join(root, path), 'utf8')));
}

function parseSource(path: string, text: string): SourceFile {
  const { program, errors } = parseSync(path, text);
  if (errors[0]) throw new Error(`${path} does not parse: ${errors[0].message}`);
  const imports: Import[] = [];
  const add = (node: Node, source: Node | null | undefined): void => {
    const specifier = readText(source);
    const isRelative = specifier?.startsWith('.') ?? false;
    const target = isRelative ? posix.join(dirname(path), specifier ?? '') : undefined;
    imports.push({ specifier, target, line: lineOf(text, node.start) });
  };
  new Visitor({
    ImportDeclaration: (node) => add(node, node.source),
    ExportAllDeclaration: (node) => add(node, node.source),
    ExportNamedDeclaration: (node) => node.source && add(node, node.source),
    ImportExpression: (node) => add(node, node.source),
    TSImportType: (node) => add(node, node.source),
    TSExternalModuleReference: (node) => add(node, node.expression),
    CallExpression: (node) => {
      if (node.callee.type === 'Identifier' && node.callee.name === 'require') add(node, node.arguments[0]);
    },
    // A worker's file is loaded by its address.
    NewExpression: (node) => {
      const [address] = node.arguments;
      const isUrl = node.callee.type === 'Identifier' && node.callee.name === 'URL';
      if (isUrl && /^\..*\.ts$/.test(readText(address) ?? '')) add(node, address);
    },
  }).visit(program);
  return { path, text, program, imports };
}

function readText(node: Node | null | undefined): string | undefined {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node?.type === 'TemplateLiteral' && node.expressions.length === 0)
    return node.quasis[0]?.value.cooked ?? undefined;
  return undefined;
}

export const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

export const isTest = (path: string): boolean => path.endsWith('.test.ts');
