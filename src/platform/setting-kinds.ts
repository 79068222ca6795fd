import { isIP } from 'node:net';
import * as z from 'zod';

/** How one kind of setting is written in the environment: what is allowed, in words, and how it is read. */
export interface Kind<T> {
  readonly allowed: string;
  /** undefined when the text is not allowed. */
  readonly read: (text: string) => T | undefined;
  /** True when neither the value nor a default may be shown anywhere. */
  readonly secret?: boolean;
}

/** A setting that is absent from the configuration when it is not given. */
export const optional = <T>(kind: Kind<T>, description: string) =>
  readKind(kind)
    .optional()
    .meta(about(kind, description, undefined));

/** A setting with a default, which is written and checked as if it had been given. */
export const preset = <T>(kind: Kind<T>, defaultText: string, description: string) =>
  readKind(kind)
    .prefault(defaultText)
    .meta(about(kind, description, defaultText));

const about = (kind: Kind<unknown>, description: string, defaultText: string | undefined) => ({
  description,
  allowed: kind.allowed,
  defaultText,
});

const readKind = <T>(kind: Kind<T>) =>
  z.string().transform((text, context): T => {
    const value = kind.read(text);
    if (value !== undefined) return value;
    const was = kind.secret ? 'what was given is not allowed' : `"${text.slice(0, 80)}" is not allowed`;
    context.addIssue({ code: 'custom', message: `${was}; it must be ${kind.allowed}` });
    return z.NEVER;
  });

export const whole = (min: number, max: number, unit = ''): Kind<number> => ({
  allowed: `a whole number from ${min} to ${max}${unit && ` ${unit}`}`,
  read: (text) => within(/^\d{1,15}$/.test(text) ? Number(text) : Number.NaN, min, max),
});

export const milliseconds = (min: number, max: number): Kind<number> => whole(min, max, '(milliseconds)');

export const decimal = (min: number, max: number): Kind<number> => ({
  allowed: `a number from ${min} to ${max}`,
  read: (text) => within(/^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN, min, max),
});

const within = (value: number, min: number, max: number) => (value >= min && value <= max ? value : undefined);

export const oneOf = <const T extends string>(...words: readonly T[]): Kind<T> => ({
  allowed: `one of ${words.join(', ')}`,
  read: (text) => words.find((word) => word === text),
});

export const flag: Kind<boolean> = {
  allowed: '1 or 0',
  read: (text) => ({ 1: true, true: true, 0: false, false: false })[text.toLowerCase()],
};

export const folder: Kind<string> = {
  allowed: 'a path',
  read: (text) => (text.includes('\0') ? undefined : text),
};

export const hostName: Kind<string> = {
  allowed: 'an IP address or a host name',
  read: (text) => (isIP(text) || isHostName(text) ? text : undefined),
};

const isHostName = (text: string) =>
  text.length <= 253 && /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i.test(text);

export const secretText: Kind<string> = {
  allowed: 'at least 32 characters, best made by `openssl rand -base64 32`',
  read: (text) => (text.length >= 32 && text.length <= 1024 ? text : undefined),
  secret: true,
};

export const httpUrl: Kind<string> = {
  allowed: 'an http or https URL without query, fragment or sign-in',
  read: (text) => {
    const url = URL.parse(text);
    if (!url || !/^https?:$/.test(url.protocol)) return undefined;
    if (url.search || url.hash || url.username || url.password) return undefined;
    return url.href.replace(/\/+$/, '');
  },
};

export const webSocketUrl: Kind<string> = {
  allowed: 'a ws or wss URL without a sign-in',
  read: (text) => {
    const url = URL.parse(text);
    return url && /^wss?:$/.test(url.protocol) && !url.username && !url.password ? url.href : undefined;
  },
};

export const key32: Kind<Uint8Array> = {
  allowed: 'the base64 of exactly 32 bytes',
  read: (text) => {
    const bytes = Buffer.from(text, 'base64');
    const same = bytes.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '');
    return same && bytes.length === 32 ? new Uint8Array(bytes) : undefined;
  },
};

export const webVersion: Kind<readonly [number, number, number]> = {
  allowed: 'three numbers with dots, as in 2.3000.1027934701',
  read: (text) => {
    const found = /^(\d{1,10})\.(\d{1,10})\.(\d{1,10})$/.exec(text);
    return found ? Object.freeze([Number(found[1]), Number(found[2]), Number(found[3])] as const) : undefined;
  },
};

export const secondsList = (itemsMax: number, secondsMax: number): Kind<readonly number[]> => ({
  allowed: `1 to ${itemsMax} numbers of seconds with commas between, each from 0 to ${secondsMax}`,
  read: (text) => {
    const items = text.split(',').map((item) => decimal(0, secondsMax).read(item.trim()));
    const waitsMs = items.flatMap((seconds) => (seconds === undefined ? [] : [Math.round(seconds * 1000)]));
    return waitsMs.length === items.length && items.length <= itemsMax ? Object.freeze(waitsMs) : undefined;
  },
});

export const addressList = (itemsMax: number): Kind<readonly string[]> => ({
  allowed: `at most ${itemsMax} networks (10.0.0.0/8), addresses or host names with commas between`,
  read: (text) => {
    const items = text
      .split(',')
      .map((item) => item.trim().toLowerCase())
      .filter((item) => item !== '');
    return items.length <= itemsMax && items.every(isAddressOrNetwork) ? Object.freeze(items) : undefined;
  },
});

function isAddressOrNetwork(item: string): boolean {
  const [address = '', prefix, ...rest] = item.split('/');
  const family = isIP(address);
  if (prefix === undefined) return family !== 0 || isPlainHostName(address);
  const bitsMax = family === 6 ? 128 : 32;
  return family !== 0 && rest.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= bitsMax;
}

// 10.0.0.300 or 10.1 are mistakes, not names.
const isPlainHostName = (item: string) => isHostName(item) && !/^[\d.]+$/.test(item);

export const headerPrefix: Kind<string> = {
  allowed: 'letters, digits and single hyphens, as in X-Sluice, at most 40 characters',
  read: (text) => (text.length <= 40 && /^[a-z0-9]+(-[a-z0-9]+)*$/i.test(text) ? text : undefined),
};
