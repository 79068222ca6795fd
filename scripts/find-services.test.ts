import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { chromium, findService, prepareServices } from './find-services.ts';
import { plantTree } from './plant-tree.ts';

const suite = 'test/x.browser.test.ts';

/** A folder of programs that is all of PATH; `apt-get install` runs what is given. */
function plantPrograms(names: readonly string[], installs = 'exit 1') {
  const programs = {
    ...Object.fromEntries(names.map((name) => [name, '#!/bin/sh\n'])),
    'apt-get': `#!/bin/sh\n[ "$1" = update ] || { ${installs}; }\n`,
  };
  const folder = plantTree(programs);
  for (const name of Object.keys(programs)) chmodSync(join(folder, name), 0o755);
  return { folder, env: { PATH: `/nowhere:${folder}` } as Record<string, string | undefined> };
}

it('a program is where its variable says, or in PATH under its best name', () => {
  const { folder, env } = plantPrograms(['google-chrome', 'chromium']);
  expect(findService(chromium, env)).toBe(join(folder, 'chromium'));
  expect(findService(chromium, { ...env, CHROMIUM_PATH: '/opt/chrome' })).toBe('/opt/chrome');
  expect(findService(chromium, plantPrograms([]).env)).toBeUndefined();
});

it('a file that cannot be run is no program', () => {
  const { folder, env } = plantPrograms(['chromium']);
  chmodSync(join(folder, 'chromium'), 0o644);
  expect(findService(chromium, env)).toBeUndefined();
});

it('suites are told where the program is', () => {
  const { folder, env } = plantPrograms(['chromium']);
  expect(prepareServices([suite], env, false)).toEqual([]);
  expect(env.CHROMIUM_PATH).toBe(join(folder, 'chromium'));
});

it('what is missing is installed where that may be done', () => {
  const { folder, env } = plantPrograms([], 'PATH=/usr/bin:/bin; cp "$0" "$(dirname "$0")/chromium"');
  expect(prepareServices([suite], env, false)).toHaveLength(1);
  expect(existsSync(join(folder, 'chromium'))).toBe(false);
  expect(prepareServices([suite], env, true)).toEqual([]);
  expect(env.CHROMIUM_PATH).toBe(join(folder, 'chromium'));
});

it('what cannot be installed is said', () => {
  expect(prepareServices([suite, 'test/y.test.ts'], plantPrograms([]).env, true)).toEqual([
    'Chromium is not here, so that 1 of the suites cannot run',
  ]);
});

it('nothing is looked for that no suite needs', () => {
  expect(prepareServices(['test/y.test.ts'], plantPrograms([]).env, true)).toEqual([]);
});
