import type { BinaryNode } from 'baileys';
import { expect, test } from 'vitest';
import type { InboundUpdate } from '../network/index.ts';
import { hardenLibraries } from './harden-libraries.ts';
import { interpret } from './interpret.ts';
import { encodeStanza } from './stanza-bytes.ts';

hardenLibraries();

const address = '120363025246125486@g.us';
const self = { phone: '491510000001', lid: '900000000001' };
const ann = { phone: '491510000002', lid: '900000000002' };
const bea = { phone: '491510000003', lid: '900000000003' };
const atMs = 1_700_000_001_000;

const node = (tag: string, attrs: Record<string, string> = {}, content?: BinaryNode['content']): BinaryNode =>
  content === undefined ? { tag, attrs } : { tag, attrs, content };

const participant = ({ phone, lid }: typeof ann, attrs: Record<string, string> = {}): BinaryNode =>
  node('participant', { jid: `${lid}@lid`, phone_number: `${phone}@s.whatsapp.net`, ...attrs });

function read(content: BinaryNode[], attrs: Record<string, string> = {}): readonly InboundUpdate[] {
  const about = {
    from: address,
    type: 'w:gp2',
    id: '3216234',
    t: '1700000001',
    participant: `${ann.lid}@lid`,
    participant_pn: `${ann.phone}@s.whatsapp.net`,
    notify: 'Ann',
  };
  const stanza = encodeStanza(node('notification', { ...about, ...attrs }, content));
  return interpret({ stanza, plaintexts: [], receivedAtMs: 1, self });
}

const says = (change: unknown) => [
  { kind: 'group', chat: { kind: 'group', address }, by: { ...ann, name: 'Ann' }, change, atMs },
];

test.each<[string, BinaryNode, unknown]>([
  ['a subject', node('subject', { subject: 'New', s_t: '1' }), { what: 'updated', fields: { subject: 'New' } }],
  [
    'a description',
    node('description', { id: 'D1' }, [node('body', {}, Buffer.from('about'))]),
    { what: 'updated', fields: { description: 'about' } },
  ],
  [
    'the end of a description',
    node('description', { delete: 'true' }),
    { what: 'updated', fields: { description: null } },
  ],
  [
    'that it was put into a community',
    node('link', { link_type: 'parent_group' }, [node('group', { jid: '7@g.us', subject: 'Street' })]),
    { what: 'moved', community: '7@g.us' },
  ],
  [
    'that it was taken out of one',
    node('unlink', { unlink_type: 'parent_group' }, [node('group', { jid: '7@g.us' })]),
    { what: 'moved', community: null },
  ],
  ['that only admins write', node('announcement'), { what: 'updated', fields: { announce: true } }],
  ['that all write', node('not_announcement'), { what: 'updated', fields: { announce: false } }],
  ['that only admins change it', node('locked'), { what: 'updated', fields: { locked: true } }],
  ['that all change it', node('unlocked'), { what: 'updated', fields: { locked: false } }],
  [
    'a timer',
    node('ephemeral', { expiration: '604800' }),
    { what: 'updated', fields: { disappearingSeconds: 604_800 } },
  ],
  ['the end of a timer', node('not_ephemeral'), { what: 'updated', fields: { disappearingSeconds: 0 } }],
  [
    'who adds people',
    node('member_add_mode', {}, Buffer.from('all_member_add')),
    { what: 'updated', fields: { memberAddMode: 'all' } },
  ],
  [
    'that admins let people in',
    node('membership_approval_mode', {}, [node('group_join', { state: 'on' })]),
    { what: 'updated', fields: { joinApproval: true } },
  ],
  [
    'somebody who came by link',
    node('add', { reason: 'invite' }, [participant(bea)]),
    { what: 'added', members: [{ person: bea, role: 'member' }], reason: 'invite' },
  ],
  ['people who went', node('remove', {}, [participant(bea)]), { what: 'removed', people: [bea] }],
  ['a new admin', node('promote', {}, [participant(bea)]), { what: 'promoted', people: [bea] }],
  ['one admin less', node('demote', {}, [participant(bea)]), { what: 'demoted', people: [bea] }],
  [
    'somebody who wants to come in',
    node('created_membership_requests', { request_method: 'invite_link' }, [participant(bea)]),
    { what: 'join_requested', people: [bea], method: 'invite_link' },
  ],
  [
    'that nobody waits any more',
    node('revoked_membership_requests', {}, [participant(bea)]),
    { what: 'join_request_ended', people: [bea] },
  ],
  ['a new link', node('invite', { code: 'AbCd' }), { what: 'invite_changed', code: 'AbCd' }],
  ['the end of the group', node('delete', { reason: 'admin' }), { what: 'ended' }],
])('a notice tells %s, and by whom', (_what, child, change) => {
  expect(read([child])).toEqual(says(change));
});

