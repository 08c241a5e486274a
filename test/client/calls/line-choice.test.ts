import { describe, expect, it } from 'vitest';
import { LineChoice, NEARER_MS, SWITCH_MS } from '../../../src/client/calls/line-choice.ts';
import { ManualClock } from '../../link/manual-clock.ts';

interface Line {
  readonly via: 'relay' | 'lan';
  online: boolean;
}

function rig() {
  const clock = new ManualClock();
  const relay: Line = { via: 'relay', online: true };
  const lan: Line = { via: 'lan', online: true };
  const lines: Line[] = [relay, lan];
  const choice = new LineChoice<Line>({ clock, random: () => 0.5, routes: () => lines });
  const moves: Line[] = [];
  const watch = (): void => choice.watch(relay, (line) => moves.push(line));
  return { clock, relay, lan, lines, choice, moves, watch };
}

describe('the lines to a room', () => {
  it('are tried in turn when one is lost, the network first, all callers spread over a second', () => {
    const { choice, relay, lan } = rig();
    expect(choice.after(relay)).toEqual({ line: lan, ms: SWITCH_MS / 2 });
    expect(choice.after(lan)).toBeUndefined();
    expect(choice.after(lan)).toEqual({ line: relay, ms: SWITCH_MS / 2 });
  });

  it('are tried by turns: the relay after one of the network, however many there are of those', () => {
    const { choice, relay, lan, lines } = rig();
    const liars: Line[] = Array.from({ length: 3 }, () => ({ via: 'lan', online: true }));
    lines.unshift(...liars);
    expect(choice.after(lan)).toMatchObject({ line: relay });
    expect(choice.after(relay)?.line.via).toBe('lan');
  });

  it('that are not there are not tried', () => {
    const { choice, relay, lan } = rig();
    relay.online = false;
    expect(choice.after(lan)).toBeUndefined();
  });

  it('change to the network only when that has been there for a while, however often it is looked at', () => {
    const { clock, choice, relay, lan, moves, watch } = rig();
    choice.entered(relay);
    watch();
    clock.advance(NEARER_MS);
    watch();
    expect(moves).toEqual([]);
    clock.advance(NEARER_MS / 2);
    expect(moves).toEqual([lan]);
  });

  it('do not change to a network that went again meanwhile', () => {
    const { clock, lines, moves, watch } = rig();
    watch();
    clock.advance(NEARER_MS);
    const [, lan] = lines.splice(1);
    watch();
    lines.push(...(lan ? [lan] : []));
    clock.advance(10 * NEARER_MS);
    expect(moves).toEqual([]);
  });

  it('change back more and more slowly to a network that keeps going', () => {
    const { clock, choice, relay, lan, moves, watch } = rig();
    const patience: number[] = [];
    for (let times = 0; times < 7; times++) {
      choice.entered(lan);
      clock.advance(1_000);
      choice.after(lan);
      choice.entered(relay);
      watch();
      const before = clock.now();
      while (moves.length === times) clock.advance(500);
      patience.push(clock.now() - before);
    }
    expect(patience.slice(1).every((ms, index) => ms >= (patience[index] ?? 0))).toBe(true);
    expect(Math.max(...patience)).toBe(120_000);
    choice.entered(lan);
    clock.advance(60_000);
    choice.after(lan);
    choice.entered(relay);
    watch();
    clock.advance(1.5 * NEARER_MS);
    expect(moves).toHaveLength(8);
  });

  it('are two where another one is there than the one in use', () => {
    const { choice, relay, lines } = rig();
    expect(choice.hasOther(relay)).toBe(true);
    lines.splice(1);
    expect(choice.hasOther(relay)).toBe(false);
  });
});
