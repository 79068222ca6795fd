import type { WASocket } from 'baileys';

/**
 * Has Baileys decode what arrives one after the other. By itself it goes on to the next frame while an earlier one is being
 * decompressed, which then comes out later; and a frame that it cannot decode would end the process.
 */
export function decodeInOrder(client: WASocket['ws'], undecodable: (error: unknown) => void): void {
  const decoders = client.listeners('message');
  client.removeAllListeners('message');
  let last: Promise<void> = Promise.resolve();
  client.on('message', (data: unknown) => {
    last = last
      .then(async () => {
        for (const decode of decoders) await Reflect.apply(decode, client, [data]);
      })
      .catch(undecodable);
  });
}
