import type { ErrorCode } from '../../platform/index.ts';
import { isChange, type NewContent } from './content.ts';
import type { MessageRow } from './messages.ts';

/** What one message wants of another: to answer it, or what its type says. */
export type TargetUse = { readonly type: 'reply' } | Extract<NewContent, { readonly messageId: unknown }>;

export type Fault = { readonly code: ErrorCode; readonly details: Readonly<Record<string, unknown>> };

const minuteMs = 60_000;
/** WhatsApp's own limits; phones pass over what comes later. */
export const editWithinMs = 15 * minuteMs;
export const deleteWithinMs = 60 * 60 * minuteMs;

const notThere = new Set(['scheduled', 'failed', 'cancelled', 'expired']);
const notForwardable = new Set(['poll', 'unsupported']);

/** Why a message does not allow what is wanted of it; undefined when it does. */
export function findFault(use: TargetUse, target: MessageRow, nowMs: number): Fault | undefined {
  if (notThere.has(target.status)) return fault('message_not_sent', target, { status: target.status });
  if (target.deleted_at !== null) return fault('message_deleted', target);
  if (isChange(target)) return unsuitable(target, 'It is not shown as a message of its own.');
  switch (use.type) {
    case 'reply':
    case 'reaction':
      return undefined;
    case 'poll_vote':
      return findVoteFault(use.options, target);
    case 'edit':
      return findEditFault(target, nowMs);
    case 'delete':
      return findDeleteFault(target, nowMs);
    case 'forward':
      return findForwardFault(target);
  }
}

function findVoteFault(options: readonly string[], target: MessageRow): Fault | undefined {
  if (target.type !== 'poll') return unsuitable(target, 'It is no poll.');
  const poll = asPoll(target.content);
  const unknown = options.filter((option) => !poll.options.includes(option));
  if (unknown.length > 0) return fault('poll_options_invalid', target, { unknown, options: poll.options });
  const most = poll.selectable === 0 ? poll.options.length : poll.selectable;
  return options.length > most ? fault('poll_options_invalid', target, { selectable: poll.selectable }) : undefined;
}

function findEditFault(target: MessageRow, nowMs: number): Fault | undefined {
  if (target.direction !== 'out') return unsuitable(target, 'Somebody else wrote it.');
  const content = asObject(target.content);
  const isText = target.type === 'text' || typeof content.caption === 'string';
  if (!isText) return unsuitable(target, 'It has no text that could be changed.');
  return isOlder(target, editWithinMs, nowMs) ? fault('edit_too_late', target) : undefined;
}

function findDeleteFault(target: MessageRow, nowMs: number): Fault | undefined {
  // Whether the number may delete what others wrote in a group is for WhatsApp to say.
  if (target.direction !== 'out') {
    return target.chat_kind === 'group' ? undefined : unsuitable(target, 'Somebody else wrote it.');
  }
  return isOlder(target, deleteWithinMs, nowMs) ? fault('delete_too_late', target) : undefined;
}

function findForwardFault(target: MessageRow): Fault | undefined {
  if (notForwardable.has(target.type)) return unsuitable(target, `Its type cannot be forwarded: ${target.type}.`);
  if (target.direction === 'in' && target.payload === null) return unsuitable(target, 'What it said was not kept.');
  return undefined;
}

const isOlder = (target: MessageRow, limitMs: number, nowMs: number): boolean =>
  target.sent_at !== null && nowMs - target.sent_at > limitMs;

const fault = (code: ErrorCode, target: MessageRow, details: Readonly<Record<string, unknown>> = {}): Fault => ({
  code,
  details: { message_id: target.id, ...details },
});

const unsuitable = (target: MessageRow, problem: string): Fault => fault('message_unsuitable', target, { problem });

/** Polls have these two, whoever asked them. */
function asPoll(content: string): { readonly options: readonly string[]; readonly selectable: number } {
  return JSON.parse(content) as { options: string[]; selectable: number };
}

/** Content is an object of its type's fields. */
function asObject(content: string): Readonly<Record<string, unknown>> {
  return JSON.parse(content) as Record<string, unknown>;
}
