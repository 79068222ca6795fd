import { allows, hasBlocked } from '../people/privacy.ts';
import { type Addressing, formatJid, parseJid } from '../wire/jids.ts';
import { type BinaryNode, childNamed, childrenNamed, childrenOf, node, textOf } from '../wire/nodes.ts';
import { findAccount, jidOf } from '../world/accounts.ts';
import type { AccountState, World } from '../world/world.ts';
import type { LoggedIn } from './logged-in.ts';

const deviceList = (account: AccountState | undefined): BinaryNode => {
  const devices = [...(account?.devices.values() ?? [])].map(({ id }) =>
    node('device', { id: id.toString(), 'key-index': id === 0 ? undefined : id.toString() }),
  );
  return node('devices', {}, [node('device-list', {}, devices)]);
};

const timerNode = ({ account }: AccountState): BinaryNode => {
  const { seconds, at } = account.newChatsDisappear ?? { seconds: 0, at: 0 };
  return node('disappearing_mode', { duration: seconds.toString(), t: at.toString() });
};

type Asked = { jid: string; addressing: Addressing; account: AccountState | undefined };

const readUser = (world: World, user: BinaryNode): Asked | undefined => {
  const phone = textOf(childNamed(user, 'contact'))?.replace(/\D/g, '');
  const jid = user.attrs.jid ?? (phone ? formatJid(phone, 'pn') : undefined);
  if (jid === undefined) return undefined;
  return { jid, addressing: parseJid(jid)?.addressing ?? 'pn', account: findAccount(world, jid) };
};

const aboutNode = (account: AccountState, client: LoggedIn): BinaryNode => {
  const isHidden = hasBlocked(account, client.state) || !allows(account, 'status', client.state);
  if (isHidden) return node('status', { code: '401', type: 'fail' });
  const { about = '', aboutAt = 0 } = account.account;
  return node('status', { t: aboutAt.toString() }, Buffer.from(about));
};

const answerProtocol = (protocol: string, asked: Asked, client: LoggedIn): BinaryNode | undefined => {
  const { account } = asked;
  switch (protocol) {
    case 'devices':
      return deviceList(account);
    case 'contact':
      return node('contact', { type: account ? 'in' : 'out' });
    case 'lid':
      // Who asked by LID knows it already; the real server does not repeat it either.
      return account && asked.addressing === 'pn' ? node('lid', { val: jidOf(account, 'lid') }) : undefined;
    case 'status':
      return account && aboutNode(account, client);
    case 'disappearing_mode':
      return account && timerNode(account);
    default:
      return undefined;
  }
};

/** Who is on WhatsApp, under which LID, with which devices. */
export const answerUsync = (world: World, client: LoggedIn, iq: BinaryNode): BinaryNode[] => {
  const usync = childNamed(iq, 'usync');
  const protocols = childrenOf(childNamed(usync, 'query')).map((protocol) => protocol.tag);
  const users = childrenNamed(childNamed(usync, 'list'), 'user').flatMap((user) => {
    const asked = readUser(world, user);
    if (!asked) return [];
    if (protocols.includes('devices')) {
      asked.account?.watchers.add(`${client.state.account.number}:${client.device.id}`);
    }
    const answers = protocols.flatMap((protocol) => answerProtocol(protocol, asked, client) ?? []);
    return [node('user', { jid: asked.jid }, answers)];
  });
  const { sid, index, last, mode, context } = usync?.attrs ?? {};
  return [node('usync', { sid, index, last, mode, context }, [node('list', {}, users)])];
};
