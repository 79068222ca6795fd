import { isIPv4 } from 'node:net';
import * as z from 'zod';
import {
  addressList,
  decimal,
  flag,
  folder,
  headerPrefix,
  hostName,
  httpUrl,
  key32,
  milliseconds,
  oneOf,
  optional,
  preset,
  secondsList,
  secretText,
  webSocketUrl,
  webVersion,
  whole,
} from './setting-kinds.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;

const server = {
  port: preset(whole(0, 65_535), '3000', 'Port of the HTTP server. 0 takes a free one.'),
  host: preset(
    hostName,
    '127.0.0.1',
    'Address that the HTTP server listens on. The default is reachable from this machine only; in a container, or behind a proxy on another machine, set 0.0.0.0 and put TLS in front.',
  ),
  publicUrl: optional(
    httpUrl,
    'Address under which others reach this server, for links in answers. Without it, links are relative.',
  ),
  bodyLimitBytes: preset(
    whole(1_024, 16_777_216, '(bytes)'),
    '262144',
    'Largest request body that is read; a larger one is answered with 413 `body_too_large`.',
  ),
  logLevel: preset(
    oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    'info',
    'The least severe lines that are logged.',
  ),
  shutdownGraceMs: preset(
    milliseconds(0, 10 * minuteMs),
    '8000',
    'How long a stop may take to finish what is in flight before the process ends anyway. Keep it under the time that your supervisor waits (Docker: 10 s).',
  ),
};

const storage = {
  dataDir: preset(
    folder,
    './data',
    'Folder of the database and of everything else that must survive a restart. One process holds it at a time.',
  ),
  secretsKey: optional(
    secretText,
    'Encrypts credentials and endpoint secrets in the database. When it is not given, one is made on first start and kept in the data folder, which does not protect a copied folder.',
  ),
  secretsKeyPrevious: optional(
    secretText,
    'The former SECRETS_KEY while what it encrypted is still read; new data is encrypted with SECRETS_KEY.',
  ),
  apiKeyPepper: optional(
    secretText,
    'Mixed into the stored hashes of API keys. When it is not given, one is made on first start and kept in the data folder. Changing it makes every API key invalid.',
  ),
  diskReserveBytes: preset(
    whole(0, 1_099_511_627_776, '(bytes)'),
    '268435456',
    'Free disk space below which nothing new is accepted: 503 `storage_unavailable`.',
  ),
};

const limits = {
  rateLimitBurst: preset(
    whole(1, 1_000_000),
    '60',
    'Requests that a customer can make at once before its bucket is empty.',
  ),
  rateLimitPerSecond: preset(
    decimal(0.001, 100_000),
    '1',
    "Requests a second that flow back into a customer's bucket.",
  ),
  idempotencyKeepDays: preset(whole(1, 90, '(days)'), '7', 'How long an Idempotency-Key is remembered.'),
  laneDepthMax: preset(
    whole(1, 10_000_000),
    '10000',
    'Jobs that may wait in one lane; one more message is answered with 429 `lane_full`.',
  ),
  paceMessagesPerMinute: preset(
    whole(0, 6_000),
    '60',
    'How many messages an instance sends in a minute unless its setting `messages_per_minute` says otherwise; 0 for no limit. Numbers that send like machines get restricted.',
  ),
  paceNewChatsPerDay: preset(
    whole(0, 100_000),
    '100',
    'How many people who never wrote to it an instance writes to first within 24 hours unless its setting `new_chats_per_day` says otherwise; 0 for no limit.',
  ),
  typingMsPerChar: preset(
    whole(0, 1_000, '(milliseconds)'),
    '50',
    'How long an instance whose setting `typing` is on is seen typing for each character, up to TYPING_MS_MAX.',
  ),
  typingMsMax: preset(whole(0, 30_000, '(milliseconds)'), '5000', 'The longest that an instance is seen typing for.'),
  scheduledMax: preset(
    whole(1, 10_000_000),
    '10000',
    'Messages of one instance that may wait for their `send_at`; one more is answered with 422 `limit_reached`.',
  ),
};

const streams = {
  eventStreamsPerCustomerMax: preset(
    whole(1, 10_000),
    '20',
    'Streams of `GET /v1/events` that a customer can have open; one more is answered with 429 `stream_limit`.',
  ),
  eventStreamsMax: preset(whole(1, 100_000), '1000', 'Streams of events that this process holds, of all customers.'),
  eventStreamHeartbeatMs: preset(
    milliseconds(10, 10 * minuteMs),
    '25000',
    'Longest silence on a stream of events: after it a comment is sent, so that no proxy takes it for dead. A reader that takes nothing for four times as long is cut off, and can resume.',
  ),
};

