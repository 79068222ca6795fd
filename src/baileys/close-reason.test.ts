import { describe, expect, it } from 'vitest';
import { closeReasonOf, type Ending, type LastWord } from './close-reason.ts';

const ending = (lastWord: LastWord | undefined, more: Partial<Ending> = {}): Ending => ({
  ...(lastWord === undefined ? {} : { lastWord }),
  message: 'Connection Terminated',
  linked: true,
  pairing: false,
  ...more,
});
const stream = (code: string, conflict = ''): LastWord => ({ tag: 'stream:error', code, conflict });
const failure = (reason: string): LastWord => ({ tag: 'failure', reason });

describe('a connection that ended', () => {
  it.each([
    ['device_removed with its code', stream('401', 'device_removed'), 'unlinked'],
    ['device_removed without a code', stream('', 'device_removed'), 'unlinked'],
    ['a login that WhatsApp refuses with 401', failure('401'), 'unlinked'],
    ['replaced', stream('', 'replaced'), 'replaced'],
    ['a bare 401 of the stream', stream('401'), 'login_refused'],
    ['515', stream('515'), 'restart_required'],
    ['503 of the stream', stream('503'), 'unavailable'],
    ['503 of the login', failure('503'), 'unavailable'],
    ['a ban', failure('403'), 'forbidden'],
    ['an old client', failure('405'), 'outdated_client'],
    ['an unknown failure', failure('418'), 'login_refused'],
    ['an unknown stream error', stream('599'), 'network'],
    ['no word', undefined, 'network'],
  ])('with %s', (_, word, reason) => {
    expect(closeReasonOf(ending(word))).toBe(reason);
  });

  it('with 401 before it was linked voids nothing', () => {
    expect(closeReasonOf(ending(failure('401'), { linked: false }))).toBe('login_refused');
  });

  it('with an HTTP 401 or 403 of something in between voids and forbids nothing', () => {
    for (const status of ['401', '403', '405', '440']) {
      expect(
        closeReasonOf(ending(undefined, { message: `WebSocket Error (Unexpected server response: ${status})` })),
      ).toBe('network');
    }
    expect(closeReasonOf(ending(undefined, { message: 'WebSocket Error (Unexpected server response: 503)' }))).toBe(
      'unavailable',
    );
  });

  it('in the middle of a pairing', () => {
    expect(closeReasonOf(ending(undefined, { linked: false, pairing: true }))).toBe('pairing_failed');
    expect(closeReasonOf(ending(undefined, { linked: false, message: 'QR refs attempts ended' }))).toBe('qr_expired');
  });
});
