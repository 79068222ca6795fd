/** What the tests ask of newsletters on the emulator's phones, through its control API, as anyone would. */
export type PhoneNewsletter = {
  readonly newsletter: string;
  readonly name: string;
  readonly description: string;
  readonly invite_code: string;
  readonly owner: string;
  readonly followers: readonly string[];
};

export type NewsletterPost = { readonly id: string; readonly text: string | null };

export type PhoneNewsletters = {
  list(): Promise<readonly PhoneNewsletter[]>;
  found(by: string, name: string): Promise<PhoneNewsletter>;
  follow(number: string, newsletter: string): Promise<void>;
  post(newsletter: string, by: string, text: string): Promise<NewsletterPost>;
  /** What everybody who follows sees, oldest first. */
  posts(newsletter: string): Promise<readonly NewsletterPost[]>;
};

export function createPhoneNewsletters(url: string): PhoneNewsletters {
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${url}/control/newsletters${path}`, {
      method,
      ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(15_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  return {
    list: async () => (await call('GET', '')).data,
    found: (by, name) => call('POST', '', { by, name }),
    follow: (number, newsletter) => call('PUT', `/${newsletter}/members/${number}`, { role: 'follower' }),
    post: (newsletter, by, text) => call('POST', `/${newsletter}/posts`, { by, text }),
    posts: async (newsletter) => (await call('GET', `/${newsletter}/posts`)).data,
  };
}
