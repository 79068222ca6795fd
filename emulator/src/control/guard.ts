import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { ControlError } from './errors.ts';

/**
 * Keeps web pages of others away from the control API, which asks nobody who they are: a browser on this machine runs
 * whatever it is shown, and reaches 127.0.0.1. Programs that are no browsers never notice.
 */

const urlOf = (text: string | undefined): URL | undefined => (text && URL.canParse(text) ? new URL(text) : undefined);

/**
 * A page whose name has been made to lead to this machine sends that name. Addresses cannot be made to lead elsewhere, and
 * names without a dot nobody can register.
 */
const isOwnHost = (host: string | undefined, listensOn: string): boolean => {
  const name = urlOf(`http://${host ?? '/'}`)?.hostname.toLowerCase();
  if (!name) return false;
  const isAddress = isIP(name.replace(/^\[|\]$/g, '')) > 0;
  return isAddress || !name.includes('.') || name.endsWith('.localhost') || name === listensOn.toLowerCase();
};

/** A browser says which page makes it ask. Following a link from another page is all that is left to those. */
const isForeignPage = (method: string, headers: IncomingHttpHeaders): boolean => {
  const { origin, host, 'sec-fetch-site': site, 'sec-fetch-mode': mode } = headers;
  if (origin !== undefined && urlOf(origin)?.host !== host) return true;
  const isElsewhere = site !== undefined && site !== 'same-origin' && site !== 'none';
  return isElsewhere && !(method === 'GET' && mode === 'navigate');
};

/** Refuses requests that a web page of somebody else has a browser make. `listensOn` is the name the emulator was given. */
export const requireNoForeignPage = (method: string, headers: IncomingHttpHeaders, listensOn: string): void => {
  if (!isOwnHost(headers.host, listensOn)) {
    throw new ControlError('host_unknown', 'the emulator is not called that; ask for it by its address');
  }
  if (isForeignPage(method, headers)) {
    throw new ControlError('foreign_page', 'pages of other origins cannot use the control API');
  }
};
