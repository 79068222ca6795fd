/** `npm run check`, in the root: all that can be said without running the program, side by side, a line each. */
import { spawn } from 'node:child_process';

const parts: Readonly<Record<string, readonly string[]>> = {
  types: ['node_modules/typescript/bin/tsc', '--noEmit'],
  'types of pages': ['node_modules/typescript/bin/tsc', '--project', 'emulator/src/page'],
  'lint and format': ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '--max-diagnostics=50'],
  layers: ['scripts/check-layers.ts'],
  style: ['scripts/check-style.ts'],
  'dead code': ['node_modules/knip/bin/knip.js', '--no-config-hints'],
  'code for tests only': [
    'node_modules/knip/bin/knip.js',
    '--production',
    '--include',
    'exports,nsExports',
    '--no-config-hints',
  ],
  'generated files': ['scripts/docs.ts', '--check'],
};

async function runPart(name: string, args: readonly string[]): Promise<boolean> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(20)} ${seconds.padStart(5)} s`);
  if (code !== 0) console.log(Buffer.concat(said).toString().trimEnd());
  return code === 0;
}

const outcomes = await Promise.all(Object.entries(parts).map(([name, args]) => runPart(name, args)));
process.exitCode = outcomes.every((isFine) => isFine) ? 0 : 1;
