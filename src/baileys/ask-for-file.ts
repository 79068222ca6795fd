import { type BaileysEventMap, decryptMediaRetryData, encryptMediaRetryRequest, proto, type WASocket } from 'baileys';
import type { MediaDownload } from '../network/index.ts';
import { startTimer } from '../platform/index.ts';
import { jidOf, keyOf } from './chat-requests.ts';

type Answer = BaileysEventMap['messages.media-update'][number];

export type AskLine = {
  readonly socket: Pick<WASocket, 'authState' | 'ev' | 'sendNode'>;
  /** How long the phone may take. */
  readonly askMs: number;
};

/**
 * Asks the phone to bring the file of a message to the media host again, and answers with its path there. Undefined when the
 * phone does not have it, or says nothing within its time.
 */
export async function askForFile(
  { socket, askMs }: AskLine,
  { name, signal }: Pick<MediaDownload, 'name' | 'signal'>,
  mediaKey: Uint8Array,
): Promise<string | undefined> {
  const ownId = socket.authState.creds.me?.id;
  if (ownId === undefined) return undefined;
  const { promise: answered, resolve } = Promise.withResolvers<Answer | undefined>();
  const listen = (answers: Answer[]): void => {
    const answer = answers.find(({ key }) => key.id === name.networkId);
    if (answer) resolve(answer);
  };
  const giveUp = (): void => resolve(undefined);
  const cancel = startTimer(askMs, giveUp);
  signal.addEventListener('abort', giveUp, { once: true });
  socket.ev.on('messages.media-update', listen);
  try {
    await socket.sendNode(encryptMediaRetryRequest(keyOf(jidOf(name.chat), name), mediaKey, ownId));
    return readPath(await answered, mediaKey, name.networkId);
  } catch {
    // The line broke, or what came was not sealed with the key of the file.
    return undefined;
  } finally {
    cancel();
    signal.removeEventListener('abort', giveUp);
    socket.ev.off('messages.media-update', listen);
  }
}

function readPath(answer: Answer | undefined, mediaKey: Uint8Array, networkId: string): string | undefined {
  if (!answer?.media) return undefined;
  const { result, directPath } = decryptMediaRetryData(answer.media, mediaKey, networkId);
  if (result !== proto.MediaRetryNotification.ResultType.SUCCESS || !directPath?.startsWith('/')) return undefined;
  return directPath;
}
