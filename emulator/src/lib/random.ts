import { randomBytes, randomInt } from 'node:crypto';

export const randomDigits = (count: number): string => {
  let digits = String(randomInt(1, 10));
  while (digits.length < count) digits += String(randomInt(0, 10));
  return digits;
};

/** Signal registration ids are 14 bits and never zero. */
export const randomRegistrationId = (): number => randomInt(1, 0x3fff);

/** A message id of the shape phones choose: 3A and 18 hex digits. */
export const randomMessageId = (): string => `3A${randomBytes(9).toString('hex').toUpperCase()}`;

export const randomStanzaId = (): string =>
  `${randomInt(1, 0xffff)}.${randomInt(1, 0xffff)}-${randomInt(1, 1_000_000)}`;

/** True with the given chance; a chance of 1 never asks the dice. */
export const happens = (probability: number): boolean =>
  probability >= 1 || randomInt(0, 1_000_000) < probability * 1_000_000;
