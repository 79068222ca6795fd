#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readFirstKeys, renewLostAdminKey, startGateway } from './app/index.ts';
import { type Config, parseConfig, startTimer } from './platform/index.ts';

// sysexits.h: the configuration is at fault, so a supervisor should not try again.
const exitConfig = 78;
const exitUsage = 64;

const usage = `sluice             starts the gateway; settings come from the environment (docs/configuration.md)
sluice key show    prints the API key and the admin key that were made at the first start
sluice key renew   makes a new admin key in place of a lost one and prints it, while the gateway is stopped
sluice help        prints this`;

// Whatever is made from here on, database included, is the owner's alone.
process.umask(0o077);

const [command = 'start', ...rest] = process.argv.slice(2);
const words = [command, ...rest].join(' ');
if (words === 'start') await start(readConfig());
else if (words === 'key show') showKeys(readConfig());
else if (words === 'key renew') await renewKey(readConfig());
else {
  console.log(usage);
  process.exitCode = ['help', '--help', '-h'].includes(words) ? 0 : exitUsage;
}

function readConfig(): Config {
  const outcome = parseConfig(process.env);
  for (const warning of outcome.warnings) console.error(`Warning: ${warning}`);
  if (outcome.ok) return outcome.config;
  refuse(outcome.problems.join('\n'));
}

function refuse(sentence: string): never {
  console.error(sentence);
  process.exit(exitConfig);
}

async function start(config: Config): Promise<void> {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const outcome = await startGateway(config, String(version), process.env.PATH);
  if (outcome.kind === 'refused') refuse(outcome.sentence);
  const { gateway } = outcome;
  for (const warning of gateway.warnings) console.error(banner(warning));
  console.log(greeting(gateway.url, gateway.firstKeys, config.dataDir));

  const stop = (): void => {
    startTimer(config.shutdownGraceMs, () => process.exit(1));
    gateway.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

function greeting(url: string, keys: { path: string; madeNow: boolean; kept: boolean }, dataDir: string): string {
  const elsewhere = resolve(dataDir) === resolve('data') ? '' : `DATA_DIR=${dataDir} `;
  const command = `"${elsewhere}npx sluice key show" prints`;
  return [
    `Sluice listens on ${url}`,
    `  docs      ${url}/docs`,
    `  health    ${url}/readyz`,
    ...(keys.madeNow
      ? [`  keys      were made now and are in ${keys.path} (only you can read it); ${command} them`]
      : []),
    ...(keys.kept && !keys.madeNow ? [`  keys      ${command} those of the first start`] : []),
  ].join('\n');
}

function banner(warning: string): string {
  const line = '!'.repeat(72);
  return `${line}\n!! ${warning}\n${line}`;
}

function showKeys(config: Config): void {
  const path = resolve(config.dataDir);
  const text = readFirstKeys({ path });
  if (text === undefined)
    refuse(`There are no keys in ${path}: start the gateway there first, or the file was removed.`);
  process.stdout.write(text);
}

async function renewKey(config: Config): Promise<void> {
  const outcome = await renewLostAdminKey(config);
  if (outcome.kind === 'refused') refuse(outcome.sentence);
  console.log(outcome.secret);
}
