/**
 * Says that something is different now, and not what: whoever wants to know looks it up. A subject is the number of a phone,
 * or `groups`, `faults` or `waiting` (clients that wait to be linked).
 */
export type Changes = {
  note: (subject: string) => void;
  /** Hears every note from now on, until the returned function is called. */
  listen: (hear: (subject: string) => void) => () => void;
};

export const createChanges = (): Changes => {
  const listeners = new Set<(subject: string) => void>();
  return {
    note: (subject) => {
      for (const hear of listeners) hear(subject);
    },
    listen: (hear) => {
      listeners.add(hear);
      return () => listeners.delete(hear);
    },
  };
};