const media = {
  mediaMaxBytes: preset(
    whole(1, 2_147_483_648, '(bytes)'),
    '104857600',
    'Largest file that is taken, uploaded or from a URL; a larger one is answered with 413 `media_too_large`.',
  ),
  mediaQuotaBytes: preset(
    whole(0, 1_125_899_906_842_624, '(bytes)'),
    '10737418240',
    'What the files of one customer may take together, received ones included; one more is answered with 422 `limit_reached`.',
  ),
  mediaKeepUploadsDays: preset(
    whole(1, 3_650, '(days)'),
    '30',
    'How long the content of an uploaded file is kept. One that a waiting message needs is kept until that has left.',
  ),
  mediaKeepInboundDays: preset(
    whole(1, 3_650, '(days)'),
    '30',
    'How long the content of a received file is kept; afterwards it can be asked for again while WhatsApp has it.',
  ),
  mediaAutoFetchMaxBytes: preset(
    whole(0, 2_147_483_648, '(bytes)'),
    '67108864',
    'Largest file that is fetched by itself when it comes in; 0 for none. Others are fetched when they are asked for.',
  ),
  mediaTriesMax: preset(
    whole(1, 1_000),
    '30',
    'How often a file is tried to be brought to WhatsApp, or fetched from it, before that has failed: the pauses grow to a minute, so that this many take about twenty-five.',
  ),
  mediaTransferTimeoutMs: preset(
    milliseconds(10, hourMs),
    '600000',
    "How long bringing a file to WhatsApp's media host, or fetching one from it, may take before it is tried again.",
  ),
  ffmpegPath: optional(
    folder,
    'Where ffmpeg is, which makes voice messages of sounds that are no OGG with Opus. Without this setting it is looked for in PATH; where it is not, such sounds are answered with 422 `conversion_unavailable`.',
  ),
  mediaFetchTimeoutMs: preset(
    milliseconds(10, 10 * minuteMs),
    '60000',
    'How long fetching a file from a URL may take, redirects included.',
  ),
};

const webhooks = {
  webhookRetryWaitsMs: preset(
    secondsList(20, 604_800),
    '0,10,60,300,1800,7200',
    'Seconds before each attempt of a delivery, the first included, each with 20 % of jitter either way. After the last one the delivery has failed and can be replayed.',
  ).meta({
    name: 'WEBHOOK_RETRY_SCHEDULE',
  }),
  webhookRetryAfterMaxMs: preset(
    milliseconds(0, 24 * hourMs),
    '3600000',
    'The longest wait that an endpoint can ask for by `Retry-After`. It never shortens the wait of the schedule.',
  ),
  webhookDisableAfterMs: preset(
    milliseconds(0, 90 * 24 * hourMs),
    '432000000',
    'How long an endpoint may answer nothing with a 2xx before the next delivery that fails for good disables it; five days unless set otherwise, 0 for never.',
  ),
  webhookMaxPerEndpoint: preset(
    whole(1, 256),
    '8',
    'Deliveries in flight per endpoint; fewer where the order of events is kept.',
  ),
  webhookMaxPerHost: preset(whole(1, 1_024), '16', 'Deliveries in flight per customer and origin.'),
  webhookConnectTimeoutMs: preset(milliseconds(1, minuteMs), '5000', 'How long connecting to an endpoint may take.'),
  webhookTimeoutMs: preset(
    milliseconds(1, 5 * minuteMs),
    '15000',
    'How long one attempt may take, connecting included.',
  ),
  webhookHeaderPrefix: preset(
    headerPrefix,
    'X-Sluice',
    'What the names of our own webhook headers begin with: `X-Sluice-Signature`.',
  ),
  egressAllow: preset(
    addressList(100),
    '',
    'Private networks, addresses or host names that webhooks may be sent to. Metadata addresses of clouds stay forbidden whatever this says.',
  ),
};

