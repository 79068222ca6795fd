import type { AuthenticationCreds, BinaryNode, WASocket } from 'baileys';
import type { CloseReason, ConnectionUpdate, NetworkSession, Route, SessionHost } from '../network/index.ts';
import { now, startTimer } from '../platform/index.ts';
import { createAppState } from './app-state.ts';
import { askWhatsApp } from './ask.ts';
import { readCredentials, selfOf } from './credentials.ts';
import { createDeviceCache } from './device-cache.ts';
import { decodeInOrder } from './frame-order.ts';
import { createGroupSending } from './group-sending.ts';
import { createInboundGate, type InboundGate } from './inbound-gate.ts';
import { interpretPresence } from './interpret-presence.ts';
import { createKeyCache } from './key-cache.ts';
import { listenToSocket } from './listen-to-socket.ts';
import { lookUpPhones } from './look-up.ts';
import { downloadFile, uploadFile } from './media-transfer.ts';
import { openSocket } from './open-socket.ts';
import type { BaileysOptions } from './options.ts';
import { removeDevice } from './remove-device.ts';
import { createSender, type Sender } from './send-message.ts';
import { createSessionStore } from './session-store.ts';
import { createSignalKeys } from './signal-keys.ts';
import { createWire, type Wire } from './wire.ts';

/** What is under way in the store when a session ends may take this long before the end is said all the same. */
const settleMs = 5_000;
const goodbyeMs = 1_000;

type Live = {
  readonly creds: AuthenticationCreds;
  readonly socket: WASocket;
  readonly wire: Wire;
  readonly gate: InboundGate;
  readonly sender: Sender;
};

