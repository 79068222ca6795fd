/** What the tests ask of groups on the emulator's phones, through its control API, as anyone would. */
export type PhoneGroup = {
  readonly group: string;
  readonly subject: string;
  readonly description: string | null;
  readonly announce: boolean;
  readonly restrict: boolean;
  readonly approval: boolean;
  readonly admins_add: boolean;
  readonly disappearing_seconds: number;
  readonly invite_code: string;
  readonly requests: readonly string[];
  readonly has_picture: boolean;
  readonly members: readonly { readonly number: string; readonly role: string }[];
};

export type PhoneGroups = {
  list(): Promise<readonly PhoneGroup[]>;
  read(group: string): Promise<PhoneGroup>;
  found(by: string, subject: string, members: readonly string[]): Promise<PhoneGroup>;
  change(group: string, by: string, patch: Readonly<Record<string, unknown>>): Promise<void>;
  move(
    group: string,
    by: string,
    action: 'add' | 'remove' | 'promote' | 'demote',
    numbers: readonly string[],
  ): Promise<void>;
  decide(
    group: string,
    by: string,
    action: 'approve' | 'reject' | 'withdraw',
    numbers?: readonly string[],
  ): Promise<void>;
  renewInvite(group: string, by: string): Promise<void>;
  join(number: string, code: string): Promise<void>;
  leave(number: string, group: string): Promise<void>;
  /** From now on only their contacts may add this person to groups. */
  refuseAdds(number: string): Promise<void>;
};

export function createPhoneGroups(url: string): PhoneGroups {
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${url}/control${path}`, {
      method,
      ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(15_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  };
  return {
    list: async () => (await call('GET', '/groups')).data,
    read: (group) => call('GET', `/groups/${group}`),
    found: (by, subject, members) => call('POST', '/groups', { by, subject, members }),
    change: (group, by, patch) => call('PATCH', `/groups/${group}`, { by, ...patch }),
    move: (group, by, action, numbers) => call('POST', `/groups/${group}/members`, { by, action, numbers }),
    decide: (group, by, action, numbers) =>
      call('POST', `/groups/${group}/requests`, { by, action, ...(numbers && { numbers }) }),
    renewInvite: (group, by) => call('POST', `/groups/${group}/invite`, { by }),
    join: (number, code) => call('POST', `/phones/${number}/join`, { code }),
    leave: (number, group) => call('POST', `/phones/${number}/leave`, { group }),
    refuseAdds: (number) => call('PATCH', `/phones/${number}/privacy`, { groupadd: 'contacts' }),
  };
}
