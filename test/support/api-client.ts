/** An answer of the API as a caller sees it. */
export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  // Tests read whatever field they are about; the contract itself is checked against the OpenAPI document.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly body: any;
};

export type ApiClient = (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>;

const answerMs = 15_000;

/** Calls the API with a key; throws only when there is no answer at all. */
export function createApiClient(url: string, key: string): ApiClient {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(answerMs),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, headers: response.headers, body: isJson && text ? JSON.parse(text) : text };
  };
}

/** Like the client, and throws unless the answer is a 2xx. */
export async function expectOk(answer: Promise<Answer>): Promise<Answer['body']> {
  const { status, body } = await answer;
  if (status < 200 || status > 299) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body;
}
