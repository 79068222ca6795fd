import type { Agent } from 'node:http';
import { isIP } from 'node:net';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { SocksProxyAgent } from 'socks-proxy-agent';
import { type Dispatcher, Dispatcher1Wrapper, ProxyAgent, Socks5ProxyAgent } from 'undici';

/** The one way to the network that goes through a proxy: for WebSockets and Node's requests, for undici, and for `fetch`. */
export type ProxyRoute = {
  /** Host and port, without the credentials. */
  readonly name: string;
  readonly agent: Agent;
  readonly dispatcher: Dispatcher;
  readonly fetchDispatcher: { dispatch(options: object, handler: object): boolean };
  close(): Promise<void>;
};

export type ReadProxyUrl = { readonly ok: true; readonly url: URL } | { readonly ok: false; readonly why: string };

const ports: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443', 'socks5:': '1080' };
const urlCharsMax = 2_048;

/** A proxy's address as somebody wrote it. `why` is a sentence. */
export function readProxyUrl(text: string): ReadProxyUrl {
  if (text.length > urlCharsMax) return refused(`The URL is longer than ${urlCharsMax} characters.`);
  if (!URL.canParse(text)) return refused('This is not a complete URL. Write it as in socks5://user:word@host:1080.');
  const url = new URL(text.replace(/^socks5h:/i, 'socks5:'));
  if (ports[url.protocol] === undefined) return refused('The URL must begin with http://, https:// or socks5://.');
  if (url.hostname === '') return refused('The URL names no host.');
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') {
    return refused('The URL must end with the port: a proxy has no path.');
  }
  return { ok: true, url };
}

/** Without the credentials: for people and logs. */
export const nameProxy = (url: URL): string => `${url.hostname}:${url.port || ports[url.protocol]}`;

/**
 * Whatever goes this way goes through the proxy or not at all. `ip` is the address that the host was vetted under, so that
 * its name cannot lead elsewhere meanwhile; names of targets are looked up by the proxy.
 */
export function createProxyRoute(url: URL, ip: string, connectTimeoutMs: number): ProxyRoute {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const pinned = new URL(url);
  pinned.hostname = isIP(ip) === 6 ? `[${ip}]` : ip;
  pinned.port = url.port || (ports[url.protocol] ?? '');
  const tls = isIP(host) === 0 ? { servername: host } : {};
  const dispatcher =
    url.protocol === 'socks5:'
      ? new Socks5ProxyAgent(pinned, { connectTimeout: connectTimeoutMs })
      : new ProxyAgent({ uri: pinned.href, proxyTunnel: true, proxyTls: tls });
  return {
    name: nameProxy(url),
    agent: createAgent(pinned, tls, connectTimeoutMs),
    dispatcher,
    fetchDispatcher: new Dispatcher1Wrapper(dispatcher),
    close: () => dispatcher.destroy(),
  };
}

function createAgent(pinned: URL, tls: { readonly servername?: string }, timeoutMs: number): Agent {
  if (pinned.protocol !== 'socks5:') return new HttpsProxyAgent(pinned, tls);
  // With the h names of targets reach the proxy unresolved.
  return new SocksProxyAgent(pinned.href.replace(/^socks5:/, 'socks5h:'), { timeout: timeoutMs });
}

function refused(why: string): { ok: false; why: string } {
  return { ok: false, why };
}
