import { createRequire } from 'node:module';

/** A module of the libsignal that Baileys itself loads, which no other copy on the disk may be taken for. */
export function requireLibsignal(path: string) {
  const fromBaileys = createRequire(createRequire(import.meta.url).resolve('baileys'));
  return fromBaileys(`libsignal/src/${path}`);
}
