/** The program in PHP of docs/recipes.md, run as it stands there. */
import { join } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { type Kitchen, openKitchen } from './kitchen.ts';

const php = process.env.PHP_PATH ?? 'php';

let kitchen: Kitchen;
beforeAll(async () => {
  kitchen = await openKitchen();
});
afterAll(() => kitchen.close());

test('answer-php answers who writes, and takes nothing that is not signed', () =>
  kitchen.serve('answer-php', join(kitchen.folder, 'hook.php'), (file, port) => [
    php,
    '-S',
    `127.0.0.1:${port}`,
    file,
  ]));
