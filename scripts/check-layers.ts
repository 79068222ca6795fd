/**
 * The law of the layers: who may import whom, and which folder owns which foreign package. It reads every import of src/ and
 * emulator/, type-only ones too, and fails when it has read nothing.
 */
import { dirname } from 'node:path';
import { type Import, isTest, readSourceFiles, type SourceFile } from './source-files.ts';

/** A module sees lower numbers only; of its own number it sees itself. */
const layers: Readonly<Record<string, number>> = {
  app: 7,
  http: 6,
  worker: 6,
  baileys: 6,
  cloud: 6,
  network: 4,
  lanes: 4,
  bus: 4,
  db: 3,
  platform: 2,
  lib: 1,
};
const mainLayer = 8;
const domainLayer = 5;

/** Inside domain/ a noun sees those after it. */
const ladder = [
  'notices',
  'operations',
  'chats',
  'calls',
  'messages',
  'templates',
  'media',
  'groups',
  'labels',
  'newsletters',
  'contacts',
  'instances',
  'events',
  'webhooks',
  'customers',
  'audit',
];

interface Owner {
  readonly folder: string;
  /** The package may be imported in `*.sql.ts` files only. */
  readonly sqlOnly?: true;
}

const owners: Readonly<Record<string, readonly Owner[]>> = {
  baileys: [{ folder: 'baileys' }],
  libsignal: [{ folder: 'baileys' }],
  fastify: [{ folder: 'http' }],
  '@fastify/*': [{ folder: 'http' }],
  'fastify-type-provider-zod': [{ folder: 'http' }],
  qr: [{ folder: 'http' }],
  kysely: [{ folder: 'db' }, { folder: 'lanes', sqlOnly: true }, { folder: 'domain', sqlOnly: true }],
  'node:sqlite': [{ folder: 'db' }, { folder: 'platform' }],
  undici: [{ folder: 'platform' }],
  'https-proxy-agent': [{ folder: 'platform' }],
  'socks-proxy-agent': [{ folder: 'platform' }],
  pino: [{ folder: 'platform' }],
  'prom-client': [{ folder: 'platform' }],
  zod: [{ folder: 'http' }, { folder: 'platform' }],
  'ipaddr.js': [{ folder: 'lib' }],
  'libphonenumber-js': [{ folder: 'lib' }],
};

const testPackages = ['vitest', 'fast-check', 'standardwebhooks'];

interface Module {
  readonly name: string;
  readonly folder: string;
  readonly layer: number;
}

/** Every breach of the law below the root, a sentence each. None means that files were read and all of them keep it. */
export function findLayerFaults(root: string): string[] {
  const gateway = readSourceFiles(root, 'src');
  const emulator = readSourceFiles(root, 'emulator', '*.{ts,js}');
  const unread = Object.entries({ src: gateway, emulator }).filter(([, files]) => files.length === 0);
  return [
    ...unread.map(([folder]) => `${folder}: no file was read, so nothing was checked`),
    ...gateway.flatMap(findGatewayFaults),
    ...emulator.flatMap(findEmulatorFaults),
    ...findCycles([...gateway, ...emulator]),
  ];
}

function findGatewayFaults(file: SourceFile): string[] {
  const from = moduleOf(file.path);
  if (!from) return [`${file.path}: its folder has no layer; give it one here, or move the file`];
  return file.imports.flatMap((found) => {
    const fault = findFault(file.path, from, found);
    return fault ? [`${file.path}:${found.line}: ${fault}`] : [];
  });
}

function findFault(path: string, from: Module, found: Import): string | undefined {
  if (found.specifier === undefined) return 'imports by a name that is made at run time, which nobody can check';
  if (found.target === undefined) return findForeignFault(path, from, found.specifier);
  if (!found.target.startsWith('src/')) return `imports ${found.target}, which lies outside src/`;
  const to = moduleOf(found.target);
  if (!to) return `imports ${found.target}, whose folder has no layer`;
  if (found.target.endsWith('.sql.ts') && dirname(found.target) !== dirname(path)) {
    return `imports ${found.target}; statements never leave their folder`;
  }
  if (to.name === from.name) return undefined;
  return findLayerFault(from, to) ?? findReach(found.target, to);
}

function findLayerFault(from: Module, to: Module): string | undefined {
  const step = `${from.name} (${from.layer}) imports ${to.name} (${to.layer})`;
  if (to.layer < from.layer) return undefined;
  if (to.layer > from.layer) return `${step}, which is upward`;
  if (to.layer !== domainLayer) return `${step}; modules of one layer do not see each other`;
  return rungOf(to) > rungOf(from) ? undefined : `${step} against the ladder: ${ladder.join(' -> ')}`;
}

const rungOf = (module: Module) => ladder.indexOf(module.name.replace('domain/', ''));

function findReach(target: string, to: Module): string | undefined {
  if (target === `src/${to.name}/index.ts`) return undefined;
  return `reaches past src/${to.name}/index.ts into ${target}`;
}

function findForeignFault(path: string, from: Module, specifier: string): string | undefined {
  const name = packageOf(specifier);
  if (isTest(path) && testPackages.includes(name)) return undefined;
  const listed = owners[name] ?? owners[name.replace(/\/.*/, '/*')];
  if (!listed) return name.startsWith('node:') ? undefined : `imports ${name}, which has no owner folder`;
  const owner = listed.find(({ folder }) => folder === from.folder);
  if (!owner) return `imports ${name}, which only ${listed.map(({ folder }) => `${folder}/`).join(', ')} may`;
  if (owner.sqlOnly && !path.endsWith('.sql.ts')) return `imports ${name}, which ${owner.folder}/ may only in *.sql.ts`;
  return undefined;
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function moduleOf(path: string): Module | undefined {
  const [, folder = '', noun = '', ...rest] = path.split('/');
  if (path === 'src/main.ts') return { name: 'main', folder: 'main', layer: mainLayer };
  if (folder === 'domain') {
    if (!ladder.includes(noun) || rest.length === 0) return undefined;
    return { name: `domain/${noun}`, folder, layer: domainLayer };
  }
  const layer = layers[folder];
  return layer === undefined || noun === '' ? undefined : { name: folder, folder, layer };
}

function findEmulatorFaults(file: SourceFile): string[] {
  return file.imports.flatMap((found) => {
    const isInside = found.target === undefined ? found.specifier !== 'sluice' : found.target.startsWith('emulator/');
    if (isInside && !found.specifier?.startsWith('sluice/')) return [];
    return [
      `${file.path}:${found.line}: imports ${found.target ?? found.specifier}; the emulator knows nothing of the gateway`,
    ];
  });
}

/** One circle of imports for each knot of files that reach each other. */
function findCycles(files: readonly SourceFile[]): string[] {
  const known = new Set(files.map(({ path }) => path));
  const targets = new Map(
    files.map(({ path, imports }) => [
      path,
      imports.flatMap(({ target }) => (target !== undefined && known.has(target) ? [target] : [])),
    ]),
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push(`import cycle: ${[...trail.slice(start), path].join(' -> ')}`);
    if (start >= 0 || done.has(path)) return;
    for (const target of targets.get(path) ?? []) walk(target, [...trail, path]);
    done.add(path);
  };
  for (const path of known) walk(path, []);
  return cycles;
}

if (import.meta.main) {
  const faults = findLayerFaults(dirname(import.meta.dirname));
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
