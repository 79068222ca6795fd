/** What runs the programs of docs/recipes.md as they stand there against a gateway, with a person at the other end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectOk } from '../support/api-client.ts';
import { type Lab, startLab } from '../support/lab.ts';
import type { Phone } from '../support/phones.ts';
import { waitFor } from '../support/wait.ts';

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docs/recipes.md'), 'utf8');

export function readSnippet(name: string): string {
  const code = new RegExp(`^\`\`\`\\w+ ${name}$\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(text)?.[1];
  if (!code) throw new Error(`docs/recipes.md has no snippet ${name}`);
  return code;
}

export type Kitchen = {
  readonly lab: Lab;
  readonly shop: { readonly id: string; readonly phone: Phone };
  readonly ann: Phone;
  readonly folder: string;
  /** What a program is given to reach the gateway. */
  environment(more?: Readonly<Record<string, string>>): Record<string, string>;
  /** Starts a program; the answer says what it has complained of so far. */
  start(command: string, args: readonly string[], env: Readonly<Record<string, string>>): () => string;
  shownToAnn(): Promise<string[]>;
  /**
   * Runs a program that listens for webhooks, once it is there and refuses what is not signed; Ann writes, and it has to
   * answer her.
   */
  serve(
    snippet: string,
    file: string,
    run: (file: string, port: number) => readonly [string, ...string[]],
  ): Promise<void>;
  close(): Promise<void>;
};

export async function openKitchen(): Promise<Kitchen> {
  const lab = await startLab();
  const folder = mkdtempSync(join(tmpdir(), 'sluice-recipes-'));
  const programs: ChildProcess[] = [];
  const shop = await lab.link('Shop');
  const ann = await lab.phones.add({ name: 'Ann' });

  const environment = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
    PATH: process.env.PATH ?? '',
    SLUICE_URL: lab.gateway().url,
    SLUICE_KEY: lab.gateway().apiKey,
    ...more,
  });
  const start: Kitchen['start'] = (command, args, env) => {
    const program = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] });
    programs.push(program);
    const said: string[] = [];
    program.stderr.on('data', (chunk) => said.push(String(chunk)));
    return () => said.join('');
  };
  const end = async (): Promise<void> => {
    for (const program of programs.splice(0)) {
      const gone = new Promise((resolve) => program.once('close', resolve));
      program.kill('SIGKILL');
      await gone;
    }
  };
  const shownToAnn = async () => (await lab.phones.shown(ann.number, shop.phone.number)).map((shown) => shown.text);

  return {
    lab,
    shop,
    ann,
    folder,
    environment,
    start,
    shownToAnn,
    serve: async (snippet, file, run) => {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}/`;
      const endpoint = await expectOk(lab.api()('POST', '/v1/endpoints', { url, events: ['message.received'] }));
      writeFileSync(file, readSnippet(snippet));
      try {
        const [command, ...args] = run(file, port);
        const env = environment({ PORT: String(port), WEBHOOK_SECRET: endpoint.secret });
        const complaints = start(command, args, env);
        await waitFor('it listens', () => refusesUnsigned(url));
        await lab.phones.send(ann.number, { to: shop.phone.number, text: snippet });
        await waitFor(`an answer (${complaints()})`, async () => (await shownToAnn()).includes(`You said: ${snippet}`));
      } finally {
        rmSync(file);
        await end();
        await expectOk(lab.api()('DELETE', `/v1/endpoints/${endpoint.id}`));
      }
    },
    close: async () => {
      await end();
      rmSync(folder, { recursive: true });
      await lab.close();
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

const refusesUnsigned = (url: string): Promise<boolean> =>
  fetch(url, { method: 'POST', body: '{}' }).then(
    ({ status }) => status === 401,
    () => false,
  );
