import {
  type AuthenticationCreds,
  type BinaryNode,
  Browsers,
  type ConnectionState,
  initAuthCreds,
  makeWASocket,
  type proto,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStore,
  WA_CERT_DETAILS,
  type WAMessage,
} from 'baileys';

/** Bare, unmodified Baileys as the contract's other side. Nothing of the emulator is imported here. */

const silence = (): void => undefined;
const silent = {
  level: 'silent',
  child: () => silent,
  trace: silence,
  debug: silence,
  info: silence,
  warn: silence,
  error: silence,
};

// libsignal prints whole sessions, private keys included, when it closes one or cannot decrypt.
const { console: output } = globalThis;
for (const method of ['info', 'warn', 'error', 'log'] as const) {
  const print = output[method].bind(output);
  output[method] = (...args: unknown[]) => {
    if (/session|decrypt|prekey|Bad MAC/i.test(String(args[0]))) return;
    print(...args);
  };
}

export type Credentials = { creds: AuthenticationCreds; keys: SignalKeyStore };

const createKeyStore = (): SignalKeyStore => {
  const values = new Map<string, unknown>();
  return {
    get: <T extends keyof SignalDataTypeMap>(type: T, ids: string[]) => {
      const found: Record<string, SignalDataTypeMap[T]> = {};
      for (const id of ids) {
        const value = values.get(`${type}|${id}`);
        if (value !== undefined) found[id] = value as SignalDataTypeMap[T];
      }
      return found;
    },
    set: (data: SignalDataSet) => {
      for (const [type, entries] of Object.entries(data)) {
        for (const [id, value] of Object.entries(entries ?? {})) {
          if (value === null) values.delete(`${type}|${id}`);
          else values.set(`${type}|${id}`, value);
        }
      }
    },
  };
};

export const createCredentials = (): Credentials => ({ creds: initAuthCreds(), keys: createKeyStore() });

type Socket = ReturnType<typeof makeWASocket>;
export type Close = { statusCode: number | undefined };

export type BareClient = {
  socket: Socket;
  credentials: Credentials;
  qrs: string[];
  /** Messages as Baileys gave them out, decrypted or as stubs. */
  messages: WAMessage[];
  acks: BinaryNode[];
  receipts: BinaryNode[];
  updates: { key: { id?: string | null }; update: Partial<WAMessage> }[];
  closed: Promise<Close>;
  waitOpen: () => Promise<void>;
  waitOffline: () => Promise<void>;
  /** Stops listening while the connection stays: what comes is lost on this side. */
  deafen: () => void;
  end: () => void;
};

const WAIT_MS = 15_000;

/** Resolves with the first truthy answer of `look`; fails after a bounded time, saying what it waited for. */
export const waitFor = async <T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  waitMs = WAIT_MS,
  everyMs = 5,
): Promise<T> => {
  const until = Date.now() + waitMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > until) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
};

const open = new Set<BareClient>();

/** Ends whatever a test left connected. */
export const endAllClients = (): void => {
  for (const client of open) client.end();
};

export const trustRoot = (rootKey: string): void => {
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(rootKey, 'base64');
};

export type ConnectOptions = {
  getMessage?: (id: string) => proto.IMessage | undefined;
  keepAliveIntervalMs?: number;
  qrTimeout?: number;
  markOnlineOnConnect?: boolean;
  defaultQueryTimeoutMs?: number;
  /** Whether shared settings are checked, which Baileys does not do unless told. */
  appStateMacVerification?: { patch: boolean; snapshot: boolean };
};

export const connect = (
  wsUrl: string,
  credentials: Credentials = createCredentials(),
  options: ConnectOptions = {},
): BareClient => {
  const { getMessage = () => undefined, ...overrides } = options;
  const socket = makeWASocket({
    waWebSocketUrl: wsUrl,
    auth: credentials,
    logger: silent,
    browser: Browsers.ubuntu('Chrome'),
    getMessage: async (key) => getMessage(key.id ?? ''),
    retryRequestDelayMs: 10,
    ...overrides,
  });
  let isOpen = false;
  let isCaughtUp = false;
  const closed = Promise.withResolvers<Close>();
  const client: BareClient = {
    socket,
    credentials,
    qrs: [],
    messages: [],
    acks: [],
    receipts: [],
    updates: [],
    closed: closed.promise,
    waitOpen: () => waitFor('the connection to open', () => isOpen).then(() => undefined),
    waitOffline: () => waitFor('the backlog', () => isCaughtUp).then(() => undefined),
    deafen: () => {
      socket.ws.removeAllListeners('message');
    },
    end: () => {
      open.delete(client);
      void socket.end(undefined);
    },
  };
  open.add(client);
  socket.ev.on('creds.update', (update) => Object.assign(credentials.creds, update));
  socket.ev.on('connection.update', (update: Partial<ConnectionState>) => {
    if (update.qr) client.qrs.push(update.qr);
    if (update.connection === 'open') isOpen = true;
    if (update.receivedPendingNotifications) isCaughtUp = true;
    if (update.connection === 'close') {
      open.delete(client);
      closed.resolve({
        statusCode: (update.lastDisconnect?.error as { output?: { statusCode?: number } })?.output?.statusCode,
      });
    }
  });
  socket.ev.on('messages.upsert', ({ messages }) => client.messages.push(...messages));
  socket.ev.on('messages.update', (updates) => client.updates.push(...updates));
  socket.ws.on('CB:ack,class:message', (ack: BinaryNode) => client.acks.push(ack));
  socket.ws.on('CB:receipt', (receipt: BinaryNode) => client.receipts.push(receipt));
  return client;
};
