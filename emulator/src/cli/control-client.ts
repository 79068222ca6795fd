/** Talks to a running emulator's control API. */
export type ControlClient = (method: string, path: string, body?: unknown) => Promise<unknown>;

const REQUEST_WAIT_MS = 60_000;

/** Rejects with the emulator's own sentence when it refuses. */
export const createControlClient =
  (url: string): ControlClient =>
  async (method, path, body) => {
    const content =
      body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const signal = AbortSignal.timeout(REQUEST_WAIT_MS);
    const response = await fetch(new URL(path, url), { method, signal, ...content }).catch((cause: unknown) => {
      throw new Error(`no emulator answers at ${url}`, { cause });
    });
    const text = await response.text();
    const answer: unknown = text ? JSON.parse(text) : undefined;
    if (response.ok) return answer;
    throw new Error(
      (answer as { error?: { message?: string } } | undefined)?.error?.message ?? `status ${response.status}`,
    );
  };
