import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { findMisfit } from './check-events.ts';
import { verifySluice } from './verify-signatures.ts';

export type Received = {
  readonly eventId: string;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read the field they are about
  readonly data: any;
  readonly instanceId: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly raw: Buffer;
  readonly atMs: number;
};

export type Receiver = {
  readonly url: string;
  readonly received: Received[];
  /** Deliveries whose signatures did not verify. */
  readonly forged: string[];
  /** Deliveries that are not what the table of events says. */
  readonly misfits: string[];
  /** Verifies every delivery from now on with this secret. */
  expectSecret(secret: string): void;
  /** What it answers from now on: a status, or `hang` to leave callers waiting. */
  answer(how: number | 'hang'): void;
  /** Each event once, in the order of first arrival. */
  events(type?: string): Received[];
  onReceived(listener: (event: Received) => void): void;
  close(): Promise<void>;
};

/** A webhook receiver that verifies both signatures of whatever comes, as ours users' receivers do. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const forged: string[] = [];
  const misfits: string[] = [];
  let secret: string | undefined;
  let how: number | 'hang' = 204;
  let listener: (event: Received) => void = () => {};

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const headers = flatten(request.headers);
      const why = secret === undefined ? undefined : findForgery(secret, raw, headers);
      if (why) forged.push(why);
      const body = JSON.parse(raw.toString());
      const misfit = findMisfit(body);
      if (misfit) misfits.push(misfit);
      const event = {
        eventId: body.event_id,
        type: body.event,
        data: body.data,
        instanceId: body.instance_id,
        headers,
        raw,
        atMs: Date.now(),
      };
      received.push(event);
      listener(event);
      if (how === 'hang') return;
      response.writeHead(how).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = addressOf(server.address());

  return {
    url: `http://127.0.0.1:${port}/hooks`,
    received,
    forged,
    misfits,
    expectSecret: (next) => {
      secret = next;
    },
    answer: (next) => {
      how = next;
    },
    events: (type) => {
      const first = new Map<string, Received>();
      for (const one of received) if (!first.has(one.eventId)) first.set(one.eventId, one);
      return [...first.values()].filter((one) => type === undefined || one.type === type);
    },
    onReceived: (next) => {
      listener = next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port');
  return address;
}

const flatten = (headers: NodeJS.Dict<string | string[]>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

function findForgery(secret: string, raw: Buffer, headers: Readonly<Record<string, string>>): string | undefined {
  try {
    new Webhook(secret).verify(raw.toString(), { ...headers });
  } catch (error) {
    return `standard: ${String(error)}`;
  }
  const own = verifySluice({
    secret,
    signature: headers['x-sluice-signature'] ?? '',
    rawBody: raw,
    nowSeconds: Date.now() / 1000,
  });
  return own.ok ? undefined : `own: ${own.why}`;
}