const whatsapp = {
  maxSessionsPerWorker: preset(
    whole(1, 10_000),
    '50',
    'WhatsApp sessions that this process holds; one more is answered with 503 `worker_at_capacity`.',
  ),
  connectsPerSecond: preset(
    decimal(0.01, 1_000),
    '5',
    'New connections to WhatsApp a second, so that a cold start does not arrive as a wave.',
  ),
  probeIntervalMs: preset(
    milliseconds(10, hourMs),
    '30000',
    'How often WhatsApp is tried to be reached while no session is open, for /readyz, and how long one try may take.',
  ),
  connectDeadlineMs: preset(
    milliseconds(10, 10 * minuteMs),
    '30000',
    'How long connecting may take before the socket is ended and tried again.',
  ),
  qrWaitMs: preset(
    milliseconds(0, minuteMs),
    '10000',
    'How long a request for a QR code waits for one before it is answered with 409 `no_qr`.',
  ),
  pairingAttemptsMax: preset(whole(1, 100), '5', 'Rounds of QR codes without a scan before the cool-down.'),
  pairingCooldownMs: preset(
    milliseconds(0, 24 * hourMs),
    '300000',
    'How long an instance rests after too many rounds without a scan: 409 `pairing_cooldown`.',
  ),
  sendTimeoutMs: preset(
    milliseconds(10, 10 * minuteMs),
    '45000',
    'How long handing a message to the socket may take before the socket is ended and the outcome is unknown.',
  ),
  ackTimeoutMs: preset(
    milliseconds(10, 10 * minuteMs),
    '30000',
    'How long WhatsApp may take to acknowledge a message that was sent before its outcome is unknown.',
  ),
  keepaliveMs: preset(milliseconds(10, 5 * minuteMs), '10000', 'Pause between signs of life on a WhatsApp connection.'),
  reconnectBaseMs: preset(
    milliseconds(1, hourMs),
    '1000',
    'First wait before a reconnect; it doubles with each failure, with jitter.',
  ),
  reconnectMaxMs: preset(milliseconds(1, 24 * hourMs), '60000', 'Longest wait before a reconnect.'),
  restrictionHoldMs: preset(
    milliseconds(10, 7 * 24 * hourMs),
    '3600000',
    'How long a number that WhatsApp restricts (463, 475) is held when WhatsApp names no end.',
  ),
  rateLimitHoldMs: preset(
    milliseconds(10, hourMs),
    '60000',
    'How long a number is held after WhatsApp answered that it sends too fast.',
  ),
  lookUpTimeoutMs: preset(
    milliseconds(10, minuteMs),
    '5000',
    'How long accepting a message may wait for WhatsApp to say whether the recipient exists. After that the message is accepted and asked about before it leaves.',
  ),
  whatsappWebVersion: optional(
    webVersion,
    'Version of WhatsApp Web that we claim to be. Without it, the one that the engine brings. WhatsApp refuses stale ones with 405.',
  ),
  whatsappWebUrl: optional(
    webSocketUrl,
    'Another WhatsApp Web server, such as the emulator. Needs WHATSAPP_WEB_ROOT_KEY.',
  ),
  whatsappWebRootKey: optional(
    key32,
    'Root key that the certificate of that server is checked against. Needs WHATSAPP_WEB_URL.',
  ),
  allowForeignWhatsapp: preset(
    flag,
    '0',
    'Allows a WHATSAPP_WEB_URL that is not on this machine. Whoever runs that server sees every message.',
  ),
};

const loops = {
  sweepIntervalMs: preset(
    milliseconds(1, 2_000),
    '1000',
    'How often the loops look for work that no bell has announced.',
  ),
  leaseMs: preset(milliseconds(100, 10 * minuteMs), '15000', "How long a worker's claim lasts unless it is renewed."),
  leaseRenewMs: preset(milliseconds(10, 10 * minuteMs), '5000', 'How often a worker renews its claim.'),
  leaseMarginMs: preset(
    milliseconds(10, 10 * minuteMs),
    '3000',
    'How long before the end of its claim a worker that cannot renew closes its sockets.',
  ),
};

const groups = {
  'The server': server,
  'Storage and secrets': storage,
  Limits: limits,
  'Streams of events': streams,
  Media: media,
  Webhooks: webhooks,
  WhatsApp: whatsapp,
  'Loops and leases': loops,
};

const schema = z.object({
  ...server,
  ...storage,
  ...limits,
  ...streams,
  ...media,
  ...webhooks,
  ...whatsapp,
  ...loops,
});

// Names that people will try because the architecture or other programs have them. Better a refusal than a pretence.
const refusedNames: Readonly<Record<string, string>> = {
  DATABASE_URL:
    'PostgreSQL is not supported in this version; leave DATABASE_URL out and the database is a file in DATA_DIR',
  NATS_URL: 'NATS is not supported in this version; leave NATS_URL out, one process needs no bus',
};

export type Config = Readonly<z.output<typeof schema>>;

export type ConfigOutcome =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[]; readonly warnings: readonly string[] };

