type Slot = {
  /** True when it was not free at once, so what was known before may be out of date. */
  readonly waited: boolean;
  release(): void;
};

export type OriginSlots = {
  /** Undefined when the signal ends the wait. `holder` is who is to be treated fairly. */
  take(origin: string, holder: string, signal: AbortSignal): Promise<Slot | undefined>;
};

type Waiter = { readonly holder: string; grant(): void };
type Origin = { readonly held: Map<string, number>; total: number; waiters: Waiter[] };

/**
 * At most `max` at once for each origin. A slot that comes free goes to the holder with the fewest, the longest waiting
 * among those: of several endpoints behind one origin, one that hangs does not get all of them.
 */
export function createOriginSlots(max: number): OriginSlots {
  const origins = new Map<string, Origin>();

  const hold = (key: string, origin: Origin, holder: string, waited: boolean): Slot => {
    origin.total += 1;
    origin.held.set(holder, (origin.held.get(holder) ?? 0) + 1);
    let released = false;
    return {
      waited,
      release: () => {
        if (released) return;
        released = true;
        free(key, origin, holder);
      },
    };
  };

  const free = (key: string, origin: Origin, holder: string): void => {
    const left = (origin.held.get(holder) ?? 1) - 1;
    origin.total -= 1;
    if (left > 0) origin.held.set(holder, left);
    else origin.held.delete(holder);
    nextWaiter(origin)?.grant();
    if (origin.total === 0 && origin.waiters.length === 0) origins.delete(key);
  };

  const take = (key: string, holder: string, signal: AbortSignal): Promise<Slot | undefined> | Slot | undefined => {
    if (signal.aborted) return undefined;
    const origin: Origin = origins.get(key) ?? { held: new Map(), total: 0, waiters: [] };
    origins.set(key, origin);
    if (origin.total < max) return hold(key, origin, holder, false);
    return new Promise((resolve) => {
      const leave = (): void => {
        origin.waiters = origin.waiters.filter((other) => other !== waiter);
        resolve(undefined);
      };
      const waiter = {
        holder,
        grant: () => {
          signal.removeEventListener('abort', leave);
          origin.waiters = origin.waiters.filter((other) => other !== waiter);
          resolve(hold(key, origin, holder, true));
        },
      };
      origin.waiters.push(waiter);
      signal.addEventListener('abort', leave, { once: true });
    });
  };

  return { take: async (key, holder, signal) => take(key, holder, signal) };
}

function nextWaiter({ waiters, held }: Origin): Waiter | undefined {
  const holds = (waiter: Waiter): number => held.get(waiter.holder) ?? 0;
  return waiters.reduce<Waiter | undefined>(
    (best, waiter) => (best === undefined || holds(waiter) < holds(best) ? waiter : best),
    undefined,
  );
}
