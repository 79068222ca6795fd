import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { addBusinessRoutes } from './control/business-routes.ts';
import { addCallRoutes } from './control/call-routes.ts';
import { addChangesRoutes } from './control/changes-routes.ts';
import { addClientRoutes } from './control/client-routes.ts';
import { addCommunityRoutes } from './control/community-routes.ts';
import { addGroupRoutes } from './control/group-routes.ts';
import { addMessageRoutes } from './control/message-routes.ts';
import { addNewsletterRoutes } from './control/newsletter-routes.ts';
import { addPageRoutes } from './control/page-routes.ts';
import { addPeopleRoutes } from './control/people-routes.ts';
import { addPhoneRoutes } from './control/phone-routes.ts';
import { addSendRoutes } from './control/send-routes.ts';
import { createControlServer } from './control/server.ts';
import { addSettingsRoutes } from './control/settings-routes.ts';
import { addStoryRoutes } from './control/story-routes.ts';
import { addWorldRoutes } from './control/world-routes.ts';
import { createFaults } from './faults/faults.ts';
import { startMediaHost } from './media/media-host.ts';
import { createAdmission } from './server/admit.ts';
import { createChannel } from './server/channel.ts';
import { createBlobs } from './world/blobs.ts';
import { createChanges } from './world/changes.ts';
import { createStore } from './world/store.ts';
import { loadWorld, type World } from './world/world.ts';

export type EmulatorOptions = {
  host?: string;
  /** 0 takes a free one. */
  port?: number;
  /** Where the world outlives the process; without it everything is forgotten at the end. */
  dataDir?: string;
  /** Lifetime of the first QR code and of each later one. */
  pairingRefMs?: { first: number; next: number };
  /** Of the media host; without it the one of the last time, or a free one. */
  mediaPort?: number;
  /** Lifetime of an eight-character pairing code. */
  linkCodeMs?: number;
};

export type Emulator = {
  url: string;
  wsUrl: string;
  /** Base64 of the 32-byte root public key: what clients have to trust. */
  rootKey: string;
  /** PEM file of the authority that clients have to trust to exchange media, as in NODE_EXTRA_CA_CERTS. */
  mediaCaPath: string;
  stop: () => Promise<void>;
};

const VERSION = '0.1.0';

const WEB_SOCKET_PATH = '/ws/chat';
const PAYLOAD_BYTES_MAX = 16 * 1024 * 1024;

const acceptUpgrades = (world: World, sockets: WebSocketServer) => {
  const admit = createAdmission(world);
  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const path = request.url?.split('?')[0];
    if (path !== WEB_SOCKET_PATH) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => createChannel(world, client, admit));
  };
};

const formatAddress = (address: AddressInfo): string =>
  `${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;

/** Puts the certificate where clients can be told to find it: the data folder, or a temporary one that goes at the end. */
const writeAuthority = (certificate: string, dataDir: string | undefined) => {
  const folder = resolve(dataDir ?? mkdtempSync(join(tmpdir(), 'sluice-emulator-')));
  const path = join(folder, 'media-ca.pem');
  writeFileSync(path, certificate);
  const remove = (): void => {
    if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
  };
  return { path, remove };
};

/** Starts an emulator and resolves once clients can connect. Many may run in one process. */
export const startEmulator = async (options: EmulatorOptions = {}): Promise<Emulator> => {
  const store = createStore(options.dataDir);
  const changes = createChanges();
  const world = loadWorld(store, createFaults(changes), {
    pairingRefMs: options.pairingRefMs ?? { first: 60_000, next: 20_000 },
    linkCodeMs: options.linkCodeMs ?? 180_000,
    blobs: createBlobs(options.dataDir),
    changes,
  });
  const rootKey = world.identity.root.publicKey.toString('base64');
  const host = options.host ?? '127.0.0.1';
  const server = await createControlServer(VERSION, host);
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: PAYLOAD_BYTES_MAX });
  let address = '';
  const wsUrl = (): string => `ws://${address}${WEB_SOCKET_PATH}`;
  const { path: mediaCaPath, remove: removeCa } = writeAuthority(world.media.authority.certificate, options.dataDir);
  addWorldRoutes(server, world, () => ({
    ws_url: wsUrl(),
    root_key: rootKey,
    media_url: `https://${world.media.host}`,
    media_ca_path: mediaCaPath,
    version: VERSION,
  }));
  addPhoneRoutes(server, world);
  addClientRoutes(server, world);
  addMessageRoutes(server, world);
  addSendRoutes(server, world);
  addStoryRoutes(server, world);
  addCallRoutes(server, world);
  addBusinessRoutes(server, world);
  addSettingsRoutes(server, world);
  addNewsletterRoutes(server, world);
  addGroupRoutes(server, world);
  addCommunityRoutes(server, world);
  addPeopleRoutes(server, world);
  addChangesRoutes(server, world);
  addPageRoutes(server);
  server.server.on('upgrade', acceptUpgrades(world, sockets));
  const [, lastPort] = store.load('media-port')[0] ?? [];
  const mediaPort = options.mediaPort ?? (typeof lastPort === 'number' ? lastPort : 0);
  await server.listen({ host, port: options.port ?? 0 });
  const mediaHost = await startMediaHost(world, host, mediaPort);
  address = formatAddress(server.server.address() as AddressInfo);

  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    for (const client of sockets.clients) client.terminate();
    await server.close();
    sockets.close();
    await mediaHost.stop();
    removeCa();
    store.close();
  };
  return {
    url: `http://${address}`,
    wsUrl: wsUrl(),
    rootKey,
    mediaCaPath,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
};
