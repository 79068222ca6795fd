import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Bus } from '../bus/index.ts';
import type { Db } from '../db/index.ts';
import type { NetworkAccess } from '../domain/instances/index.ts';
import type { Recipient } from '../domain/messages/index.ts';
import type { Endpoints } from '../domain/webhooks/index.ts';
import type { BlobStore, Clock, Config, Egress, ErrorCode, Log, Metrics, Vault } from '../platform/index.ts';

/** What the worker of this process says of itself, for /readyz. */
export type WorkerStatus = {
  readonly sessions: number;
  /** As many sessions as this process may hold. */
  readonly capacity: number;
  readonly connected: number;
  /** Sessions that say they are connected and whose sends get no answer. */
  readonly stalled: number;
  /** True once a stop was asked for: no new work is taken. */
  readonly draining: boolean;
  /** Whether WhatsApp's server could be reached lately; `unknown` before anybody tried. */
  readonly network: 'reachable' | 'unreachable' | 'unknown';
};

/** Who somebody is, as far as it is known. */
export type PersonIdentity = Extract<Recipient, { readonly kind: 'person' }>['identity'];

export type HttpDeps = {
  readonly db: Db;
  readonly bus: Bus;
  readonly config: HttpConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly vault: Vault;
  /** Mixed into the hashes of API keys. */
  readonly pepper: string;
  readonly endpoints: Endpoints;
  /** Says whether webhooks may be sent to a URL, and why not. */
  readonly checkUrl: (url: string) => Promise<{ ok: true; url: URL } | { ok: false; why: string }>;
  /** Where the content of media lies. */
  readonly blobs: BlobStore;
  /** Whether sounds of other kinds can be made voice messages here. */
  readonly convertsVoice: boolean;
  /** Fetches a file from a URL that a customer named. */
  readonly downloadFile: Egress['download'];
  /** The address of a host that strangers may have us connect to, or why not. */
  readonly findAddress: (host: string) => Promise<{ ok: true; ip: string } | { ok: false; why: string }>;
  /** Where a contact is written to whose number is not known. */
  readonly destinationOf: (identity: PersonIdentity) => string | undefined;
  /** A message in the network's own words, as plain JSON. */
  readonly describeRaw: (raw: Uint8Array) => unknown;
  /** Where stories go. */
  readonly storyAddress: string;
  /** What can be asked of the network of an instance beside sending. */
  readonly networkAccess: NetworkAccess;
  /** A fresh message id in the shape of WhatsApp. */
  readonly newNetworkId: () => string;
  readonly readWorkerStatus: () => WorkerStatus;
  /** False while the disk has less room than is kept in reserve. */
  readonly hasDiskRoom: () => boolean;
  /** Of this program, as package.json has it. */
  readonly version: string;
};

export type HttpConfig = Pick<
  Config,
  | 'port'
  | 'host'
  | 'publicUrl'
  | 'bodyLimitBytes'
  | 'eventStreamHeartbeatMs'
  | 'eventStreamsMax'
  | 'eventStreamsPerCustomerMax'
  | 'sweepIntervalMs'
  | 'rateLimitBurst'
  | 'rateLimitPerSecond'
  | 'idempotencyKeepDays'
  | 'laneDepthMax'
  | 'scheduledMax'
  | 'lookUpTimeoutMs'
  | 'maxSessionsPerWorker'
  | 'qrWaitMs'
  | 'webhookHeaderPrefix'
  | 'mediaFetchTimeoutMs'
  | 'mediaKeepUploadsDays'
  | 'mediaMaxBytes'
  | 'mediaQuotaBytes'
  | 'webhookRetryWaitsMs'
  | 'whatsappWebUrl'
>;

export type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, Log, ZodTypeProvider>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Codes that this route answers with beyond those that all routes of its kind share. */
    readonly errors?: readonly ErrorCode[];
    /** True when the route takes an Idempotency-Key. */
    readonly replays?: boolean;
    /** True when its body may take longer to come than others'. */
    readonly streams?: boolean;
    /** True when the route also takes a form, with a part `file`. */
    readonly form?: boolean;
  }
}
