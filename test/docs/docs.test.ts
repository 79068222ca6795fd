import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { stateReasons } from '../../src/domain/instances/state-reasons.ts';
import { eventTypes } from '../../src/domain/webhooks/event-types.ts';
import { errorTable, listSettings } from '../../src/platform/index.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Every document for people, by its path. */
const documents: ReadonlyMap<string, string> = new Map(
  [
    ...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'],
    ...globSync('docs/**/*.md', { cwd: root }).sort(),
  ].map((path) => [path, read(path)]),
);

/** What a check found: how much it looked at, and each fault in a sentence. Looking at nothing is a fault, too. */
type Finding = { readonly seen: number; readonly faults: readonly string[] };

const gather = (all: readonly Finding[]): Finding => ({
  seen: all.reduce((sum, { seen }) => sum + seen, 0),
  faults: all.flatMap(({ faults }) => faults),
});

const overAll = (check: (path: string, text: string) => Finding): Finding =>
  gather([...documents].map(([path, text]) => check(path, text)));

function judge<T>(found: Iterable<T>, findFault: (one: T) => string | undefined): Finding {
  const all = [...found];
  return { seen: all.length, faults: all.flatMap((one) => findFault(one) ?? []) };
}

const listsDiffer = (listed: readonly string[], wanted: readonly string[]): string[] => [
  ...wanted.filter((one) => !listed.includes(one)).map((one) => `${one} is missing`),
  ...listed.filter((one) => !wanted.includes(one)).map((one) => `${one} is listed and does not exist`),
  ...listed.filter((one, index) => listed.indexOf(one) !== index).map((one) => `${one} is listed twice`),
];

const withoutCode = (text: string): string => text.replace(/^```[\s\S]*?^```$/gm, '');

/** As GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[`*]/g, '')
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .trim()
    .replaceAll(' ', '-');

const anchorsOf = (text: string): string[] =>
  [...withoutCode(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

function checkLinks(path: string, text: string): Finding {
  const links = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return judge(
    links.filter((target) => !/^https?:/.test(target)),
    (target) => {
      const [file = '', anchor] = target.split('#');
      const other = file === '' ? path : normalize(join(dirname(path), file));
      if (!existsSync(join(root, other))) return `${path}: ${target} leads nowhere`;
      if (anchor === undefined || anchorsOf(read(other)).includes(anchor)) return undefined;
      return `${path}: ${other} has no heading #${anchor}`;
    },
  );
}

/** Names in capitals that are no settings of the gateway. */
const otherVariables = new Set([
  'DATABASE_URL',
  'NATS_URL',
  'EMULATOR_URL',
  'WEBHOOK_MAX_PERHOST',
  'EADDRINUSE',
  'CHROMIUM_PATH',
  'PATH',
  'SLUICE_KEY',
  'SLUICE_URL',
  'WEBHOOK_SECRET',
]);

function checkSettings(path: string, text: string): Finding {
  const known = new Set(listSettings().map(({ name }) => name));
  const names = [...text.matchAll(/`([A-Z][A-Z0-9_]{3,})(?:=[^`]*)?`/g)].map(([, name = '']) => name);
  return judge(names, (name) =>
    known.has(name) || otherVariables.has(name) || /^(POST|PATCH|DELETE|LICENSE|NOTICE)$/.test(name)
      ? undefined
      : `${path}: there is no setting ${name}`,
  );
}

const pathShape = (path: string): string => path.replace(/\/(:\w+|\{\w+\}|\w{3}_[^/]*|\$\w+)(?=\/|$)/g, '/*');

const routes: ReadonlySet<string> = new Set(
  Object.entries<Record<string, unknown>>(JSON.parse(read('openapi.json')).paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${pathShape(path)}`),
  ),
);

function checkRoutes(path: string, text: string): Finding {
  const named = [...text.matchAll(/`(GET|POST|PATCH|PUT|DELETE) (\/[^\s`?]*)/g)];
  return judge(named, ([, method = '', route = '']) =>
    routes.has(`${method} ${pathShape(route)}`) ? undefined : `${path}: there is no route ${method} ${route}`,
  );
}

