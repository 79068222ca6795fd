import { type AuthenticationCreds, type GroupMetadata, jidDecode, type WASocket } from 'baileys';
import { holdAddresses } from './address-locks.ts';
import type { SignalKeys } from './signal-keys.ts';

/** Why nothing needs to be sent to a group: it would be refused, or WhatsApp says that the number is not in it. */
export class GroupRefusal extends Error {
  override readonly name = 'GroupRefusal';
  readonly code: 'not_in_group' | 'group_admins_only';

  constructor(code: GroupRefusal['code'], message: string, options?: { cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}

type Socket = Pick<WASocket, 'groupMetadata' | 'signalRepository'>;

export type GroupSending = {
  /**
   * To be called before a message is sent to a group: asks who is in it, and has the number's sender key made anew when
   * somebody had it who is no longer there, so that what follows is for those who are. Throws `GroupRefusal`.
   */
  prepare(socket: Socket, group: string): Promise<void>;
  /** What Baileys asks for while it sends: the answer that `prepare` got, once. */
  take(group: string): Promise<GroupMetadata | undefined>;
};

export function createGroupSending(deps: {
  readonly keys: SignalKeys;
  readonly instanceId: string;
  readonly creds: Pick<AuthenticationCreds, 'me'>;
}): GroupSending {
  const prepared = new Map<string, GroupMetadata>();
  const ownJids = (): string[] => [deps.creds.me?.id, deps.creds.me?.lid].filter((jid) => jid !== undefined);

  function requireVoice({ announce, participants }: GroupMetadata): void {
    const own = new Set(ownJids().map(userOf));
    const self = participants.find((one) => namesOf(one).some((name) => own.has(name)));
    if (announce !== true || !self || self.admin) return;
    throw new GroupRefusal('group_admins_only', 'Only admins write in this group.');
  }

  async function renewSenderKey(socket: Socket, group: string, { participants }: GroupMetadata): Promise<void> {
    const present = new Set([...participants.flatMap(namesOf), ...ownJids().map(userOf)]);
    await holdAddresses([`${deps.instanceId} ${group}`], () =>
      deps.keys.atomically(async () => {
        const { [group]: memory = {} } = await deps.keys.get('sender-key-memory', [group]);
        if (Object.keys(memory).every((device) => present.has(userOf(device)))) return;
        const names = ownJids().map((jid) =>
          senderKeyName(group, socket.signalRepository.jidToSignalProtocolAddress(jid)),
        );
        await deps.keys.set({
          'sender-key': Object.fromEntries(names.map((name) => [name, null])),
          'sender-key-memory': { [group]: null },
        });
      }),
    );
  }

  return {
    prepare: async (socket, group) => {
      const metadata = await socket.groupMetadata(group).catch((error: unknown) => {
        throw explain(error);
      });
      requireVoice(metadata);
      await renewSenderKey(socket, group, metadata);
      prepared.set(group, metadata);
    },
    take: async (group) => {
      const metadata = prepared.get(group);
      prepared.delete(group);
      return metadata;
    },
  };
}

/** WhatsApp tells of its groups to those who are in them. */
const strangerCodes = new Set<unknown>([401, 403, 404]);

function explain(error: unknown): unknown {
  if (!(error instanceof Error) || !('data' in error) || !strangerCodes.has(error.data)) return error;
  return new GroupRefusal('not_in_group', `WhatsApp answered ${error.data}: ${error.message}`, { cause: error });
}

const userOf = (jid: string | undefined): string => jidDecode(jid)?.user ?? '';

/** Every user part that a participant goes by. */
const namesOf = ({ id, phoneNumber, lid }: GroupMetadata['participants'][number]): string[] =>
  [id, phoneNumber, lid].map(userOf).filter((user) => user !== '');

/** As Baileys names a sender key: the group, and the two parts of a Signal address, which ends in the device. */
function senderKeyName(group: string, address: string): string {
  const dot = address.lastIndexOf('.');
  return `${group}::${address.slice(0, dot)}::${address.slice(dot + 1)}`;
}
