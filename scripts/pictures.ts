/**
 * `npm run pictures [-- part of a name]`: takes the pictures in docs/images from what runs, so that they show what is so. Needs
 * Chromium, and a font with emoji (Debian: fonts-noto-color-emoji).
 */
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { type BrowserOptions, startBrowser } from '../test/support/browser.ts';
import { openDemo } from './pictures/demo.ts';
import { openEmulatorDesk } from './pictures/emulator-desk.ts';

/** One picture: the screen it is taken of, and how a page gets to look as it is to be shown. */
export interface Picture {
  readonly screen: NonNullable<BrowserOptions>;
  /** Returns what ends what it has started. */
  show(page: Page): Promise<() => Promise<void>>;
}

const bytesMax = 150_000;
const folder = join(dirname(import.meta.dirname), 'docs/images');
const wide = { viewport: { width: 1280, height: 800 }, locale: 'en-GB' };

const pictures: Readonly<Record<string, Picture>> = {
  'emulator-desk': {
    screen: { ...wide, colorScheme: 'light' },
    show: (page) => openEmulatorDesk(page, { faults: false }),
  },
  'emulator-faults': {
    screen: { ...wide, viewport: { width: 1200, height: 640 }, colorScheme: 'dark' },
    show: (page) => openEmulatorDesk(page, { faults: true }),
  },
  demo: { screen: { ...wide, viewport: { width: 1000, height: 660 } }, show: openDemo },
};

async function take(name: string, { screen, show }: Picture): Promise<void> {
  const browser = await startBrowser(screen);
  const cleanUps = [() => browser.close()];
  try {
    const page = await browser.context.newPage();
    cleanUps.unshift(await show(page));
    const path = join(folder, `${name}.png`);
    await page.screenshot({ path, animations: 'disabled' });
    const { size } = statSync(path);
    console.log(`${path}: ${size} bytes`);
    if (size > bytesMax) throw new Error(`${name} has more than ${bytesMax} bytes`);
  } finally {
    for (const cleanUp of cleanUps) await cleanUp();
  }
}

const [word = ''] = process.argv.slice(2);
for (const [name, picture] of Object.entries(pictures)) if (name.includes(word)) await take(name, picture);
