/** A stream of events as a client reads it, by the rules of server-sent events. */
export type StreamedEvent = { readonly id: string; readonly event: string; readonly data: string };

export type ListenedStream = {
  readonly status: number;
  readonly headers: Headers;
  /** What came so far. */
  readonly events: StreamedEvent[];
  readonly comments: string[];
  /** Where a client that lost the connection now would go on. */
  lastEventId(): string;
  /** What the server asks clients to wait before they come again. */
  retryMs(): number | undefined;
  /** Whether the answer has ended, in whatever way. */
  isOver(): boolean;
  /** The body of an answer that is no stream. */
  readonly text: string;
  close(): Promise<void>;
};

/** Opens a stream and reads it until it ends or `close` is called. */
export async function listen(
  url: string,
  key: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<ListenedStream> {
  const stopping = new AbortController();
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream', ...headers },
    signal: stopping.signal,
  });
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  const events: StreamedEvent[] = [];
  const comments: string[] = [];
  let lastEventId = headers['last-event-id'] ?? '';
  let retryMs: number | undefined;
  let isOver = false;

  const take = (block: string): void => {
    const fields = new Map<string, string>();
    for (const line of block.split('\n')) {
      const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
      if (name === '') comments.push(value);
      else fields.set(name, value);
    }
    lastEventId = fields.get('id') ?? lastEventId;
    retryMs = fields.has('retry') ? Number(fields.get('retry')) : retryMs;
    const data = fields.get('data');
    if (data !== undefined) events.push({ id: lastEventId, event: fields.get('event') ?? 'message', data });
  };

  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of response.body ?? []) {
      const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) take(block);
    }
  };

  const text = isStream ? '' : await response.text();
  const reading = (isStream ? read() : Promise.resolve())
    .catch(() => {})
    .finally(() => {
      isOver = true;
    });
  return {
    status: response.status,
    headers: response.headers,
    events,
    comments,
    lastEventId: () => lastEventId,
    retryMs: () => retryMs,
    isOver: () => isOver,
    text,
    close: async () => {
      stopping.abort();
      await reading;
    },
  };
}
