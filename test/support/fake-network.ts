import { capabilityMeanings } from '../../src/domain/instances/index.ts';
import type {
  Capability,
  CloseReason,
  DownloadOutcome,
  InboundRecord,
  InboundUpdate,
  LookUp,
  MediaDownload,
  MediaUpload,
  Network,
  NetworkSession,
  RequestKind,
  RequestOutcome,
  SendInput,
  SendOutcome,
  SessionHost,
  UploadOutcome,
} from '../../src/network/index.ts';

/** A session of the fake: the test plays WhatsApp. */
export type FakeSession = {
  readonly host: SessionHost;
  readonly sent: SendInput[];
  readonly asked: { readonly kind: RequestKind; readonly input: unknown }[];
  closed: boolean;
  unlinked: boolean;
  close(reason: CloseReason, detail?: string): void;
};

export type FakeNetwork = Omit<Network, 'capabilities'> & {
  /** What it can do; tests add to it. */
  readonly capabilities: Set<Capability>;
  readonly sessions: FakeSession[];
  /** The latest session, which must be there. */
  last(): FakeSession;
  /** Answers each send from now on. */
  answerSends(answer: (input: SendInput) => Promise<SendOutcome> | SendOutcome): void;
  answerLookUps(answer: (phone: string) => LookUp | Promise<never>): void;
  /** Answers each request from now on; until then all are done and answer nothing. */
  answerAsks(answer: (kind: RequestKind, input: unknown) => RequestOutcome<RequestKind>): void;
  answerUploads(answer: (input: MediaUpload) => Promise<UploadOutcome>): void;
  answerDownloads(answer: (input: MediaDownload) => Promise<DownloadOutcome>): void;
  /** What journaled stanzas mean: the stanza's own text, as JSON, unless the test says otherwise. */
  interpretAs(interpret: (record: InboundRecord) => readonly InboundUpdate[]): void;
};

const self = { phone: '4915100000001', lid: '900000000000001', name: 'Shop' };

/** Bytes, as JSON has written them. */
const reviveBytes = (_name: string, value: { type?: unknown; data?: unknown } | null): unknown =>
  value?.type === 'Buffer' && Array.isArray(value.data) ? Buffer.from(value.data) : value;

/** A fake at the port: the only place where one is allowed. */
export function createFakeNetwork(): FakeNetwork {
  const sessions: FakeSession[] = [];
  let messageIds = 0;
  let answer: (input: SendInput) => Promise<SendOutcome> | SendOutcome = () => ({ kind: 'accepted', atMs: Date.now() });
  let lookUp: (phone: string) => LookUp | Promise<never> = (phone) => ({
    phone,
    exists: true,
    identity: { phone, lid: `9${phone}` },
    destination: `to-${phone}`,
  });
  let answerAsk = (_kind: RequestKind, _input: unknown): RequestOutcome<RequestKind> => ({
    kind: 'done',
    answer: undefined,
  });
  let answerUpload = async (_input: MediaUpload): Promise<UploadOutcome> => ({
    kind: 'uploaded',
    file: Buffer.from('uploaded'),
  });
  let answerDownload = async (_input: MediaDownload): Promise<DownloadOutcome> => ({
    kind: 'failed',
    detail: 'the fake has no files',
  });
  let interpret = (record: InboundRecord): readonly InboundUpdate[] =>
    JSON.parse(Buffer.from(record.stanza).toString(), reviveBytes);

  const connect = (host: SessionHost): NetworkSession => {
    const close = (reason: CloseReason, detail = 'fake'): void => {
      if (session.closed) return;
      session.closed = true;
      host.say({ state: 'closed', reason, detail });
    };
    const session: FakeSession = { host, sent: [], asked: [], closed: false, unlinked: false, close };
    sessions.push(session);
    return {
      send: async (input) => {
        session.sent.push(input);
        return answer(input);
      },
      ask: async (kind, input) => {
        session.asked.push({ kind, input });
        return answerAsk(kind, input);
      },
      uploadMedia: (input) => answerUpload(input),
      downloadMedia: (input) => answerDownload(input),
      requestLinkCode: async (phone) => `CODE${phone.slice(-4)}`,
      lookUp: async (phones) => Promise.all(phones.map((phone) => lookUp(phone))),
      close: async () => close('closed'),
      unlink: async () => {
        session.unlinked = true;
        close('unlinked');
      },
      health: () => ({}),
    };
  };

  return {
    name: 'whatsapp_web',
    // All but what is asked by itself with each connection: the tests that are about it add it.
    capabilities: new Set(asCapabilities(Object.keys(capabilityMeanings).filter((name) => name !== 'list_groups'))),
    storyAddress: 'stories-of-the-fake',
    root: 'fake-root',
    probe: async () => true,
    destinationOf: ({ lid }) => (lid === undefined ? undefined : `to-lid-${lid}`),
    connect,
    newMessageId: () => {
      messageIds += 1;
      return `FAKE${messageIds}`;
    },
    buildPayload: ({ content }) => Buffer.from(JSON.stringify(content)),
    interpret: (record) => interpret(record),
    openSealed: ({ raw, target }) => {
      const { secret, change } = JSON.parse(Buffer.from(raw).toString());
      return secret === Buffer.from(target.raw).toString() ? change : undefined;
    },
    describeRaw: (raw) => JSON.parse(Buffer.from(raw).toString()),
    sessions,
    last: () => {
      const last = sessions.at(-1);
      if (!last) throw new Error('no session was opened');
      return last;
    },
    answerSends: (next) => {
      answer = next;
    },
    answerLookUps: (next) => {
      lookUp = next;
    },
    answerAsks: (next) => {
      answerAsk = next;
    },
    answerUploads: (next) => {
      answerUpload = next;
    },
    answerDownloads: (next) => {
      answerDownload = next;
    },
    interpretAs: (next) => {
      interpret = next;
    },
  };
}

/** The table has a row for each. */
function asCapabilities(names: readonly string[]): Capability[] {
  return names as Capability[];
}

/** Takes the latest session from its opening to `connected`, as WhatsApp does after a login. */
export function letIn(network: FakeNetwork): void {
  network.last().host.say({ state: 'connected', self });
}

/** A scan: the number is linked, and WhatsApp asks to reconnect. */
export function scan(network: FakeNetwork): void {
  network.last().host.say({ state: 'linked', self });
  network.last().close('restart_required');
}
