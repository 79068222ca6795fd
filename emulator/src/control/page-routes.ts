import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ControlServer } from './server.ts';

/** The page for people: files as they are, and the reader of QR codes, which the page runs in the browser. */

const FOLDER = join(import.meta.dirname, '../page');

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Nothing runs that is not a file of ours, and no text becomes markup. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const listFiles = (): Map<string, string> => {
  const own = readdirSync(FOLDER).filter((name) => extname(name) in TYPES);
  const reader = ['decode.js', 'index.js'] as const;
  const folder = join(fileURLToPath(import.meta.resolve('qr/decode.js')), '..');
  return new Map([
    ...own.map((name) => [`/page/${name}`, join(FOLDER, name)] as const),
    ...reader.map((name) => [`/page/qr/${name}`, join(folder, name)] as const),
    ['/', join(FOLDER, 'index.html')],
  ]);
};

export const addPageRoutes = (server: ControlServer): void => {
  for (const [path, file] of listFiles()) {
    server.get(path, { schema: { hide: true } }, async (_request, reply) => {
      void reply.headers({
        'content-security-policy': POLICY,
        'cross-origin-opener-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-cache',
      });
      return reply.type(TYPES[extname(file)] ?? '').send(await readFile(file));
    });
  }
};
