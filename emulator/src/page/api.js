// @ts-check
/** Talks to the control API of the emulator that this page came from. */

/**
 * Rejects with the emulator's own sentence when it refuses.
 *
 * @template T
 * @param {string} method
 * @param {string} path below /control
 * @param {unknown} [body]
 * @returns {Promise<T>}
 */
export const call = async (method, path, body) => {
  const content =
    body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(`/control${path}`, { method, ...content }).catch(() => {
    throw new Error('The emulator does not answer.');
  });
  const text = await response.text();
  const answer = text ? JSON.parse(text) : undefined;
  if (response.ok) return answer;
  throw Object.assign(new Error(answer?.error?.message ?? `status ${response.status}`), { status: response.status });
};

/** @param {string} number */
export const phonePath = (number) => `/phones/${encodeURIComponent(number)}`;

/** @param {string} number @param {{ id: string, chat: string }} message @param {string} [rest] */
export const messagePath = (number, message, rest = '') =>
  `${phonePath(number)}/messages/${encodeURIComponent(message.id)}${rest}?with=${encodeURIComponent(message.chat)}`;

/** @param {Blob} blob @returns {Promise<string>} */
export const toBase64 = (blob) =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onerror = () => reject(new Error('The file cannot be read.'));
    reader.onload = () => resolve(String(reader.result).replace(/^.*?,/, ''));
    reader.readAsDataURL(blob);
  });
