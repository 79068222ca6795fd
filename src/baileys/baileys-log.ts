import type { ILogger } from 'baileys/lib/Utils/logger.js';
import type { Log } from '../platform/index.ts';

const actionSentence = 'processing sync action';

/**
 * Baileys logs whole stanzas, texts and keys included. Only its sentences are taken over, with the name of an error, and
 * one level lower: what matters of them we say ourselves. The one thing that is taken from a log is what Baileys tells
 * nowhere else as it came: a change of the settings that the devices of a number share.
 */
export function createBaileysLog(log: Log, noteAction: (fields: unknown) => void = () => {}): ILogger {
  const silent = (): void => {};
  const told: ILogger = {
    level: 'warn',
    child: () => told,
    trace: (fields, sentence) => {
      if (sentence === actionSentence) noteAction(fields);
    },
    debug: silent,
    info: silent,
    warn: (fields, sentence) => log.debug({ source: 'baileys' }, sentenceOf(fields, sentence)),
    error: (fields, sentence) =>
      log.debug({ source: 'baileys', error: errorNameOf(fields) }, sentenceOf(fields, sentence)),
  };
  return told;
}

function sentenceOf(fields: unknown, sentence: string | undefined): string {
  return sentence ?? (typeof fields === 'string' ? fields : 'no words');
}

function errorNameOf(fields: unknown): string | undefined {
  if (typeof fields !== 'object' || fields === null) return undefined;
  const error: unknown = Reflect.get(fields, 'err') ?? Reflect.get(fields, 'error');
  return error instanceof Error ? error.name : undefined;
}
