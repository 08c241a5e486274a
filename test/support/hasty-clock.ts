import type { Clock } from '../../src/link/clock.ts';

const TICK_MS = 2;
/** What one tick counts at most: where it came later, this process was not let run. */
const LONGEST_TICK_MS = 10;

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/**
 * Timers run `factor` times as fast, so that a test need not wait for the patience of people. Time in which the process stands
 * still does not count: on a busy machine nobody is taken for gone who was only not let run.
 */
export function hastyClock(factor: number): Clock {
  const timers = new Set<Timer>();
  let ticker: NodeJS.Timeout | undefined;
  let [ticked, time] = [performance.now(), 0];
  const now = (): number => time + Math.min(performance.now() - ticked, LONGEST_TICK_MS) * factor;
  const passTime = (): void => {
    [time, ticked] = [now(), performance.now()];
  };
  const forget = (timer: Timer): void => {
    timers.delete(timer);
    if (timers.size > 0) return;
    clearInterval(ticker);
    ticker = undefined;
  };
  const tick = (): void => {
    passTime();
    const due = [...timers].filter((timer) => timer.due <= time).toSorted((a, b) => a.due - b.due);
    for (const timer of due) {
      if (!timers.has(timer)) continue;
      forget(timer);
      timer.callback();
    }
  };
  return {
    now,
    wall: () => Date.now(),
    after(ms, callback) {
      // Time stood still as long as nobody waited.
      if (!ticker) passTime();
      const timer = { due: now() + ms, callback };
      timers.add(timer);
      ticker ??= setInterval(tick, TICK_MS);
      return () => forget(timer);
    },
  };
}
