import { describe, expect, it } from 'vitest';
import { interpret } from './interpret.ts';
import { encodeStanza } from './stanza-bytes.ts';

const newsletter = '120300000000000001@newsletter';

const read = (tag: string, said: unknown) => {
  const content = [{ tag, attrs: {}, content: Buffer.from(typeof said === 'string' ? said : JSON.stringify(said)) }];
  const notice = {
    tag: 'notification',
    attrs: { type: 'mex', from: 's.whatsapp.net', id: 'N1', t: '1700000000' },
    content,
  };
  return interpret({ stanza: encodeStanza(notice), plaintexts: [], receivedAtMs: 1, self: { phone: '4915100000001' } });
};
const change = (what: object) => [
  { kind: 'newsletter', chat: { kind: 'newsletter', address: newsletter }, change: what, atMs: 1_700_000_000_000 },
];

describe('a notice about a newsletter', () => {
  it('says what it is called now, in each form', () => {
    const settings = { name: 'New', description: '' };
    const updates = [{ jid: newsletter, settings }];
    const fields = { name: 'New', description: null };
    expect(read('mex', { operation: 'NotificationNewsletterUpdate', updates })).toEqual(
      change({ what: 'updated', fields }),
    );
    const thread = { name: { id: '1', text: 'New' } };
    const data = { xwa2_notify_newsletter_on_metadata_update: { id: newsletter, thread_metadata: thread } };
    expect(read('update', { data })).toEqual(change({ what: 'updated', fields: { name: 'New' } }));
  });

  it('says that another device of the number follows it, with all about it', () => {
    const thread = {
      creation_time: '1690000000',
      name: { text: 'News' },
      description: { text: 'What is new' },
      invite: 'AbCd',
      subscribers_count: '12',
      verification: 'VERIFIED',
      picture: null,
    };
    const viewer = { mute: 'OFF', role: 'SUBSCRIBER' };
    const said = { id: newsletter, thread_metadata: thread, viewer_metadata: viewer };
    const described = {
      address: newsletter,
      name: 'News',
      description: 'What is new',
      inviteCode: 'AbCd',
      subscribers: 12,
      verified: true,
      role: 'subscriber',
      muted: false,
      createdAtMs: 1_690_000_000_000,
    };
    expect(read('update', { data: { xwa2_notify_newsletter_on_join: said } })).toEqual(
      change({ what: 'followed', newsletter: described }),
    );
  });

  it('says that another device follows it no more, or has muted it', () => {
    const left = { xwa2_notify_newsletter_on_leave: { id: newsletter, role: 'GUEST' } };
    expect(read('update', { data: left })).toEqual(change({ what: 'unfollowed' }));
    const muted = { xwa2_notify_newsletter_on_mute_change: { id: newsletter, mute: 'ON' } };
    expect(read('update', { data: muted })).toEqual(change({ what: 'muted', muted: true }));
  });

  it.each([
    ['what is no JSON', '{'],
    ['nothing', 'null'],
    ['no newsletter', { data: { xwa2_notify_newsletter_on_leave: { id: '1@g.us' } } }],
    ['words of no sort', { operation: 'NotificationNewsletterUpdate', updates: [{ jid: newsletter, settings: [1] }] }],
    ['a mute of no sort', { data: { xwa2_notify_newsletter_on_mute_change: { id: newsletter, mute: {} } } }],
    ['something else', { data: { xwa2_notify_account_reachout_timelock: { is_active: true } } }],
  ])('is ignored when it says %s', (_what, said) => {
    expect(read('update', said)).toEqual([{ kind: 'ignored', why: expect.any(String) }]);
  });
});
