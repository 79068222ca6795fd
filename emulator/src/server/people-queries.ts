import { isMember } from '../groups/groups.ts';
import { setGroupPicture } from '../groups/picture.ts';
import { nameOfMedia, pathOfMedia } from '../media/media-host.ts';
import { sha256 } from '../media/sealed-media.ts';
import { setAbout, setNewChatsTimer } from '../people/about.ts';
import { PICTURE_BYTES_MAX, setPicture, visiblePicture } from '../people/picture.ts';
import { setAvailable, setTyping, subscribe, type TypingState } from '../people/presence.ts';
import { PRIVACY_VALUES, privacyOf, setBlocked, setPrivacy } from '../people/privacy.ts';
import { parseJid } from '../wire/jids.ts';
import { type BinaryNode, bytesOf, childNamed, childrenNamed, childrenOf, node, textOf } from '../wire/nodes.ts';
import { accountOfJid, findAccount, jidOf } from '../world/accounts.ts';
import type { AccountState, World } from '../world/world.ts';
import type { QueryError } from './keys.ts';
import type { LoggedIn } from './logged-in.ts';

/** What clients ask and say about people: privacy, block list, pictures, presence. */

type Answer = BinaryNode[] | QueryError;

const BAD_REQUEST: QueryError = { code: 400, text: 'bad-request' };
const NOT_FOUND: QueryError = { code: 404, text: 'item-not-found' };
const ABOUT_BYTES_MAX = 1024;
const TIMER_SECONDS_MAX = 365 * 86_400;

export const answerPrivacy = (_world: World, { state }: LoggedIn): Answer => {
  const categories = Object.keys(PRIVACY_VALUES);
  return [
    node(
      'privacy',
      {},
      categories.map((name) => node('category', { name, value: privacyOf(state, name) })),
    ),
  ];
};

export const changePrivacy = (world: World, client: LoggedIn, iq: BinaryNode): Answer => {
  const categories = childrenNamed(childNamed(iq, 'privacy'), 'category');
  for (const { attrs } of categories) {
    if (!setPrivacy(world, client.state, attrs.name ?? '', attrs.value ?? '')) return BAD_REQUEST;
  }
  return answerPrivacy(world, client);
};

export const answerBlockList = (world: World, { state }: LoggedIn): Answer => {
  const blocked = (state.account.blocked ?? []).flatMap((number) => world.accounts.get(number) ?? []);
  return [
    node(
      'list',
      {},
      blocked.map((other) => node('item', { jid: jidOf(other, 'lid') })),
    ),
  ];
};

export const changeBlockList = (world: World, client: LoggedIn, iq: BinaryNode): Answer => {
  const { jid, action } = childNamed(iq, 'item')?.attrs ?? {};
  const other = findAccount(world, jid);
  if (action !== 'block' && action !== 'unblock') return BAD_REQUEST;
  if (!other) return NOT_FOUND;
  setBlocked(world, client.state, other, action === 'block');
  return answerBlockList(world, client);
};

export const changeAbout = (world: World, { state }: LoggedIn, iq: BinaryNode): Answer => {
  const about = textOf(childNamed(iq, 'status')) ?? '';
  if (Buffer.byteLength(about) > ABOUT_BYTES_MAX) return BAD_REQUEST;
  setAbout(world, state, about);
  return [];
};

export const changeNewChatsTimer = (world: World, { state }: LoggedIn, iq: BinaryNode): Answer => {
  const seconds = Number(childNamed(iq, 'disappearing_mode')?.attrs.duration);
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > TIMER_SECONDS_MAX) return BAD_REQUEST;
  setNewChatsTimer(world, state, seconds);
  return [];
};

/** The name of the picture that a client may see of somebody, or of a group that its person is in. */
const findPicture = (world: World, state: AccountState, jid: string | undefined): string | undefined => {
  const group = world.groups.get(jid ?? '');
  if (group) return isMember(group, state) ? group.picture : undefined;
  const target = jid === undefined ? state : findAccount(world, jid);
  return target && visiblePicture(target, state);
};

export const answerPicture = (world: World, { state }: LoggedIn, iq: BinaryNode): Answer => {
  const name = findPicture(world, state, iq.attrs.target);
  if (name === undefined) return NOT_FOUND;
  const path = pathOfMedia(name);
  const type = childNamed(iq, 'picture')?.attrs.type ?? 'image';
  return [node('picture', { id: name, type, url: `https://${world.media.host}${path}`, direct_path: path })];
};

/** A client sets its own person's picture, or that of a group. */
export const changePicture = (world: World, { state }: LoggedIn, iq: BinaryNode): Answer => {
  const { target } = iq.attrs;
  const bytes = bytesOf(childNamed(iq, 'picture'));
  if ((bytes?.length ?? 0) > PICTURE_BYTES_MAX) return BAD_REQUEST;
  const group = world.groups.get(target ?? '');
  if (group) {
    const outcome = setGroupPicture(world, group, state, bytes);
    if (outcome.kind === 'refused') return { code: outcome.code, text: outcome.text };
    return bytes ? [node('picture', { id: group.picture })] : [];
  }
  if (target !== undefined && findAccount(world, target) !== state) return NOT_FOUND;
  // Its name is known before it is stored; a disk that fails leaves a picture that nobody can fetch, as a lost file does.
  setPicture(world, state, bytes).catch(() => undefined);
  return bytes ? [node('picture', { id: nameOfMedia(sha256(bytes)) })] : [];
};

/** A client says that its person is there, or wants to know whether somebody is. */
export const receivePresence = (world: World, client: LoggedIn, stanza: BinaryNode): void => {
  const { type = 'available', to } = stanza.attrs;
  if (type === 'available' || type === 'unavailable') {
    setAvailable(world, client.state, client.device.id, type === 'available');
    return;
  }
  const jid = parseJid(to);
  const other = accountOfJid(world, jid);
  if (type === 'subscribe' && jid && other) subscribe(other, client.state, client.device.id, jid.addressing);
};

const readTyping = (stanza: BinaryNode): TypingState | undefined => {
  const [content] = childrenOf(stanza);
  if (content?.tag === 'composing') return content.attrs.media === 'audio' ? 'recording' : 'composing';
  return content?.tag === 'paused' ? 'paused' : undefined;
};

export const receiveTyping = (world: World, client: LoggedIn, stanza: BinaryNode): void => {
  const { to = '' } = stanza.attrs;
  const typing = readTyping(stanza);
  const jid = parseJid(to);
  const chat = world.groups.has(to) ? to : accountOfJid(world, jid)?.account.number;
  if (typing && chat !== undefined) setTyping(world, client.state, chat, typing, jid?.addressing);
};
