#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { runPhoneCommand } from './cli/phone-command.ts';
import { type Emulator, startEmulator } from './start-emulator.ts';

const USAGE = `Usage: sluice-emulator [--host 127.0.0.1] [--port 7800] [--data-dir DIR] [--json] [--allow-remote]
       sluice-emulator phone COMMAND   drives phones of a running emulator; see: phone help`;

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

const fail = (message: string): never => {
  console.error(message);
  process.exit(64);
};

const readOptions = (argv: string[]) => {
  const { values } = parseArgs({
    args: argv,
    options: {
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '7800' },
      'data-dir': { type: 'string' },
      json: { type: 'boolean', default: false },
      'allow-remote': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) fail(`--port ${values.port} is not a port`);
  if (!LOOPBACK.has(values.host) && !values['allow-remote']) {
    fail(
      `--host ${values.host} is reachable from outside, and anyone who reaches it can do anything: say --allow-remote`,
    );
  }
  return { ...values, port };
};

const greet = ({ url, wsUrl, rootKey, mediaCaPath }: Emulator, folder: string | undefined): string =>
  `The WhatsApp emulator is ready.

  open in a browser    ${url}
  clients connect to   ${wsUrl}
  and trust root key   ${rootKey}
  for media            NODE_EXTRA_CA_CERTS=${mediaCaPath}
  control API          ${url}/control   (described at ${url}/openapi.json)
  state                ${folder ?? 'in memory only; --data-dir DIR keeps it'}

Try:
  node emulator/src/main.ts phone add --name Ada --url ${url}
  curl -X POST ${url}/control/phones -H 'content-type: application/json' -d '{"name":"Ada"}'
  curl ${url}/control/stats

Ctrl-C saves and stops.`;

const serve = async (argv: string[]): Promise<void> => {
  const options = readOptions(argv);
  if (options.help) {
    console.log(USAGE);
    return;
  }
  const folder = options['data-dir'];
  const emulator = await startEmulator({
    host: options.host,
    port: options.port,
    ...(folder === undefined ? {} : { dataDir: folder }),
  });
  const { url, wsUrl, rootKey, mediaCaPath } = emulator;
  const ready = { ready: true, url, ws_url: wsUrl, root_key: rootKey, media_ca_path: mediaCaPath, pid: process.pid };
  console.log(options.json ? JSON.stringify(ready) : greet(emulator, folder));
  const stop = (): void => {
    void emulator.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
};

const run = async ([first, ...rest]: string[]): Promise<void> => {
  if (first !== 'phone' && first !== 'phones') return serve(first === undefined ? [] : [first, ...rest]);
  console.log(await runPhoneCommand(rest, process.env.EMULATOR_URL));
};

await run(process.argv.slice(2)).catch((error: unknown) =>
  fail(error instanceof Error ? error.message : String(error)),
);
