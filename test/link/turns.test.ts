import { describe, expect, it } from 'vitest';
import { nowhere, type TransportEvents } from '../../src/link/transport.ts';
import { IDLE_MS, Turns, TURNS_MS, TURNS_SHARE } from '../../src/link/turns.ts';
import { ManualClock } from './manual-clock.ts';

/** Connections whose every message takes as many ms as it has bytes, and which a test lets speak. */
function rig() {
  const clock = new ManualClock();
  const turns = new Turns(clock);
  const connect = () => {
    const line = {
      paused: false,
      endedWith: 0,
      heardMs: 0,
      hears: (_ms: number): void => undefined,
      closes: () => undefined as void,
    };
    const dial = turns.among((_, given: TransportEvents) => {
      line.hears = (ms) => given.message(new Uint8Array(ms));
      line.closes = () => given.closed(1000, true);
      return { ...nowhere, pause: () => (line.paused = true), resume: () => (line.paused = false) };
    });
    dial('', {
      open: () => undefined,
      message: ({ length }) => {
        line.heardMs += length;
        clock.advance(length);
      },
      closed: (code) => void (line.endedWith = code),
    });
    return line;
  };
  /** Everybody speaks in turn, in messages of so many ms, unless paused; what is left of the time nobody does. */
  const flood = (lines: readonly ReturnType<typeof connect>[], ms: number, messageMs = 10): void => {
    const until = clock.now() + ms;
    while (clock.now() < until) {
      const free = lines.filter(({ paused }) => !paused);
      for (const line of free) line.hears(messageMs);
      if (free.length === 0) clock.advance(1);
    }
  };
  return { clock, connect, flood };
}

describe('connections that take turns', () => {
  it('leave a share of the time to everything else, however much comes', () => {
    const { connect, flood } = rig();
    const lines = [connect(), connect(), connect()];
    flood(lines, 20 * TURNS_MS);
    const heard = lines.reduce((sum, { heardMs }) => sum + heardMs, 0);
    expect(heard / (20 * TURNS_MS)).toBeLessThan(TURNS_SHARE + 0.1);
    expect(heard / (20 * TURNS_MS)).toBeGreaterThan(TURNS_SHARE - 0.1);
  });

  it('get the same of it when all have much to say', () => {
    const { connect, flood } = rig();
    const lines = [connect(), connect(), connect(), connect()];
    flood(lines, 20 * TURNS_MS);
    const heard = lines.map(({ heardMs }) => heardMs);
    expect(Math.max(...heard) / Math.min(...heard)).toBeLessThan(1.2);
  });

  it('are never stopped for a little, whatever others do', () => {
    const { connect, flood } = rig();
    const [loud, quiet] = [connect(), connect()];
    for (let window = 0; window < 20; window++) {
      flood([loud], TURNS_MS - 20);
      quiet.hears(IDLE_MS - 1);
      expect(quiet.paused).toBe(false);
    }
  });

  it('are never stopped for a little, though so many are busy that less is left for each', () => {
    const { connect } = rig();
    const many = Array.from({ length: 110 }, connect);
    const quiet = connect();
    for (const line of many) line.hears(IDLE_MS);
    quiet.hears(IDLE_MS - 1);
    expect([quiet.paused, many.at(-1)?.paused]).toEqual([false, true]);
  });

  it('end as they would otherwise', () => {
    const line = rig().connect();
    line.closes();
    expect(line.endedWith).toBe(1000);
  });

  it('have all of it alone', () => {
    const { connect, flood } = rig();
    const alone = connect();
    for (let others = 0; others < 10; others++) connect();
    flood([alone], 10 * TURNS_MS);
    expect(alone.heardMs / (10 * TURNS_MS)).toBeGreaterThan(TURNS_SHARE - 0.05);
  });

  it('go on after a stop whoever else was stopped and has gone', () => {
    const { clock, connect } = rig();
    const before = Array.from({ length: 20 }, connect);
    for (const line of before) line.hears(IDLE_MS);
    clock.advance(TURNS_MS);
    before[0]?.hears((TURNS_SHARE * TURNS_MS) / before.length);
    expect(before[0]?.paused).toBe(true);
    for (const line of before) line.closes();
    const next = connect();
    next.hears(TURNS_SHARE * TURNS_MS);
    expect(next.paused).toBe(true);
    clock.advance(TURNS_MS);
    expect(next.paused).toBe(false);
  });

  it('leave no timer behind', () => {
    const { clock, connect } = rig();
    const line = connect();
    line.hears(TURNS_MS - 1);
    expect(line.paused).toBe(true);
    line.closes();
    expect(clock.pending).toBe(0);
  });
});