/** One socket from its opening to its end. Every way to its end goes through `end`, which says `closed` once. */
export function openSession(options: BaileysOptions, host: SessionHost): NetworkSession {
  const { timings } = options;
  const log = options.log.child({ instance_id: host.instanceId });
  const store = createSessionStore(host.store, (error) => {
    log.error({ err: error }, 'the store failed');
    end('storage_failed', 'what WhatsApp sent could not be kept, or what was kept could not be read');
  });
  const cache = createKeyCache(store);
  const keys = createSignalKeys(cache);
  const appState = createAppState({ keys, store, commit: cache.commit });
  const devices = createDeviceCache(store);
  const ended = Promise.withResolvers<void>();
  const caughtUp = Promise.withResolvers<void>();
  let live: Live | undefined;
  let route: Route | undefined;
  let ending = false;
  let open = false;
  let pairable = false;
  let lastFrameAtMs: number | undefined;
  const cancelDeadline = startTimer(timings.connectTimeoutMs, () => end('network', 'WhatsApp did not answer in time'));

  function say(update: ConnectionUpdate): void {
    if (ending) return;
    if (update.state === 'qr' || update.state === 'connected') cancelDeadline();
    pairable = update.state === 'qr';
    if (update.state === 'connected') open = true;
    host.say(update);
    if (update.state === 'connected') void catchUp();
  }

  /** What was changed elsewhere and not read before the last connection ended. */
  async function catchUp(): Promise<void> {
    try {
      const stale = await appState.readStale();
      if (stale.length > 0) await live?.socket.resyncAppState(stale, false);
    } catch (error) {
      log.debug({ err: error }, 'shared settings could not be read again');
    }
  }

  function end(reason: CloseReason, detail: string, goodbye = false): void {
    if (ending) return;
    ending = true;
    open = false;
    cancelDeadline();
    store.stop();
    devices.stop();
    appState.stop();
    live?.gate.stop();
    if (goodbye) live?.wire.hangUp(goodbyeMs);
    else live?.wire.cut();
    live?.sender.stop(`the connection ended: ${reason}`);
    void finish(reason, detail);
  }

  async function finish(reason: CloseReason, detail: string): Promise<void> {
    await Promise.all([store.settle(settleMs), live?.wire.gone]);
    if (live !== undefined) await dismantle(live.socket);
    await route?.close();
    live = undefined;
    host.say({ state: 'closed', reason, detail: route ? `${detail} (through the proxy ${route.name})` : detail });
    ended.resolve();
  }

  function assemble(creds: AuthenticationCreds, route: Route | undefined): Live {
    const groups = createGroupSending({ keys, instanceId: host.instanceId, creds });
    const socket = openSocket({
      groups,
      options,
      host,
      store,
      keys,
      appState,
      creds,
      log,
      devices,
      route,
      partOf: (bytes) => live?.gate.partOf(bytes),
    });
    const wire = createWire(socket.ws, {
      mayWrite: () => host.mayWrite(),
      leaseLost: () => end('lease_lost', 'another worker may own this instance by now'),
    });
    const gate = createInboundGate(socket.ws, {
      record: (inbound, node) => store.commit({ inbound, keys: appState.marksOf(node) }),
      self: () => selfOf(creds) ?? {},
      pause: wire.pause,
      resume: wire.resume,
      frameCame: () => {
        lastFrameAtMs = now();
      },
      listenerFailed: (error) => log.debug({ err: error }, 'a listener of Baileys failed'),
    });
    const see = (node: BinaryNode): void => {
      const update = interpretPresence(node, selfOf(creds) ?? {});
      if (update !== undefined && !ending) host.see?.(update);
    };
    socket.ws.on('CB:presence', see);
    socket.ws.on('CB:chatstate', see);
    const sender = createSender({
      socket,
      wire,
      sendTimeoutMs: timings.sendTimeoutMs,
      ackTimeoutMs: timings.ackTimeoutMs,
      stalled: (detail) => end('send_stalled', detail),
      self: () => selfOf(creds) ?? {},
      restricted: (code) => say({ state: 'restricted', code }),
      prepareGroup: (group) => groups.prepare(socket, group),
      clearGroupMemory: async (group) => keys.set({ 'sender-key-memory': { [group]: null } }),
      forgetDevices: (user) => devices.forget(user),
    });
    return { creds, socket, wire, gate, sender };
  }

  async function start(): Promise<void> {
    try {
      const creds = readCredentials(await store.readCredentials());
      route = await host.openRoute();
      if (ending) return void route?.close();
      // All in one tick with the making of the socket: nothing can have come or gone before we stand in between.
      live = assemble(creds, route);
      decodeInOrder(live.socket.ws, () => end('network', 'a frame could not be decoded'));
      listenToSocket({
        ...live,
        timings,
        say,
        end,
        cancelDeadline,
        caughtUp: caughtUp.resolve,
        commit: (credentials) => store.commit({ credentials }),
      });
    } catch (error) {
      end('network', error instanceof Error ? error.message : 'the socket could not be made');
    }
  }

  void start();

  return {
    send: (input) =>
      live !== undefined && open
        ? live.sender.send(input)
        : Promise.resolve({ kind: 'not_sent', reason: 'the instance is not connected' }),
    lookUp: async (phones) => {
      if (live === undefined || !open) throw new Error('The instance is not connected.');
      return lookUpPhones(live.socket, phones, timings.queryTimeoutMs);
    },
    uploadMedia: (input) =>
      live !== undefined && open
        ? uploadFile({ socket: live.socket, route }, input)
        : Promise.resolve({ kind: 'failed', detail: 'the instance is not connected' }),
    downloadMedia: (input) =>
      live !== undefined && open
        ? downloadFile(
            { socket: live.socket, route, askMs: timings.queryTimeoutMs, isOwnServer: options.url !== undefined },
            input,
          )
        : Promise.resolve({ kind: 'failed', detail: 'the instance is not connected' }),
    requestLinkCode: async (phone) => {
      if (live === undefined || !pairable) throw new Error('The session shows no QR code.');
      return live.socket.requestPairingCode(phone);
    },
    ask: (kind, input) =>
      live !== undefined && open
        ? askWhatsApp(live.socket, kind, input, timings.queryTimeoutMs, { caughtUp: caughtUp.promise })
        : Promise.resolve({ kind: 'unanswered', reason: 'the instance is not connected' }),
    close: () => {
      end('closed', 'closed by us', true);
      return ended.promise;
    },
    unlink: async () => {
      const told = live !== undefined && open && (await removeDevice(live.socket, timings.queryTimeoutMs));
      if (told) end('unlinked', 'WhatsApp confirmed that this device was removed', true);
      else end('closed', 'WhatsApp did not confirm that this device was removed', true);
      return ended.promise;
    },
    health: () => ({ ...(lastFrameAtMs === undefined ? {} : { lastFrameAtMs }), ...live?.sender.health() }),
  };
}

/**
 * Has Baileys stop its timers. It takes its listeners off before it closes, so queries that still wait are woken by an error,
 * or they would sit there until their time is up.
 */
async function dismantle(socket: WASocket): Promise<void> {
  await socket.end(undefined);
  socket.ws.emit('error', new Error('The connection is closed.'));
  socket.ws.removeAllListeners();
  socket.ws.on('error', () => {});
}
