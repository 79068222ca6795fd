import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { FAULTS } from '../faults/table.ts';
import { type ControlClient, createControlClient } from './control-client.ts';

const PHONE_USAGE = `Usage: sluice-emulator phone COMMAND [--url http://127.0.0.1:7800] [--json]

  add [--number N] [--name NAME] [--devices 2]       a new phone
  list                                               all phones
  scan NUMBER 'QR TEXT'                              the phone scans a waiting client's QR code
  code NUMBER CODE                                   the person types the eight-character code that a client shows
  send NUMBER TO TEXT [--via pn|lid] [--kind image --file PATH] [--count 100] [name=value ...]
                                                     kinds and what they take: /openapi.json; choice=, place=, seconds= ...
  pin NUMBER TO ID [SECONDS]                         for everybody in the chat; 0 takes the pin away
  react NUMBER ID [EMOJI] | edit NUMBER ID TEXT | delete NUMBER ID | vote NUMBER ID [OPTION ...]
  reply NUMBER TO ID TEXT                            a message that quotes another
  poll NUMBER TO QUESTION OPTION OPTION ...
  timer NUMBER TO SECONDS                            messages of the chat disappear; 0 lets them stay
  chats NUMBER                                       what is set for each chat
  vanish NUMBER ID                                   the message's file is gone from the media host
  messages NUMBER [--with NUMBER]                    what the person sees
  read NUMBER [--with NUMBER]                        the person reads
  story NUMBER TEXT [--kind image --file PATH] [--to NUMBER,NUMBER]
  stories NUMBER                                     what the phone shows of everybody's
  view NUMBER ID                                     the person looks at a story
  call NUMBER TO [--video]                           rings until somebody does something
  calls NUMBER | accept NUMBER CALL | reject NUMBER CALL | hangup NUMBER CALL
  chat NUMBER CHAT name=value ...                    pinned, archived, muted_until, unread
  star NUMBER ID | unstar NUMBER ID | hide NUMBER ID
  clear NUMBER CHAT                                  the person deletes a chat
  labels NUMBER | label NUMBER LABEL NAME [COLOR] | tag NUMBER LABEL CHAT | untag NUMBER LABEL CHAT
  contact NUMBER OTHER [NAME]                        the address book; without a name the entry goes
  groups                                             all groups; TO and --with take their JIDs too
  group NUMBER SUBJECT [MEMBER ...]                  the person founds a group
  members NUMBER GROUP add|remove|promote|demote MEMBER ...
  community NUMBER SUBJECT [DESCRIPTION]             holds groups together
  join NUMBER CODE | leave NUMBER GROUP              by invite link or invitation; and out again
  requests NUMBER GROUP approve|reject|withdraw [MEMBER ...]   who follows the link where admins decide
  setting NUMBER GROUP name=value ...                subject, announce, restrict, admins_add, approval ...
  channels                                           all newsletters
  channel NUMBER NAME [DESCRIPTION]                  the person founds one
  follow NUMBER CHANNEL | unfollow NUMBER CHANNEL | post NUMBER CHANNEL TEXT | posts CHANNEL
  restrict NUMBER SECONDS                            WhatsApp allows no new chats; 0 lifts it
  here NUMBER | away NUMBER                          the person looks at the phone, or puts it away
  typing NUMBER CHAT [composing|recording|paused]
  block NUMBER OTHER | unblock NUMBER OTHER
  privacy NUMBER [CATEGORY VALUE]
  picture NUMBER [PATH]                              a profile picture; none takes it away
  business NUMBER [name=value ...]                   makes it one: description, address, email, category
  reinstall NUMBER                                   a new phone, with another identity
  set NUMBER name=value ...                          name, about, auto_read, auto_delivered, answer_retry, history
  on NUMBER | off NUMBER                             switch the phone on or off
  counters NUMBER                                    raw, shown, resends, ...
  clients NUMBER                                     linked clients
  disconnect NUMBER DEVICE KIND                      drop, half_open, replaced, device_removed, restart_515, unavailable_503
  unlink NUMBER DEVICE                               the person unlinks a client
  faults                                             what is set to go wrong, and what could
  faults add KIND [name=value ...]                   for example: faults add nack code=463 count=1
  faults end [ID]                                    one, or all

EMULATOR_URL is used when --url is not given.`;

type Options = Record<string, string | boolean | undefined>;
type Command = (control: ControlClient, args: string[], options: Options) => Promise<unknown>;

