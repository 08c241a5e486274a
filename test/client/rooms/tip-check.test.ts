import { describe, expect, it } from 'vitest';
import { TIP_HURRY_MS, TIP_MS, TIP_SILENCE_MS, TipCheck } from '../../../src/client/rooms/tip-check.ts';
import { GAP_WAIT_MS } from '../../../src/shared/limits.ts';
import { ManualClock } from '../../link/manual-clock.ts';

function rig(members = 3, hasOther = false) {
  const clock = new ManualClock();
  const state = { waiting: false, end: 10, asked: 0, broken: 0 };
  const tip = new TipCheck({
    clock,
    random: () => 0.999_999,
    members: () => members,
    waiting: () => state.waiting,
    end: () => state.end,
    hasOther: () => hasOther,
    ask: () => (state.asked += 1),
    broken: () => (state.broken += 1),
  });
  tip.start();
  return { clock, state, tip };
}

describe('the end of the log', () => {
  it('is asked for every 30 seconds, and is fine when the host has no more', () => {
    const { clock, state, tip } = rig();
    for (let i = 1; i <= 4; i++) {
      clock.advance(TIP_MS);
      expect(state.asked).toBe(i);
      tip.told(10);
    }
    expect(state.broken).toBe(0);
  });

  it('is asked for less often by many, so that a host answers five a second at most', () => {
    const { clock, state, tip } = rig(1_000);
    clock.advance(199_000);
    expect(state.asked).toBe(0);
    clock.advance(1_000);
    expect(state.asked).toBe(1);
    tip.told(10);
  });

  it('is asked for every 5 seconds where another line is there, and a host is waited for so much less', () => {
    const { clock, state, tip } = rig(3, true);
    clock.advance(5_000);
    tip.told(10);
    clock.advance(5_000);
    expect(state).toMatchObject({ asked: 2, broken: 0 });
    clock.advance(5_000);
    expect(state.broken).toBe(0);
    clock.advance(5_000);
    expect(state.broken).toBe(1);
  });

  it('that is ahead of ours for 4 seconds calls for a new handshake', () => {
    const { clock, state, tip } = rig();
    tip.told(11);
    clock.advance(2 * GAP_WAIT_MS - 1);
    expect(state.broken).toBe(0);
    clock.advance(1);
    expect(state.broken).toBe(1);
  });

  it('that is ahead for a moment is nothing', () => {
    const { clock, state, tip } = rig();
    tip.told(11);
    state.end = 11;
    clock.advance(2 * GAP_WAIT_MS);
    expect(state.broken).toBe(0);
  });

  it('is asked for every 5 seconds while an own post has no answer', () => {
    const { clock, state, tip } = rig();
    state.waiting = true;
    tip.hurry();
    clock.advance(TIP_HURRY_MS);
    expect(state.asked).toBe(1);
    tip.told(10);
    clock.advance(TIP_HURRY_MS);
    expect(state.asked).toBe(2);
    state.waiting = false;
    tip.told(10);
    clock.advance(TIP_HURRY_MS);
    expect(state.asked).toBe(2);
  });

  it('of a host that answers nothing is looked for by a new handshake', () => {
    const { clock, state } = rig();
    clock.advance(2 * TIP_MS + TIP_SILENCE_MS);
    expect(state.broken).toBe(1);
  });

  it('is nobody’s business after the conversation', () => {
    const { clock, tip } = rig();
    tip.told(11);
    tip.stop();
    expect(clock.pending).toBe(0);
    tip.hurry();
    tip.told(12);
    expect(clock.pending).toBe(0);
  });
});
