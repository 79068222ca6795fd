import { ParseError, parsePhoneNumberWithError, validatePhoneNumberLength } from 'libphonenumber-js/max';

export type Msisdn = { ok: true; msisdn: string } | { ok: false; why: string };

const inputCharsMax = 64;

/** What people and address books put between digits, invisible direction marks included. */
const separators = /[\s().\-\u2010-\u2015\u2212\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069]/g;

/** Mexico dropped the 1 behind its country code in 2019; numbers from before are still stored and written with it. */
const oldMexicanMobile = /^521\d{10}$/;

/**
 * The digits of a phone number with country code, as in `4917012345678` for `+49 (0)170 / 12345678` written with spaces,
 * dashes, dots or parentheses. The length is checked for the country, the range is not: operators open new ranges
 * faster than tables learn of them. `why` is a sentence for the person who typed the number.
 */
export function normaliseMsisdn(input: string): Msisdn {
  if (input.length > inputCharsMax) return refused('This is far too long for a phone number.');
  const text = input.replace(separators, '');
  if (text === '' || text === '+') return refused('There is no phone number.');
  if (/\p{L}/u.test(text))
    return refused('A phone number has no letters. Write it with digits, as in +49 170 1234567.');
  if (!/^\+?[0-9]+$/.test(text)) {
    return refused('Only digits, spaces, dashes, dots, parentheses and one leading + can stand in a phone number.');
  }
  const digits = text.replace('+', '');
  if (digits.startsWith('00')) return refused('Write the country code with + instead of 00, as in +49 170 1234567.');
  if (digits.startsWith('0')) {
    return refused('The country code is missing: replace the leading 0 by it, as in +49 170 1234567.');
  }
  if (oldMexicanMobile.test(digits)) return { ok: true, msisdn: digits };
  return readInternational(digits);
}

function readInternational(digits: string): Msisdn {
  try {
    const number = parsePhoneNumberWithError(`+${digits}`);
    const country = `country code +${number.countryCallingCode}`;
    if (!number.isPossible()) return refused(lengthSentence(validatePhoneNumberLength(`+${digits}`), country));
    // A 0 that is only dialled inside the country was taken off. No number begins with two of them.
    if (!parsePhoneNumberWithError(number.number).isEqual(number)) {
      return refused(`No number begins with these zeros behind ${country}.`);
    }
    return { ok: true, msisdn: number.number.slice(1) };
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    if (error.message !== 'INVALID_COUNTRY') return refused(lengthSentence(error.message, 'any country'));
    return refused('No country code begins like this. Write the number with its country code, as in +49 170 1234567.');
  }
}

function lengthSentence(finding: string | undefined, where: string): string {
  if (finding === 'TOO_SHORT') return `The number is too short for ${where}.`;
  if (finding === 'TOO_LONG') return `The number is too long for ${where}.`;
  return `The number of digits does not fit ${where}.`;
}

function refused(why: string): Msisdn {
  return { ok: false, why };
}

type Rewrite = readonly [written: RegExp, other: string];

/** Brazil put a 9 before mobile numbers, Mexico took a 1 away, and Argentina writes a 9 to those who call from abroad. */
const rewrites: readonly Rewrite[] = [
  [/^55([1-9][0-9])9(\d{8})$/, '55$1$2'],
  [/^55([1-9][0-9])([6-9]\d{7})$/, '55$19$2'],
  [/^521(\d{10})$/, '52$1'],
  [/^52([2-9]\d{9})$/, '521$1'],
  [/^549(\d{10})$/, '54$1'],
  [/^54([1-8]\d{9})$/, '549$1'],
];

/** Other digits under which the same number may be known, because its country changed how it is written. */
export function listOtherSpellings(msisdn: string): readonly string[] {
  return rewrites.flatMap(([written, other]) => (written.test(msisdn) ? [msisdn.replace(written, other)] : []));
}
