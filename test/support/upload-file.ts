import { expect } from 'vitest';
import type { Lab } from './lab.ts';

/** Uploads a file as a form and answers with its media. */
export async function uploadFile(
  lab: Pick<Lab, 'gateway'>,
  content: Uint8Array,
  filename = 'file',
  type = '',
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
): Promise<any> {
  const form = new FormData();
  form.append('file', new Blob([Buffer.from(content)], { type }), filename);
  const init = { method: 'POST', headers: { authorization: `Bearer ${lab.gateway().apiKey}` }, body: form };
  const response = await fetch(`${lab.gateway().url}/v1/media`, init);
  expect(response.status).toBe(201);
  return response.json();
}
