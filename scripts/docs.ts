/** `npm run docs` writes the files that are generated from the source; with --check it only says which of them are out of date. */
import { readFileSync, writeFileSync } from 'node:fs';
import { renderConfigDocs } from './config-docs.ts';
import { renderEventsDocs } from './events-docs.ts';
import { renderOpenApi } from './openapi.ts';
import { renderCapabilityDocs, renderErrorDocs, renderInstanceDocs } from './table-docs.ts';

const generated: Readonly<Record<string, () => string | Promise<string>>> = {
  'docs/configuration.md': renderConfigDocs,
  'docs/events.md': renderEventsDocs,
  'docs/errors.md': renderErrorDocs,
  'docs/capabilities.md': renderCapabilityDocs,
  'docs/instances.md': renderInstanceDocs,
  'openapi.json': renderOpenApi,
};

function readOld(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

for (const [path, render] of Object.entries(generated)) {
  const text = await render();
  if (text === readOld(path)) continue;
  if (process.argv.includes('--check')) {
    console.error(`${path} is out of date: run "npm run docs" and commit what it writes.`);
    process.exitCode = 1;
  } else {
    writeFileSync(path, text);
    console.log(`${path} is written`);
  }
}
