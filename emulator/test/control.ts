import {
  type BareClient,
  type ConnectOptions,
  type Credentials,
  connect,
  createCredentials,
  waitFor,
} from './bare-client.ts';

/** The control API as a test uses it. Answers are what the OpenAPI document says; tests name the part they read. */
export type Control = {
  call: <T = Record<string, unknown>>(method: string, path: string, body?: unknown) => Promise<T>;
  /** Status code and body, for answers that are errors. */
  ask: (method: string, path: string, body?: unknown) => Promise<{ status: number; body: unknown }>;
};

export type Phone = {
  number: string;
  lid: string;
  name: string;
  devices: { id: number; kind: string; online: boolean }[];
};
export type Seen = {
  id: string;
  text: string | null;
  status: string;
  direction: string;
  kind: string;
  addressing: string;
  from: string;
  chat: string;
  edited: boolean;
  deleted: boolean;
  reactions: { from: string; emoji: string }[];
  [detail: string]: unknown;
};
export type Counters = Record<
  'raw' | 'shown' | 'applied' | 'resends' | 'server_duplicates' | 'retry_resends' | 'undecryptable' | 'own_copies',
  number
>;

export const createControl = (url: string): Control => {
  const ask: Control['ask'] = async (method, path, body) => {
    const init =
      body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(url + path, { method, ...init });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : undefined };
  };
  return {
    ask,
    call: async <T>(method: string, path: string, body?: unknown) => {
      const answer = await ask(method, path, body);
      if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body as T;
    },
  };
};

/** Links a new client to a phone by QR and logs it in. */
export const linkClient = async (
  control: Control,
  wsUrl: string,
  number: string,
  options: ConnectOptions = {},
  credentials: Credentials = createCredentials(),
): Promise<BareClient> => {
  const pairing = connect(wsUrl, credentials);
  const qr = await waitFor('a QR code', () => pairing.qrs[0]);
  await control.call('POST', `/control/phones/${number}/scan`, { qr });
  await pairing.closed;
  const client = connect(wsUrl, credentials, options);
  await client.waitOpen();
  await client.waitOffline();
  return client;
};
