import { describe, expect, it } from 'vitest';
import {
  backoffMs,
  closeReason,
  nextPhase,
  silence,
  STABLE_MS,
  type LinkInput,
  type LinkPhase,
} from '../../src/link/link-state.ts';

const lost = { type: 'lost', reason: 'unreachable', now: 0, random: 1 } as const;
const toLogin: LinkInput[] = [{ type: 'opened' }, { type: 'challenged' }];

function run(inputs: LinkInput[], from: LinkPhase = { phase: 'new' }): LinkPhase {
  return inputs.reduce(nextPhase, from);
}

describe('link state', () => {
  it('goes online through dialling, greeting and login', () => {
    const phases: string[] = [];
    let state: LinkPhase = { phase: 'new' };
    for (const input of [{ type: 'open' } as const, ...toLogin, { type: 'welcomed', now: 5 } as const]) {
      state = nextPhase(state, input);
      phases.push(state.phase);
    }
    expect(phases).toEqual(['dialling', 'greeting', 'login', 'online']);
  });

  it('is not online by a hello without a login', () => {
    expect(run([{ type: 'open' }, { type: 'opened' }, { type: 'welcomed', now: 1 }]).phase).toBe('greeting');
  });

  it('doubles the cap of the wait with each failure', () => {
    const waits: number[] = [];
    let state = run([{ type: 'open' }]);
    for (let i = 0; i < 8; i++) {
      state = nextPhase(state, lost);
      if (state.phase === 'waiting') waits.push(state.retryMs);
      state = nextPhase(state, { type: 'retry' });
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  it('spreads the wait over the whole range below the cap', () => {
    expect([backoffMs(0, 0), backoffMs(3, 0.5), backoffMs(50, 0.999)]).toEqual([0, 2_000, 29_970]);
  });

  it('spreads those who were cut off together evenly, whatever they failed before', () => {
    for (const failures of [0, 2, 9]) {
      const cap = backoffMs(failures, 1);
      const tenths = Array.from({ length: 10 }, () => 0);
      for (let i = 0; i < 10_000; i++) {
        // Evenly over [0, 1), in no order.
        const random = (i * 0.618_033_988_75) % 1;
        const state = nextPhase({ phase: 'dialling', failures, wasOnline: true }, { ...lost, random });
        const retryMs = state.phase === 'waiting' ? state.retryMs : -1;
        const tenth = Math.min(9, Math.floor((10 * retryMs) / cap));
        tenths[tenth] = (tenths[tenth] ?? 0) + 1;
      }
      for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(50);
    }
  });

  it('waits at least as long as the relay asks', () => {
    const state = nextPhase(run([{ type: 'open' }]), { ...lost, retryMs: 9_000 });
    expect(state).toMatchObject({ phase: 'waiting', retryMs: 9_000 });
  });

  it('forgets failures only after a stable connection', () => {
    const failed = run([{ type: 'open' }, lost, { type: 'retry' }, ...toLogin, { type: 'welcomed', now: 0 }]);
    expect(nextPhase(failed, { ...lost, now: STABLE_MS - 1 })).toMatchObject({ failures: 2 });
    expect(nextPhase(failed, { ...lost, now: STABLE_MS })).toMatchObject({ failures: 1 });
  });

  it.each(['signed-in-elsewhere', 'login-failed', 'unsupported-version'] as const)(
    'ends for good on %s',
    (reason) => {
      const state = nextPhase(run([{ type: 'open' }, ...toLogin]), { ...lost, reason });
      expect(run([{ type: 'retry' }, { type: 'open' }], state)).toEqual({ phase: 'closed', code: reason });
    },
  );

  it('asks after 25 s of silence and gives up after 40', () => {
    expect([24_999, 25_000, 39_999, 40_000].map(silence)).toEqual(['fine', 'ping', 'ping', 'dead']);
  });

  it('reads close codes of the relay', () => {
    expect([1001, 4003, 4005, 1006].map(closeReason)).toEqual([
      'draining',
      'signed-in-elsewhere',
      'slow-consumer',
      'unreachable',
    ]);
  });
});
