import { spawnSync } from 'node:child_process';
import type { Page } from 'playwright-core';

/** Runs the demo and shows what it says, as it says it. */
export async function openDemo(page: Page): Promise<() => Promise<void>> {
  const ran = spawnSync(process.execPath, ['scripts/demo.ts', '--once'], { encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`the demo failed: ${ran.stderr}`);
  await page.setContent(
    `<body style="margin:0;background:#0f1512"><pre style="margin:0;padding:28px 32px;color:#d6e4dc;font:15px/1.55 'DejaVu Sans Mono',monospace"></pre>`,
  );
  await page.locator('pre').evaluate((element, text) => {
    element.textContent = text;
  }, `$ npm ci && npm run demo -- --once\n\n${ran.stdout.trim()}`);
  return async () => {};
}
