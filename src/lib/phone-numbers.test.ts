import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listOtherSpellings, normaliseMsisdn } from './phone-numbers.ts';

test.each([
  ['+4917012345678', '4917012345678'],
  ['4917012345678', '4917012345678'],
  ['+49 (0)170 1234-5678', '4917012345678'],
  ['+49 0170 12345678', '4917012345678'],
  ['+1 (415) 555.2671', '14155552671'],
  [' +55 11 98765-4321 ', '5511987654321'],
  ['\u202a+55\u00a011\u00a098765\u20114321\u202c', '5511987654321'],
  ['+39 06 1234 5678', '390612345678'],
])('%s is %s', (input, msisdn) => {
  expect(normaliseMsisdn(input)).toEqual({ ok: true, msisdn });
});

test.each([
  ['an American test number', '+1 555 555 0001', '15555550001'],
  ['a Brazilian mobile number without its ninth digit', '+55 11 8765 4321', '551187654321'],
  ['a Mexican mobile number of before 2019', '+52 1 55 1234 5678', '5215512345678'],
])('%s is possible, though no table knows its range', (_, input, msisdn) => {
  expect(normaliseMsisdn(input)).toEqual({ ok: true, msisdn });
});

test.each([
  ['', 'There is no phone number'],
  ['+', 'There is no phone number'],
  [' -() ', 'There is no phone number'],
  ['0170 1234567', 'country code is missing'],
  ['004917012345678', '+ instead of 00'],
  ['+04917012345678', 'country code is missing'],
  ['+1 800 FLOWERS', 'no letters'],
  ['+49 170 1234567 ext 5', 'no letters'],
  ['4917012345678@s.whatsapp.net', 'no letters'],
  ['+4917012345678;5', 'Only digits'],
  ['++4917012345678', 'Only digits'],
  ['49+17012345678', 'Only digits'],
  ['+٤٩١٧٠١٢٣٤٥٦٧٨', 'Only digits'],
  ['+49 00170 1234567', 'No number begins with these zeros'],
  ['+12', 'too short'],
  ['+1 415 555', 'too short'],
  ['+49 170 123 456 789 012 3', 'too long'],
  ['+1 415 555 26712', 'too long'],
  ['+999 123 456 789', 'No country code begins like this'],
  ['1'.repeat(65), 'far too long'],
])('%j is refused, saying why', (input, why) => {
  expect(normaliseMsisdn(input)).toEqual({ ok: false, why: expect.stringContaining(why) });
});

test('whatever is typed, the answer is digits of E.164 or a sentence', () => {
  const typed = fc.oneof(fc.string(), fc.stringMatching(/^\+?[0-9 ().-]{0,24}$/));
  fc.assert(
    fc.property(typed, (input) => {
      const answer = normaliseMsisdn(input);
      if (answer.ok) expect(answer.msisdn).toMatch(/^[1-9]\d{6,14}$/);
      else expect(answer.why).toMatch(/^[A-Z].*\.$/);
    }),
    { numRuns: 2_000 },
  );
});

test('normalising twice changes nothing more', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[1-9][0-9]{7,14}$/), (input) => {
      const once = normaliseMsisdn(input);
      fc.pre(once.ok);
      expect(normaliseMsisdn(once.msisdn)).toEqual(once);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['a Brazilian mobile number with its ninth digit', '5511987654321', '551187654321'],
  ['a Mexican number of before 2019', '5215512345678', '525512345678'],
  ['an Argentinian number as called from abroad', '5491123456789', '541123456789'],
])('%s is known by another spelling, both ways', (_, one, other) => {
  expect(listOtherSpellings(one)).toEqual([other]);
  expect(listOtherSpellings(other)).toEqual([one]);
});

test.each(['4917012345678', '551133334444', '14155552671', '55119876543210'])('%s has one spelling', (msisdn) => {
  expect(listOtherSpellings(msisdn)).toEqual([]);
});
