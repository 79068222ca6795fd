import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { judgeCases, readSnippet } from './signature-cases.ts';

judgeCases('verify-package', process.execPath, (code) => [
  '--input-type=module',
  '-e',
  `${code}
  import { readFileSync } from 'node:fs';
  const { headers, body, secret } = JSON.parse(readFileSync(0));
  let event;
  try { event = verify(headers, body, secret); } catch {}
  console.log(event !== undefined);`,
]);

judgeCases('verify-by-hand', process.execPath, (code) => [
  '--input-type=module',
  '-e',
  `${code}
  import { readFileSync } from 'node:fs';
  const { headers, body, secret } = JSON.parse(readFileSync(0));
  console.log(verify(headers, Buffer.from(body), secret));`,
]);

// Whoever has no Python can still run all else.
if (spawnSync('python3', ['--version']).status === 0) {
  judgeCases('verify-python', 'python3', (code) => [
    '-c',
    `${code}
import json, sys
given = json.load(sys.stdin)
print(str(verify(given["headers"], given["body"].encode(), given["secret"])).lower())`,
  ]);
}

test('a snippet that is not there is an error', () => {
  expect(() => readSnippet('verify-nope')).toThrow('no snippet');
});
