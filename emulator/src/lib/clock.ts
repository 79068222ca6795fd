/** The only place where the emulator reads the time, in milliseconds. */
export const nowMs = (): number => Date.now();

/** WhatsApp's timestamps are whole seconds, as text in stanzas. */
export const nowSeconds = (): string => Math.floor(Date.now() / 1000).toString();

export type Timer = { cancel: () => void };

/** Runs `work` once after `waitMs`; never keeps the process alive by itself. */
export const startTimer = (waitMs: number, work: () => void): Timer => {
  const timer = setTimeout(work, waitMs);
  timer.unref();
  return { cancel: () => clearTimeout(timer) };
};
