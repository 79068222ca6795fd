import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium as chromiumDriver, type Page } from 'playwright-core';
import { chromium, findService } from '../../scripts/find-services.ts';

/** Debian's Chromium, driven from outside; nothing is downloaded. */
export type Browser = {
  readonly context: BrowserContext;
  /** What pages have complained about: errors, and everything that their policy has kept from happening. */
  readonly complaints: readonly string[];
  open(url: string): Promise<Page>;
  close(): Promise<void>;
};

export type BrowserOptions = Parameters<typeof chromiumDriver.launchPersistentContext>[1];

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const waitMs = 10_000;

/** Where Chromium is; undefined when there is none. */
export const chromiumPath = (): string | undefined => findService(chromium, process.env);

/** What a suite says when it is skipped. */
export const needsChromium = `needs Chromium: install it, or say where it is with ${chromium.variable}`;

/** Starts a browser with a profile of its own, which goes at the end. */
export async function startBrowser(options: BrowserOptions = {}): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error('there is no Chromium here');
  const profile = mkdtempSync(join(tmpdir(), 'sluice-browser-'));
  const context = await chromiumDriver.launchPersistentContext(profile, { executablePath, args, ...options });
  context.setDefaultTimeout(waitMs);
  const complaints: string[] = [];
  context.on('weberror', (error) => complaints.push(String(error.error())));
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return {
    context,
    complaints,
    open: async (url) => {
      const page = await context.newPage();
      await page.goto(url);
      return page;
    },
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
