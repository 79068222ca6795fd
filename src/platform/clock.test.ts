import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { elapsed, now, sleep, startTimer } from './clock.ts';

describe('the clock', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_000 }));
  afterEach(() => void vi.useRealTimers());

  it('tells the time in milliseconds, and time that passed', () => {
    const started = elapsed();
    vi.advanceTimersByTime(250);
    expect(now()).toBe(1_250);
    expect(elapsed() - started).toBe(250);
  });

  it('runs a timer once, and never once it was cancelled', () => {
    const ran: string[] = [];
    startTimer(10, () => ran.push('kept'));
    const cancel = startTimer(10, () => ran.push('cancelled'));
    cancel();
    vi.advanceTimersByTime(1_000);
    expect(ran).toEqual(['kept']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits longer than setTimeout can', () => {
    const days30 = 30 * 86_400_000;
    let ran = false;
    startTimer(days30, () => {
      ran = true;
    });
    vi.advanceTimersByTime(days30 - 1);
    expect(ran).toBe(false);
    vi.advanceTimersByTime(1);
    expect(ran).toBe(true);
  });

  it('wakes a sleeper at the signal, and leaves no timer behind', async () => {
    const stop = new AbortController();
    const slept = sleep(60_000, stop.signal);
    stop.abort();
    await slept;
    await sleep(60_000, stop.signal);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('lets a sleeper sleep its time', async () => {
    let awake = false;
    const slept = sleep(100).then(() => {
      awake = true;
    });
    await vi.advanceTimersByTimeAsync(99);
    expect(awake).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await slept;
    expect(awake).toBe(true);
  });
});
