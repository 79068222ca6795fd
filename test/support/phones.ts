/** What the tests ask of the emulator's phones, through its control API, as anyone would. */
export type Phone = { readonly number: string; readonly lid: string; readonly name: string };

export type ShownMessage = {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly direction: 'in' | 'out';
  readonly text: string;
  readonly status: string;
  readonly kind: string;
  readonly expires_at?: string;
};

export type PhoneCounters = {
  readonly raw: number;
  readonly shown: number;
  readonly resends: number;
  readonly server_duplicates: number;
  readonly retry_resends: number;
  readonly undecryptable: number;
};

export type Phones = {
  add(phone?: { number?: string; name?: string; devices?: number }): Promise<Phone>;
  change(number: string, patch: Readonly<Record<string, unknown>>): Promise<void>;
  scan(number: string, qr: string): Promise<{ device: number }>;
  /** Types the eight characters that a client shows for this number. */
  enterCode(number: string, code: string): Promise<{ device: number }>;
  send(
    from: string,
    message: { to: string; text: string; via?: 'pn' | 'lid'; id?: string } & Readonly<Record<string, unknown>>,
  ): Promise<string>;
  /** A new group of these people; answers with its address. */
  found(by: string, subject: string, members: readonly string[]): Promise<string>;
  /** `data` is the file in base64. */
  sendFile(
    from: string,
    message: { to: string; kind: string; data: string; mime_type?: string; file_name?: string; caption?: string },
  ): Promise<string>;
  /** The file of a message that a phone shows, after the phone has checked and opened it. */
  readFile(number: string, messageId: string): Promise<Buffer>;
  /** Takes the file of a message off the media host, as age does. */
  vanish(number: string, messageId: string): Promise<void>;
  sendMany(from: string, message: { to: string; text: string; count: number }): Promise<string[]>;
  read(number: string, withNumber: string): Promise<void>;
  /** What a person sees in the chat with another, oldest first. */
  shown(number: string, withNumber: string): Promise<ShownMessage[]>;
  stories(number: string): Promise<ShownMessage[]>;
  counters(number: string): Promise<PhoneCounters>;
  clients(number: string): Promise<{ device: number; online: boolean; undelivered: number }[]>;
  disconnect(number: string, device: number, kind: string): Promise<void>;
  unlink(number: string, device: number): Promise<void>;
  addFault(fault: Readonly<Record<string, unknown>> & { kind: string }): Promise<string>;
  clearFaults(): Promise<void>;
};

export function createPhones(url: string): Phones {
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${url}/control${path}`, {
      method,
      ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(15_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  };
  return {
    add: (phone = {}) => call('POST', '/phones', phone),
    change: (number, patch) => call('PATCH', `/phones/${number}`, patch),
    scan: (number, qr) => call('POST', `/phones/${number}/scan`, { qr }),
    enterCode: (number, code) => call('POST', `/phones/${number}/link-code`, { code }),
    send: async (from, message) => (await call('POST', `/phones/${from}/messages`, message)).id,
    found: async (by, subject, members) => (await call('POST', '/groups', { by, subject, members })).group,
    sendFile: async (from, message) => (await call('POST', `/phones/${from}/messages`, message)).id,
    readFile: async (number, messageId) => {
      const response = await fetch(`${url}/control/phones/${number}/messages/${messageId}/media`);
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
      return Buffer.from(await response.arrayBuffer());
    },
    vanish: (number, messageId) => call('POST', `/phones/${number}/messages/${messageId}/media/vanish`, {}),
    sendMany: async (from, message) => (await call('POST', `/phones/${from}/messages`, message)).ids,
    read: (number, withNumber) => call('POST', `/phones/${number}/read`, { with: withNumber }),
    shown: async (number, withNumber) => (await call('GET', `/phones/${number}/messages?with=${withNumber}`)).data,
    stories: async (number) => (await call('GET', `/phones/${number}/stories`)).data,
    counters: (number) => call('GET', `/phones/${number}/counters`),
    clients: (number) => call('GET', `/phones/${number}/clients`),
    disconnect: (number, device, kind) => call('POST', `/phones/${number}/clients/${device}/disconnect`, { kind }),
    unlink: (number, device) => call('DELETE', `/phones/${number}/clients/${device}`),
    addFault: async (fault) => (await call('POST', '/faults', fault)).id,
    clearFaults: () => call('DELETE', '/faults'),
  };
}
