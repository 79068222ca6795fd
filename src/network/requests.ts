import type { BusinessRequests } from './business.ts';
import type { CallRequests } from './calls.ts';
import type { ChatRequests } from './chats.ts';
import type { GroupRequests } from './groups.ts';
import type { LabelRequests } from './labels.ts';
import type { NewsletterRequests } from './newsletters.ts';
import type { PeopleRequests } from './people.ts';
import type { PresenceRequests } from './presence.ts';

/**
 * What can be asked of a live session beside sending: each request with its input and its answer, by name. Each name is a
 * capability as well, so that a network says which of them it knows.
 */
export type Requests = BusinessRequests &
  CallRequests &
  ChatRequests &
  GroupRequests &
  LabelRequests &
  NewsletterRequests &
  PeopleRequests &
  PresenceRequests & {
    /** Shows this number as typing in a chat, or as there or away to everybody. A `destination` is needed for the former. */
    set_presence: {
      input: {
        readonly presence: 'available' | 'unavailable' | 'typing' | 'recording' | 'paused';
        readonly destination?: string;
      };
      answer: undefined;
    };
  };

export type RequestKind = keyof Requests;

/** Why WhatsApp did not do what was asked. */
export type RequestRefusal = 'forbidden' | 'not_found' | 'invalid' | 'conflict' | 'rate_limited' | 'rejected';

/** What became of a request. `unanswered` means that it may have been done: nobody may claim that it was not. */
export type RequestOutcome<K extends RequestKind> =
  | { readonly kind: 'done'; readonly answer: Requests[K]['answer'] }
  | { readonly kind: 'refused'; readonly code: RequestRefusal; readonly detail: string }
  | { readonly kind: 'unanswered'; readonly reason: string };
