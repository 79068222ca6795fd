import { type Bindings, type ChildLoggerOptions, type DestinationStream, type Logger, pino } from 'pino';

/** Log fields, not sentences: `log.info({ messageId, outcome }, 'message sent')`. */
export type Log = Logger;

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

const hidden = '[hidden]';
const depthMax = 6;

// Compared after lower-casing and dropping "-" and "_", so that apiKey, api_key and x-api-key are one.
const hiddenNames = new Set(
  'to,from,text,body,caption,phone,phonenumber,msisdn,number,recipient,participant,jid,qr,pairingcode,password,passphrase,pepper,cookie,setcookie,authorization,proxyauthorization,creds,credentials'.split(
    ',',
  ),
);
const hiddenEndings = [
  'secret',
  'secrets',
  'token',
  'apikey',
  'secretskey',
  'secretskeyprevious',
  'privatekey',
  'rootkey',
  'pepper',
];

/**
 * A log that writes one JSON line an outcome and hides, at any depth, what must not be in a log: by the name of the field
 * (secrets, keys, authorization, texts, recipients), and by shape inside strings (API keys, bearer tokens, phone numbers).
 */
export function createLog(options: { level: LogLevel; destination?: DestinationStream }): Log {
  const log = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: hideFields },
      // hideFields has told the error already.
      serializers: { err: (told: unknown) => told },
      hooks: { streamWrite: hideShapes },
    },
    options.destination ?? pino.destination({ fd: 1, sync: true }),
  );
  return hideInChildren(log);
}

/** pino takes the fields of a child as they are; children inherit this method, so theirs are hidden too. */
function hideInChildren(log: Log): Log {
  const makeChild: (this: Log, fields: Bindings, options?: ChildLoggerOptions) => Log = log.child;
  const child = function (this: Log, fields: Bindings, options?: ChildLoggerOptions): Log {
    return makeChild.call(this, hideFields(fields), options);
  };
  return Object.assign(log, { child });
}

function hideFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, hideValue(name, value, 1)]));
}

function hideValue(name: string, value: unknown, depth: number): unknown {
  if (value === undefined || value === null) return value;
  if (isHiddenName(name)) return hidden;
  if (typeof value !== 'object') return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Date) return value;
  if (depth >= depthMax) return '[deeper]';
  if (Array.isArray(value)) return value.map((item) => hideValue('', item, depth + 1));
  const own = Object.entries(value).map(([key, inner]) => [key, hideValue(key, inner, depth + 1)]);
  if (!(value instanceof Error)) return Object.fromEntries(own);
  const told = { type: value.name, message: value.message, stack: value.stack };
  const cause = value.cause === undefined ? {} : { cause: hideValue('cause', value.cause, depth + 1) };
  return { ...Object.fromEntries(own), ...told, ...cause };
}

function isHiddenName(name: string): boolean {
  const plain = name.toLowerCase().replaceAll(/[-_]/g, '');
  return hiddenNames.has(plain) || hiddenEndings.some((ending) => plain.endsWith(ending));
}

function hideShapes(line: string): string {
  return line
    .replaceAll(/\bslc_[a-z]+_[A-Za-z0-9_-]+/g, hidden)
    .replaceAll(/\bBearer +[^\s"\\]+/gi, `Bearer ${hidden}`)
    .replaceAll(/\+\d[\d ()-]{5,17}\d/g, hidden)
    .replaceAll(/\b\d{7,16}(?=(?::\d+)?@)/g, hidden);
}
