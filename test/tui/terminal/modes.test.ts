import { describe, expect, it } from 'vitest';
import { TerminalModes } from '../../../src/tui/terminal/modes.ts';

function rig() {
  const out: string[] = [];
  const clock = { now: 0 };
  const modes = new TerminalModes({ write: (text) => out.push(text) }, {}, () => clock.now);
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
    expect(given?.size).toBe(4);
    for (const [mode, state] of taken ?? []) expect(given?.get(mode)).toBe(state === 'h' ? 'l' : 'h');
  });

  it('ring at most once in five seconds', () => {
    const { out, clock, modes } = rig();
    modes.call('ada calls', 'off');
    modes.call('ada calls', 'off');
    clock.now = 4_999;
    modes.call('ada calls', 'off');
    expect(out).toEqual(['\x07']);
    clock.now = 5_000;
    modes.call('ada calls', 'off');
    expect(out).toEqual(['\x07', '\x07']);
  });

  it('notify only where that is wanted, and with safe text', () => {
    const { out, clock, modes } = rig();
    modes.call('ada: a;b\x07\x1b]52;c;evil\x07', 'osc777');
    expect(out.at(-1)).toBe('\x07\x1b]777;notify;chat-tui;ada: a,b\x07');
    clock.now = 5_000;
    modes.call('ada: hello', 'osc9');
    expect(out.at(-1)).toBe('\x07\x1b]9;ada: hello\x07');
    // As a nick this would be a command of OSC 9 to some terminals: a folder, a macro, a bar.
    clock.now = 10_000;
    modes.call('9;\\\\10.0.0.66\\x in tea: 6;"Shell"', 'osc9');
    expect(out.at(-1)).toBe('\x07\x1b]9;9,\\\\10.0.0.66\\x in tea: 6,"Shell"\x07');
  });

  it('leave the mouse to the terminal when it is switched off', () => {
    const { out, modes } = rig();
    modes.mouse(false);
    modes.take();
    expect(out.join('')).not.toContain('?1000h');
    modes.mouse(true);
    expect(out.at(-1)).toContain('?1000h');
    modes.mouse(false);
    expect(out.at(-1)).toContain('?1000l');
  });

  it('copy as base64, so that nothing in it can end the sequence', () => {
    const { out, modes } = rig();
    modes.copy('é\x07');
    expect(out.at(-1)).toBe(`\x1b]52;c;${Buffer.from('é\x07').toString('base64')}\x07`);
  });

  it('put only safe text into the window title', () => {
    const { out, modes } = rig();
    modes.take();
    modes.title('tea\x07\x1b]0;evil\x07\u202e');
    expect(out.at(-1)).toBe('\x1b]0;tea\x07');
    modes.title('tea');
    expect(out).toHaveLength(2);
  });

  it('put the title back where the terminal was given away for a while', () => {
    const { out, modes } = rig();
    modes.take();
    modes.title('tea');
    modes.give();
    modes.title('chess');
    expect(out).toHaveLength(3);
    modes.take();
    expect(out.at(-1)).toBe('\x1b]0;chess\x07');
  });
});
