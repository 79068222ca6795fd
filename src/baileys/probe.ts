import { connect } from 'node:net';
import { DEFAULT_CONNECTION_CONFIG } from 'baileys';
import { startTimer } from '../platform/index.ts';

const standardPorts: Readonly<Record<string, number>> = { 'wss:': 443, 'ws:': 80 };

/** Opens and closes a TCP connection to the WhatsApp Web server. Says nothing to it: it is asked often, by everybody. */
export function probeServer(url: string | undefined, timeoutMs: number): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url ?? DEFAULT_CONNECTION_CONFIG.waWebSocketUrl);
  const host = hostname.replace(/^\[|\]$/g, '');
  const socket = connect({ host, port: port === '' ? (standardPorts[protocol] ?? 443) : Number(port) });
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const cancel = startTimer(timeoutMs, () => resolve(false));
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  return promise.finally(() => {
    cancel();
    socket.destroy();
  });
}
