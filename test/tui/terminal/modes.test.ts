import { describe, expect, it } from 'vitest';
import { BELL_MS, TerminalModes } from '../../../src/tui/terminal/modes.ts';

function rig() {
  const out: string[] = [];
  const clock = { now: 0 };
  const modes = new TerminalModes({ write: (text) => out.push(text) }, () => clock.now);
  return { out, clock, modes };
}

describe('the modes of the terminal', () => {
  it('are taken once and given back once', () => {
    const { out, modes } = rig();
    modes.take();
    modes.take();
    modes.give();
    modes.give();
    expect(out).toHaveLength(2);
    expect(out[0]).toContain('\x1b[?7l');
    const modesIn = (text = '') =>
      new Map(Array.from(text.matchAll(/\?(\d+)([hl])/g), ([, mode, state]) => [mode, state]));
    const [taken, given] = out.map(modesIn);
    expect(given?.size).toBe(3);
    for (const [mode, state] of taken ?? []) expect(given?.get(mode)).toBe(state === 'h' ? 'l' : 'h');
  });

  it('ring at most once in five seconds', () => {
    const { out, clock, modes } = rig();
    modes.ring();
    modes.ring();
    clock.now = BELL_MS - 1;
    modes.ring();
    expect(out).toEqual(['\x07']);
    clock.now = BELL_MS;
    modes.ring();
    expect(out).toEqual(['\x07', '\x07']);
  });

  it('put only safe text into the window title', () => {
    const { out, modes } = rig();
    modes.take();
    modes.title('tea\x07\x1b]0;evil\x07\u202e');
    expect(out.at(-1)).toBe('\x1b]0;tea\x07');
    modes.title('tea');
    expect(out).toHaveLength(2);
  });
});