/** Reads every setting from the environment. An empty value counts as not given; every problem names its variable. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): ConfigOutcome {
  const warnings = findNearMisses(Object.keys(env));
  const refused = Object.keys(refusedNames).filter((name) => env[name]?.trim());
  const refusals = refused.map((name) => `${name}: ${refusedNames[name]}.`);
  const parsed = schema.safeParse(readTexts(env));
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${settingName(String(issue.path[0]))}: ${issue.message}.`);
    return { ok: false, problems: [...refusals, ...wrong], warnings };
  }
  const problems = [...refusals, ...findContradictions(parsed.data)];
  if (problems.length > 0) return { ok: false, problems, warnings };
  return { ok: true, config: Object.freeze(parsed.data), warnings };
}

function readTexts(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const given = Object.keys(schema.shape).map((key) => [key, env[settingName(key)]?.trim() ?? ''] as const);
  return Object.fromEntries(given.filter(([, text]) => text !== ''));
}

function findContradictions(config: Config): string[] {
  const problems: string[] = [];
  if ((config.whatsappWebUrl === undefined) !== (config.whatsappWebRootKey === undefined)) {
    problems.push('WHATSAPP_WEB_URL and WHATSAPP_WEB_ROOT_KEY: one is given without the other; give both or neither.');
  }
  if (config.whatsappWebUrl && !config.allowForeignWhatsapp && !isLoopbackUrl(config.whatsappWebUrl)) {
    problems.push(
      `WHATSAPP_WEB_URL: "${config.whatsappWebUrl}" is not on this machine, and whoever runs that server sees every message; use localhost, 127.0.0.1 or [::1], or set ALLOW_FOREIGN_WHATSAPP=1.`,
    );
  }
  if (config.secretsKeyPrevious && !config.secretsKey) {
    problems.push('SECRETS_KEY_PREVIOUS: it is given without SECRETS_KEY; give the new key as SECRETS_KEY.');
  }
  if (config.webhookConnectTimeoutMs > config.webhookTimeoutMs) {
    problems.push('WEBHOOK_CONNECT_TIMEOUT_MS: it is longer than WEBHOOK_TIMEOUT_MS, of which it is a part.');
  }
  if (config.reconnectBaseMs > config.reconnectMaxMs) {
    problems.push('RECONNECT_BASE_MS: it is longer than RECONNECT_MAX_MS.');
  }
  if (config.leaseRenewMs + config.leaseMarginMs >= config.leaseMs) {
    problems.push('LEASE_MS: it must be longer than LEASE_RENEW_MS and LEASE_MARGIN_MS together.');
  }
  return problems;
}

function isLoopbackUrl(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'));
}

export interface Setting {
  readonly group: string;
  readonly name: string;
  readonly description: string;
  readonly allowed: string;
  /** As it would be written in the environment; undefined when there is none. */
  readonly defaultText: string | undefined;
}

/** Every setting in the order of the documentation. */
export function listSettings(): Setting[] {
  return Object.entries(groups).flatMap(([group, settings]) =>
    Object.entries(settings).map(([key, setting]) => {
      const { description, allowed, defaultText } = metaSchema.parse(setting.meta());
      return { group, name: settingName(key), description, allowed, defaultText };
    }),
  );
}

const metaSchema = z.object({ description: z.string(), allowed: z.string(), defaultText: z.string().optional() });

/** webhookTimeoutMs -> WEBHOOK_TIMEOUT_MS, unless the setting has a name of its own. */
function settingName(key: string): string {
  const setting = Object.entries(schema.shape).find(([name]) => name === key)?.[1];
  const own = setting?.meta()?.name;
  return typeof own === 'string' ? own : key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

function findNearMisses(names: readonly string[]): string[] {
  const known = [...Object.keys(schema.shape).map(settingName), ...Object.keys(refusedNames)];
  return names
    .filter((name) => !known.includes(name))
    .flatMap((name) => {
      const meant = known.find((candidate) => isNearMiss(name, candidate));
      return meant ? [`${name} is not a setting; ${meant} is. It was ignored.`] : [];
    });
}

function isNearMiss(name: string, known: string): boolean {
  const given = plainName(name);
  const wanted = plainName(known);
  if (given === wanted) return true;
  // Short names lie too close together: HOME is no misspelt HOST.
  return wanted.length >= 10 && isWithinEdits(given, wanted, 2);
}

const plainName = (name: string) =>
  name
    .toUpperCase()
    .replace(/^SLUICE_/, '')
    .replaceAll('_', '');

function isWithinEdits(a: string, b: string, editsMax: number): boolean {
  if (Math.abs(a.length - b.length) > editsMax) return false;
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [rowIndex, letter] of [...a].entries()) {
    const next = [rowIndex + 1];
    for (const [column, other] of [...b].entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return (row.at(-1) ?? 0) <= editsMax;
}