const requireArgument = (args: string[], index: number, name: string): string => {
  const value = args[index];
  if (value === undefined) throw new Error(`${name} is missing; see: phone help`);
  return value;
};

const phonePath = (args: string[], rest = ''): string =>
  `/control/phones/${encodeURIComponent(requireArgument(args, 0, 'NUMBER'))}${rest}`;

const messagePath = (args: string[], rest = ''): string =>
  phonePath(args, `/messages/${encodeURIComponent(requireArgument(args, 1, 'ID'))}${rest}`);

const labelPath = (args: string[]): string =>
  phonePath(args, `/labels/${requireArgument(args, 1, 'LABEL')}/chats/${requireArgument(args, 2, 'CHAT')}`);

const followPath = (args: string[]): string =>
  `/control/newsletters/${requireArgument(args, 1, 'CHANNEL')}/members/${requireArgument(args, 0, 'NUMBER')}`;

const withQuery = (options: Options): string => (options.with ? `?with=${options.with}` : '');

/** What stays text, whatever it looks like; nothing for no pairs. */
const readForm = (pairs: string[]): Record<string, string> | undefined =>
  pairs.length ? Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s, 2))) : undefined;

/** Parameters that stay text even when they look like numbers. */
const TEXTUAL = new Set(['number', 'choice', 'target', 'quote', 'product', 'place', 'description', 'subject']);

/** `code=463` becomes a number and `on=true` a yes; everything else stays text. */
const readParameters = (pairs: string[]): Record<string, string | number | boolean> =>
  Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', value = ''] = pair.split('=', 2);
      if (value === 'true' || value === 'false') return [name, value === 'true'];
      return [name, /^\d+(\.\d+)?$/.test(value) && !TEXTUAL.has(name) ? Number(value) : value];
    }),
  );

const faults: Command = async (control, args) => {
  const [action, subject, ...pairs] = args;
  if (action === 'add') {
    return control('POST', '/control/faults', { kind: requireArgument(args, 1, 'KIND'), ...readParameters(pairs) });
  }
  if (action === 'end') return control('DELETE', subject ? `/control/faults/${subject}` : '/control/faults');
  const active = (await control('GET', '/control/faults')) as { data: unknown[] };
  return { active: active.data, kinds: FAULTS };
};