test('several changes in one notice are several changes', () => {
  expect(read([node('locked'), node('announcement')])).toEqual([
    ...says({ what: 'updated', fields: { locked: true } }),
    ...says({ what: 'updated', fields: { announce: true } }),
  ]);
});

test('who comes into a group is told all about it, and whether it is new', () => {
  const group = node(
    'group',
    {
      id: '120363025246125486',
      subject: 'Friends',
      creation: '1700000000',
      creator: `${ann.lid}@lid`,
      creator_pn: `${ann.phone}@s.whatsapp.net`,
      size: '2',
    },
    [
      node('description', { id: 'D1' }, [node('body', {}, Buffer.from('about'))]),
      node('locked'),
      node('ephemeral', { expiration: '86400' }),
      node('member_add_mode', {}, Buffer.from('admin_add')),
      participant(ann, { type: 'superadmin' }),
      participant(self),
      participant(bea, { error: '403' }),
      node('participant', { jid: 'nonsense' }),
    ],
  );
  const info = {
    address,
    kind: 'group',
    subject: 'Friends',
    description: 'about',
    announce: false,
    locked: true,
    joinApproval: false,
    memberAddMode: 'admins',
    disappearingSeconds: 86_400,
    creator: ann,
    createdAtMs: 1_700_000_000_000,
    size: 2,
    members: [
      { person: ann, role: 'superadmin' },
      { person: self, role: 'member' },
    ],
  };
  expect(read([node('create', { type: 'new' }, [group])])).toEqual(says({ what: 'created', group: info }));
  expect(read([node('create', { reason: 'invite' }, [group])])).toEqual(says({ what: 'joined', group: info }));
});

test('a picture is a change of its own kind of notice, and names who set it within', () => {
  const attrs = { type: 'picture', participant: '', participant_pn: '', notify: '' };
  const set = node('set', { jid: address, id: '1699', author: `${ann.lid}@lid` });
  expect(read([set], attrs)).toMatchObject([
    { kind: 'group', by: { lid: ann.lid }, change: { what: 'updated', fields: { pictureId: '1699' } } },
  ]);
  expect(read([node('delete', { jid: address })], attrs)).toMatchObject([
    { change: { what: 'updated', fields: { pictureId: null } } },
  ]);
});

test('a notice that we do not know is ignored by its name, and one about a person’s picture is none of a group', () => {
  expect(read([node('suspended')])).toEqual([{ kind: 'ignored', why: 'group notice suspended' }]);
  expect(read([node('subject')])).toEqual([{ kind: 'ignored', why: 'group notice subject' }]);
  expect(read([node('create')])).toEqual([{ kind: 'ignored', why: 'group notice create' }]);
  const sub = node('link', { link_type: 'sub_group' }, [node('group', { jid: '7@g.us' })]);
  expect(read([sub])).toEqual([{ kind: 'ignored', why: 'group notice link' }]);
  expect(read([])).toEqual([{ kind: 'ignored', why: 'group notice without content' }]);
  const person = read([node('set', { id: '1' })], { type: 'picture', from: `${ann.phone}@s.whatsapp.net` });
  expect(person.every(({ kind }) => kind !== 'group')).toBe(true);
});