/** The command lines in a document's shell blocks, those broken by a backslash put together. */
const commandsOf = (text: string): string[] =>
  [...text.matchAll(/^```sh$([\s\S]*?)^```$/gm)].flatMap(([, block = '']) => block.replace(/\\\n/g, ' ').split('\n'));

function checkCurls(path: string, text: string): Finding {
  const curls = [...text.matchAll(/^```sh$([\s\S]*?)^```$/gm)]
    .flatMap(([, block = '']) => block.split(/(?=\bcurl )/))
    .filter((part) => part.includes('$API'));
  return judge(curls, (curl) => {
    const route = /\$API(\/[^\s"'?]*)/.exec(curl)?.[1] ?? '';
    const method = /-X (\w+)/.exec(curl)?.[1] ?? (/ -d /.test(curl) ? 'POST' : 'GET');
    return routes.has(`${method} ${pathShape(route)}`) ? undefined : `${path}: no route takes ${method} ${route}`;
  });
}

const families = new Set(eventTypes.map((type) => `${type.split('.')[0]}.*`));
const isEvent = (name: string): boolean => families.has(name) || eventTypes.some((type) => type === name);

function checkEvents(path: string, text: string): Finding {
  const named = [...text.matchAll(/["`]((?:instance|qr|message|contact|group|endpoint)\.[a-z_*]+)["`]/g)];
  return judge(named, ([, name = '']) => (isEvent(name) ? undefined : `${path}: there is no event ${name}`));
}

/** An error is named with its status in front, inside the backticks or before them. */
function checkErrors(path: string, text: string): Finding {
  const named = [...text.matchAll(/`?\b([45]\d\d) `?([a-z][a-z_]+)`/g)];
  const table: Readonly<Record<string, { readonly status: number }>> = errorTable;
  return judge(named, ([, status, code = '']) =>
    table[code]?.status === Number(status) ? undefined : `${path}: there is no error ${status} ${code}`,
  );
}

function checkReasons(path: string, text: string): Finding {
  const named = [...text.matchAll(/\breason(?:\s+is)?\s+((?:`[a-z_]+`(?:,| or| and)?\s*)+)/g)].flatMap(
    ([, list = '']) => [...list.matchAll(/`([a-z_]+)`/g)].map(([, name = '']) => name),
  );
  const known = [...Object.keys(stateReasons), 'gone', 'failing'];
  return judge(named, (name) => (known.includes(name) ? undefined : `${path}: there is no reason ${name}`));
}

function checkScripts(path: string, text: string): Finding {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(read('package.json'));
  const named = [...text.matchAll(/\bnpm (?:run (?:-s )?([a-z:]+)|(start|test))\b/g)];
  return judge(named, ([, ran, short]) => {
    const name = ran ?? short ?? '';
    return scripts[name] ? undefined : `${path}: there is no npm script ${name}`;
  });
}

function checkPaths(path: string, text: string): Finding {
  const named = [...text.matchAll(/`((?:src|test|scripts|emulator|docs)\/[\w./-]+)`/g)].map(([, name = '']) => name);
  return judge(named, (name) => (existsSync(join(root, name)) ? undefined : `${path}: ${name} does not exist`));
}

/** The cells of each row of the table that begins with this header. */
function readTable(text: string, header: string): string[][] {
  const lines = text.split('\n');
  const start = lines.indexOf(header);
  if (start < 0) return [];
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  return lines.slice(start + 2, end < 0 ? undefined : end).map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const document = (path: string): string => documents.get(path) ?? '';
const quoted = (name: string): string => `\`${name}\``;

test.each([
  ['links', checkLinks],
  ['settings', checkSettings],
  ['routes', checkRoutes],
  ['routes of curl lines', checkCurls],
  ['events', checkEvents],
  ['errors', checkErrors],
  ['reasons', checkReasons],
  ['npm scripts', checkScripts],
  ['paths', checkPaths],
])('all %s that the documents name exist', (_what, check) => {
  const { seen, faults } = overAll(check);
  expect(faults).toEqual([]);
  expect(seen).toBeGreaterThan(0);
});

test.each([
  ['a link to nowhere', checkLinks, 'see [this](nowhere.md)'],
  ['a link to no heading', checkLinks, '# One\n\nsee [this](#two)'],
  ['a setting', checkSettings, 'set `WEBHOOK_NOPE=1`'],
  ['a route', checkRoutes, 'ask `GET /v1/nopes/:id`'],
  ['a method', checkRoutes, 'ask `DELETE /v1/events`'],
  ['a curl line', checkCurls, '```sh\ncurl -s $API/v1/nopes -H "a: b"\n```'],
  ['an event', checkEvents, 'then `message.noped` comes'],
  ['an error', checkErrors, 'answered with `409 nope_error`'],
  ['an error with another status', checkErrors, 'answered with 400 `not_connected`'],
  ['a reason', checkReasons, 'with reason `noped`'],
  ['a script', checkScripts, 'run `npm run nope`'],
  ['a path', checkPaths, 'it is in `src/nope.ts`'],
])('%s that does not exist is found', (_what, check, text) => {
  expect(check('docs/planted.md', text).faults).toHaveLength(1);
});

test('every reason is in the table of reasons, with its two sentences', () => {
  const rows = readTable(document('docs/instances.md'), '| reason | state | meaning | what to do |');
  expect(rows.map(([reason, , meaning, whatToDo]) => [reason, meaning, whatToDo])).toEqual(
    Object.entries(stateReasons).map(([reason, [meaning, whatToDo]]) => [quoted(reason), meaning, whatToDo]),
  );
});

test('every event is in the table of events', () => {
  const listed = readTable(document('docs/events.md'), '| event | when | `data` |').map(([name = '']) => name);
  expect(listsDiffer(listed, eventTypes.map(quoted))).toEqual([]);
});

test('every test that the crash table names exists', () => {
  const rows = readTable(document('docs/how-a-message-travels.md'), '| | killed | after the restart | test |');
  expect(rows).toHaveLength(6);
  const tests = read('test/scenarios/crashes.test.ts');
  expect(rows.map(([, , , name = '']) => name).filter((name) => !tests.includes(`test('${name}'`))).toEqual([]);
});

type Packages = { readonly dependencies?: Record<string, string>; readonly devDependencies?: Record<string, string> };
const gateway: Packages = JSON.parse(read('package.json'));
const emulator: Packages = JSON.parse(read('emulator/package.json'));

test.each([
  ['The gateway', gateway.dependencies],
  ['Development', gateway.devDependencies],
  ['The emulator', { ...emulator.dependencies, ...emulator.devDependencies }],
])('every dependency is listed with its reason, and nothing else: %s', (heading, packages = {}) => {
  const section =
    document('docs/dependencies.md')
      .split('\n## ')
      .find((part) => part.startsWith(heading)) ?? '';
  const rows = readTable(section, '| package | owner | why |');
  const listed = rows.map(([name = '']) => name.replaceAll('`', ''));
  expect(listsDiffer(listed, Object.keys(packages))).toEqual([]);
  expect(rows.filter(([, owner, why]) => !owner || !why)).toEqual([]);
});

test('a list that lacks something, has something that is not there, or has it twice is found', () => {
  expect(listsDiffer(['a', 'b', 'b', 'd'], ['a', 'b', 'c'])).toHaveLength(3);
});

test('a table that is not there is read as empty, which no check above takes for a success', () => {
  expect(readTable('| other |\n|---|\n| row |', '| header |')).toEqual([]);
});

test('every decision is in the list of decisions', () => {
  const files = globSync('[0-9]*.md', { cwd: join(root, 'docs/adr') }).sort();
  const listed = [...document('docs/adr/README.md').matchAll(/\]\((\d[^)]+)\)/g)].map(([, file = '']) => file);
  expect(files.length).toBeGreaterThan(0);
  expect(listed).toEqual(files);
});

test('README shows the two commands as they are typed', () => {
  const commands = commandsOf(document('README.md'));
  expect(commands).toContain('npm ci && npm run demo');
  expect(commands).toContain('npm ci && npm test');
});
