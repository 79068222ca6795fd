import { describe, expect, it } from 'vitest';
import { type Config, listSettings, parseConfig } from './config.ts';

function requireConfig(env: Record<string, string>): Config {
  const outcome = parseConfig(env);
  if (!outcome.ok) throw new Error(outcome.problems.join('\n'));
  return outcome.config;
}

function listProblems(env: Record<string, string>): readonly string[] {
  const outcome = parseConfig(env);
  return outcome.ok ? [] : outcome.problems;
}

const rootKey = Buffer.alloc(32, 7).toString('base64');

describe('parseConfig', () => {
  it('needs nothing: every setting has a default or may be absent', () => {
    const config = requireConfig({});
    expect(config).toMatchObject({ port: 3000, host: '127.0.0.1', dataDir: './data', webhookMaxPerHost: 16 });
    expect(config.webhookRetryWaitsMs).toEqual([0, 10_000, 60_000, 300_000, 1_800_000, 7_200_000]);
    expect(config.secretsKey).toBeUndefined();
    expect(config.egressAllow).toEqual([]);
  });

  it('is frozen, lists included', () => {
    const config = requireConfig({ EGRESS_ALLOW: '10.0.0.0/8' });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.egressAllow)).toBe(true);
    expect(Object.isFrozen(config.webhookRetryWaitsMs)).toBe(true);
  });

  it('reads each kind of value', () => {
    const config = requireConfig({
      PORT: ' 0 ',
      RATE_LIMIT_PER_SECOND: '0.5',
      WEBHOOK_RETRY_SCHEDULE: '0, 0.05,1',
      EGRESS_ALLOW: '10.0.0.0/8, fd00::/8,Hooks.Internal,127.0.0.1',
      WHATSAPP_WEB_VERSION: '2.3000.1027934701',
      WHATSAPP_WEB_URL: 'ws://127.0.0.1:4000/ws/chat',
      WHATSAPP_WEB_ROOT_KEY: rootKey,
      PUBLIC_URL: 'https://wa.example.org/',
      LOG_LEVEL: 'debug',
      DATA_DIR: '',
    });
    expect(config).toMatchObject({
      port: 0,
      rateLimitPerSecond: 0.5,
      webhookRetryWaitsMs: [0, 50, 1_000],
      egressAllow: ['10.0.0.0/8', 'fd00::/8', 'hooks.internal', '127.0.0.1'],
      whatsappWebVersion: [2, 3000, 1027934701],
      whatsappWebUrl: 'ws://127.0.0.1:4000/ws/chat',
      publicUrl: 'https://wa.example.org',
      dataDir: './data',
    });
    expect(config.whatsappWebRootKey).toEqual(new Uint8Array(32).fill(7));
  });

  it.each([
    ['PORT', '65536'],
    ['PORT', '3000x'],
    ['PORT', '-1'],
    ['HOST', 'not a host'],
    ['LOG_LEVEL', 'loud'],
    ['BODY_LIMIT_BYTES', '1e6'],
    ['RATE_LIMIT_PER_SECOND', '0'],
    ['RATE_LIMIT_PER_SECOND', 'Infinity'],
    ['SWEEP_INTERVAL_MS', '2001'],
    ['WEBHOOK_RETRY_SCHEDULE', '0,,10'],
    ['WEBHOOK_RETRY_SCHEDULE', Array(21).fill('1').join(',')],
    ['WEBHOOK_HEADER_PREFIX', 'X-Sluice-'],
    ['WEBHOOK_HEADER_PREFIX', 'X\r\nInjected'],
    ['EGRESS_ALLOW', '10.0.0.0/33'],
    ['EGRESS_ALLOW', '10.0.0.300'],
    ['EGRESS_ALLOW', 'http://hooks.internal'],
    ['WHATSAPP_WEB_VERSION', '2.3000'],
    ['PUBLIC_URL', 'ftp://x'],
    ['ALLOW_FOREIGN_WHATSAPP', 'yes please'],
  ])('refuses %s=%j and says what was wrong and what is allowed', (name, value) => {
    const problems = listProblems({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name}: ".*" is not allowed; it must be .+\\.$`, 's'));
    expect(problems[0]).toContain(value);
  });

  it('names every problem at once', () => {
    expect(listProblems({ PORT: 'a', HOST: 'b c', LEASE_MS: 'd' })).toHaveLength(3);
  });

  it.each(['SECRETS_KEY', 'SECRETS_KEY_PREVIOUS', 'API_KEY_PEPPER'])('never repeats a short %s', (name) => {
    const problems = listProblems({ [name]: 'tooShort' });
    expect(problems[0]).toContain(`${name}: `);
    expect(problems.join()).not.toContain('tooShort');
  });

  it('takes a key of exactly 32 bytes in base64, padded or not', () => {
    const url = { WHATSAPP_WEB_URL: 'ws://localhost:1' };
    const wrong = ['AAAA', Buffer.alloc(33).toString('base64'), `${rootKey.slice(0, -2)}*=`];
    for (const WHATSAPP_WEB_ROOT_KEY of wrong) {
      expect(listProblems({ ...url, WHATSAPP_WEB_ROOT_KEY })[0]).toContain('exactly 32 bytes');
    }
    expect(listProblems({ ...url, WHATSAPP_WEB_ROOT_KEY: rootKey.replace('=', '') })).toEqual([]);
  });

  it.each([
    ['DATABASE_URL', 'PostgreSQL is not supported in this version'],
    ['NATS_URL', 'NATS is not supported in this version'],
  ])('refuses %s instead of pretending', (name, sentence) => {
    expect(listProblems({ [name]: 'x://y' })[0]).toContain(sentence);
    expect(listProblems({ [name]: '' })).toEqual([]);
  });
});

describe('settings that hang together', () => {
  it('another WhatsApp server needs its address and its key', () => {
    expect(listProblems({ WHATSAPP_WEB_URL: 'ws://localhost:1' })[0]).toContain('give both or neither');
    expect(listProblems({ WHATSAPP_WEB_ROOT_KEY: rootKey })[0]).toContain('give both or neither');
  });

  it.each(['ws://localhost:1', 'ws://127.0.0.1', 'ws://127.9.9.9', 'ws://[::1]:8', 'ws://127.1', 'ws://2130706433'])(
    '%s is on this machine',
    (url) => {
      expect(listProblems({ WHATSAPP_WEB_URL: url, WHATSAPP_WEB_ROOT_KEY: rootKey })).toEqual([]);
    },
  );

  it.each(['wss://web.example.org', 'ws://10.0.0.1', 'ws://127.evil.org', 'ws://localhost.evil.org', 'ws://[::2]'])(
    '%s is not, and needs to be allowed',
    (url) => {
      const env = { WHATSAPP_WEB_URL: url, WHATSAPP_WEB_ROOT_KEY: rootKey };
      expect(listProblems(env)[0]).toContain('ALLOW_FOREIGN_WHATSAPP=1');
      expect(listProblems({ ...env, ALLOW_FOREIGN_WHATSAPP: '1' })).toEqual([]);
    },
  );

  it.each([
    [{ LEASE_MS: '8000' }, 'LEASE_MS'],
    [{ RECONNECT_BASE_MS: '60001' }, 'RECONNECT_BASE_MS'],
    [{ WEBHOOK_CONNECT_TIMEOUT_MS: '15001' }, 'WEBHOOK_CONNECT_TIMEOUT_MS'],
    [{ SECRETS_KEY_PREVIOUS: 'k'.repeat(32) }, 'SECRETS_KEY_PREVIOUS'],
  ])('%j contradicts the rest', (env, name) => {
    const problems = listProblems(env);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name}: `));
  });
});

