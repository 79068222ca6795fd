import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHttpServer, type HttpDeps } from '../src/http/index.ts';
import { createLog, createMetrics, parseConfig, systemClock } from '../src/platform/index.ts';

/** The text of openapi.json: what a server with the default settings says of itself, without one being started. */
export async function renderOpenApi(): Promise<string> {
  const settings = parseConfig({});
  if (!settings.ok) throw new Error(settings.problems.join('\n'));
  const server = createHttpServer({
    config: settings.config,
    clock: systemClock,
    log: createLog({ level: 'silent' }),
    metrics: createMetrics(),
    version: readVersion(),
    ...nothing<'db' | 'bus' | 'vault' | 'pepper'>(),
    ...nothing<'networkAccess' | 'describeRaw' | 'blobs' | 'downloadFile' | 'findAddress' | 'storyAddress'>(),
    ...nothing<'endpoints' | 'checkUrl' | 'newNetworkId' | 'destinationOf' | 'readWorkerStatus' | 'hasDiskRoom'>(),
    ...nothing<'convertsVoice'>(),
  });
  const document = await server.openapi();
  await server.close();
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** No route is called while the document is made, so that what only routes use can be missing; used, it would throw. */
const nothing = <K extends keyof HttpDeps>(): Pick<HttpDeps, K> => ({}) as Pick<HttpDeps, K>;

function readVersion(): string {
  const text = readFileSync(join(import.meta.dirname, '../package.json'), 'utf8');
  const { version }: { version: string } = JSON.parse(text);
  return version;
}