const COMMANDS: Record<string, Command> = {
  add: (control, _args, { number, name, devices }) =>
    control('POST', '/control/phones', { number, name, ...(devices ? { devices: Number(devices) } : {}) }),
  list: (control) => control('GET', '/control/phones'),
  scan: (control, args) => control('POST', phonePath(args, '/scan'), { qr: requireArgument(args, 1, 'QR TEXT') }),
  code: (control, args) => control('POST', phonePath(args, '/link-code'), { code: requireArgument(args, 1, 'CODE') }),
  send: async (control, args, { via, kind, count, file }) =>
    control('POST', phonePath(args, '/messages'), {
      to: requireArgument(args, 1, 'TO'),
      text: requireArgument(args, 2, 'TEXT'),
      via,
      kind,
      ...(file ? { data: await readFile(String(file), 'base64'), file_name: basename(String(file)) } : {}),
      ...(count ? { count: Number(count) } : {}),
      ...readParameters(args.slice(3)),
    }),
  pin: (control, args) =>
    control('POST', phonePath(args, '/messages'), {
      to: requireArgument(args, 1, 'TO'),
      kind: 'pin',
      target: requireArgument(args, 2, 'ID'),
      ...(args[3] ? { seconds: Number(args[3]) } : {}),
    }),
  react: (control, args) => control('PUT', messagePath(args, '/reaction'), { emoji: args[2] ?? '' }),
  edit: (control, args) => control('PATCH', messagePath(args), { text: requireArgument(args, 2, 'TEXT') }),
  delete: (control, args) => control('DELETE', messagePath(args)),
  vote: (control, args) => control('PUT', messagePath(args, '/vote'), { options: args.slice(2) }),
  reply: (control, args) =>
    control('POST', phonePath(args, '/messages'), {
      to: requireArgument(args, 1, 'TO'),
      quote: requireArgument(args, 2, 'ID'),
      text: requireArgument(args, 3, 'TEXT'),
    }),
  poll: (control, args) =>
    control('POST', phonePath(args, '/messages'), {
      to: requireArgument(args, 1, 'TO'),
      kind: 'poll',
      text: requireArgument(args, 2, 'QUESTION'),
      options: args.slice(3),
    }),
  timer: (control, args) =>
    control('POST', phonePath(args, '/messages'), {
      to: requireArgument(args, 1, 'TO'),
      kind: 'timer',
      seconds: Number(requireArgument(args, 2, 'SECONDS')),
    }),
  chats: (control, args) => control('GET', phonePath(args, '/chats')),
  vanish: (control, args) => control('POST', messagePath(args, '/media/vanish'), {}),
  messages: (control, args, options) => control('GET', phonePath(args, `/messages${withQuery(options)}`)),
  read: (control, args, options) => control('POST', phonePath(args, '/read'), { with: options.with }),
  story: async (control, args, { kind, file, to }) =>
    control('POST', phonePath(args, '/stories'), {
      text: args[1] ?? '',
      kind,
      ...(file ? { data: await readFile(String(file), 'base64') } : {}),
      ...(to ? { to: String(to).split(',') } : {}),
    }),
  stories: (control, args) => control('GET', phonePath(args, '/stories')),
  view: (control, args) => control('POST', phonePath(args, `/stories/${requireArgument(args, 1, 'ID')}/view`)),
  call: (control, args, { video }) =>
    control('POST', phonePath(args, '/calls'), { to: requireArgument(args, 1, 'TO'), video: video === true }),
  calls: (control, args) => control('GET', phonePath(args, '/calls')),
  accept: (control, args) => control('POST', phonePath(args, `/calls/${requireArgument(args, 1, 'CALL')}/accept`)),
  reject: (control, args) => control('POST', phonePath(args, `/calls/${requireArgument(args, 1, 'CALL')}/reject`)),
  hangup: (control, args) => control('POST', phonePath(args, `/calls/${requireArgument(args, 1, 'CALL')}/hang-up`)),
  chat: (control, args) =>
    control('PATCH', phonePath(args, `/chats/${requireArgument(args, 1, 'CHAT')}`), readParameters(args.slice(2))),
  star: (control, args) => control('PUT', messagePath(args, '/star'), { starred: true }),
  unstar: (control, args) => control('PUT', messagePath(args, '/star'), { starred: false }),
  hide: (control, args) => control('POST', messagePath(args, '/hide')),
  clear: (control, args) => control('DELETE', phonePath(args, `/chats/${requireArgument(args, 1, 'CHAT')}`)),
  labels: (control, args) => control('GET', phonePath(args, '/labels')),
  label: (control, args) =>
    control('PUT', phonePath(args, `/labels/${requireArgument(args, 1, 'LABEL')}`), {
      name: requireArgument(args, 2, 'NAME'),
      ...(args[3] ? { color: Number(args[3]) } : {}),
    }),
  tag: (control, args) => control('PUT', labelPath(args), { labeled: true }),
  untag: (control, args) => control('PUT', labelPath(args), { labeled: false }),
  contact: (control, args) => {
    const path = phonePath(args, `/contacts/${requireArgument(args, 1, 'OTHER')}`);
    return args[2] === undefined ? control('DELETE', path) : control('PUT', path, { name: args[2] });
  },
  groups: (control) => control('GET', '/control/groups'),
  group: (control, args) =>
    control('POST', '/control/groups', {
      by: requireArgument(args, 0, 'NUMBER'),
      subject: requireArgument(args, 1, 'SUBJECT'),
      members: args.slice(2),
    }),
  members: (control, args) =>
    control('POST', `/control/groups/${requireArgument(args, 1, 'GROUP')}/members`, {
      by: requireArgument(args, 0, 'NUMBER'),
      action: requireArgument(args, 2, 'ACTION'),
      numbers: args.slice(3),
    }),
  requests: (control, args) =>
    control('POST', `/control/groups/${requireArgument(args, 1, 'GROUP')}/requests`, {
      by: requireArgument(args, 0, 'NUMBER'),
      action: requireArgument(args, 2, 'ACTION'),
      ...(args.length > 3 ? { numbers: args.slice(3) } : {}),
    }),
  setting: (control, args) =>
    control('PATCH', `/control/groups/${requireArgument(args, 1, 'GROUP')}`, {
      by: requireArgument(args, 0, 'NUMBER'),
      ...readParameters(args.slice(2)),
    }),
  community: (control, args) =>
    control('POST', '/control/communities', {
      by: requireArgument(args, 0, 'NUMBER'),
      subject: requireArgument(args, 1, 'SUBJECT'),
      description: args[2],
    }),
  join: (control, args) => control('POST', phonePath(args, '/join'), { code: requireArgument(args, 1, 'CODE') }),
  leave: (control, args) => control('POST', phonePath(args, '/leave'), { group: requireArgument(args, 1, 'GROUP') }),
  channels: (control) => control('GET', '/control/newsletters'),
  channel: (control, args) =>
    control('POST', '/control/newsletters', {
      by: requireArgument(args, 0, 'NUMBER'),
      name: requireArgument(args, 1, 'NAME'),
      description: args[2],
    }),
  follow: (control, args) => control('PUT', followPath(args), { role: 'follower' }),
  unfollow: (control, args) => control('PUT', followPath(args), { role: 'none' }),
  post: (control, args) =>
    control('POST', `/control/newsletters/${requireArgument(args, 1, 'CHANNEL')}/posts`, {
      by: requireArgument(args, 0, 'NUMBER'),
      text: requireArgument(args, 2, 'TEXT'),
    }),
  posts: (control, args) => control('GET', `/control/newsletters/${requireArgument(args, 0, 'CHANNEL')}/posts`),
  restrict: (control, args) =>
    control('PUT', phonePath(args, '/restriction'), { seconds: Number(requireArgument(args, 1, 'SECONDS')) }),
  here: (control, args) => control('PUT', phonePath(args, '/presence'), { available: true }),
  away: (control, args) => control('PUT', phonePath(args, '/presence'), { available: false }),
  typing: (control, args) =>
    control('PUT', phonePath(args, '/typing'), {
      with: requireArgument(args, 1, 'CHAT'),
      state: args[2] ?? 'composing',
    }),
  block: (control, args) =>
    control('PUT', phonePath(args, '/blocks'), { number: requireArgument(args, 1, 'OTHER'), blocked: true }),
  unblock: (control, args) =>
    control('PUT', phonePath(args, '/blocks'), { number: requireArgument(args, 1, 'OTHER'), blocked: false }),
  privacy: (control, args) =>
    args[1] === undefined
      ? control('GET', phonePath(args, '/privacy'))
      : control('PATCH', phonePath(args, '/privacy'), { [args[1]]: requireArgument(args, 2, 'VALUE') }),
  picture: async (control, args) =>
    control('PUT', phonePath(args, '/picture'), { data: args[1] ? await readFile(args[1], 'base64') : '' }),
  business: (control, args) =>
    control(args.length > 1 ? 'PUT' : 'GET', phonePath(args, '/business'), readForm(args.slice(1))),
  reinstall: (control, args) => control('POST', phonePath(args, '/reinstall')),
  set: (control, args) => control('PATCH', phonePath(args), readParameters(args.slice(1))),
  on: (control, args) => control('PATCH', phonePath(args), { online: true }),
  off: (control, args) => control('PATCH', phonePath(args), { online: false }),
  counters: (control, args) => control('GET', phonePath(args, '/counters')),
  clients: (control, args) => control('GET', phonePath(args, '/clients')),
  disconnect: (control, args) =>
    control('POST', phonePath(args, `/clients/${requireArgument(args, 1, 'DEVICE')}/disconnect`), {
      kind: requireArgument(args, 2, 'KIND'),
    }),
  unlink: (control, args) => control('DELETE', phonePath(args, `/clients/${requireArgument(args, 1, 'DEVICE')}`)),
  faults,
};

type Row = Record<string, unknown>;

const line = (row: Row): string =>
  Object.values(row)
    .map((value) => (typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '-')))
    .join('  ');

/** One line for each row of a list, JSON for everything else. */
const render = (answer: unknown): string => {
  const rows = Array.isArray(answer) ? answer : (answer as { data?: unknown } | undefined)?.data;
  if (Array.isArray(rows)) return rows.length ? rows.map((row) => line(row as Row)).join('\n') : '(none)';
  return answer === undefined ? 'done' : JSON.stringify(answer, null, 2);
};

/** Runs one `phone` command against a running emulator and gives what there is to print. */
export const runPhoneCommand = async (argv: string[], environmentUrl: string | undefined): Promise<string> => {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      url: text,
      number: text,
      name: text,
      devices: text,
      via: text,
      kind: text,
      count: text,
      file: text,
      with: text,
      to: text,
      video: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const [name = 'help', ...args] = positionals;
  const command = COMMANDS[name];
  if (!command) return PHONE_USAGE;
  const control = createControlClient(values.url ?? environmentUrl ?? 'http://127.0.0.1:7800');
  const answer = await command(control, args, values);
  return values.json ? JSON.stringify(answer) : render(answer);
};