describe('near misses', () => {
  it.each([
    ['WEBHOOK_MAX_PERHOST', 'WEBHOOK_MAX_PER_HOST'],
    ['SLUICE_PORT', 'PORT'],
    ['SECRET_KEY', 'SECRETS_KEY'],
    ['webhook_timeout_ms', 'WEBHOOK_TIMEOUT_MS'],
    ['RATE_LIMIT_PER_SECONDS', 'RATE_LIMIT_PER_SECOND'],
    ['DATADIR', 'DATA_DIR'],
  ])('%s is ignored with a warning that names %s', (name, meant) => {
    expect(parseConfig({ [name]: '1' }).warnings).toEqual([`${name} is not a setting; ${meant} is. It was ignored.`]);
  });

  it('leaves the names of others alone', () => {
    const others = ['HOME', 'PATH', 'HOSTNAME', 'LOGNAME', 'PORTAGE', 'npm_config_cache', 'LANG', 'PWD', 'CI'];
    expect(parseConfig(Object.fromEntries(others.map((name) => [name, 'x']))).warnings).toEqual([]);
  });
});

describe('listSettings', () => {
  it('tells of every setting what it does, what is allowed and its default', () => {
    const settings = listSettings();
    expect(settings).toHaveLength(Object.keys(requireConfig({})).length + 8);
    for (const setting of settings) {
      expect(setting.name).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
      expect(setting.description).toMatch(/^[A-Z].*\.$/);
      expect(setting.allowed).not.toBe('');
    }
  });

  it('lists defaults that are allowed', () => {
    const defaults = listSettings().flatMap(({ name, defaultText }) => (defaultText ? [[name, defaultText]] : []));
    expect(parseConfig(Object.fromEntries(defaults))).toEqual(parseConfig({}));
  });
});
