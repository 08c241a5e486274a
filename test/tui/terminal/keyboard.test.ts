import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Keyboard, type Wheel } from '../../../src/tui/terminal/keyboard.ts';

function rig() {
  const modes: boolean[] = [];
  const source = Object.assign(new PassThrough(), {
    setRawMode: (mode: boolean) => modes.push(mode),
    ref: () => {},
    unref: () => {},
  });
  const wheels: Wheel[] = [];
  const keyboard = new Keyboard(source, (wheel) => wheels.push(wheel));
  keyboard.setEncoding('utf8');
  const read = (): string => String(keyboard.read() ?? '');
  return { source, keyboard, wheels, modes, read };
}

describe('the keyboard', () => {
  it('hands keys on and keeps reports of mouse and focus to itself', () => {
    const { source, wheels, read } = rig();
    source.emit(
      'data',
      Buffer.from('a\x1b[<64;10;5Mb\x1b[I\x1b[<65;1;1M\x1b[<0;3;3M\x1b[<0;3;3m\x1b[Oc\x1b[A'),
    );
    expect(read()).toBe('abc\x1b[A');
    expect(wheels).toEqual(['up', 'down']);
  });

  it('waits for the rest of a report or of a character', () => {
    const { source, wheels, read } = rig();
    source.emit('data', Buffer.from('x\x1b[<6'));
    source.emit('data', Buffer.from('4;1;1My'));
    const [first, second] = [Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1)];
    source.emit('data', first);
    source.emit('data', second);
    expect(read()).toBe('xyé');
    expect(wheels).toEqual(['up']);
  });

  it('lets a lone Escape through at once', () => {
    const { source, read } = rig();
    source.emit('data', Buffer.from('\x1b'));
    expect(read()).toBe('\x1b');
  });

  it('passes raw mode on and lets go of its source', () => {
    const { source, keyboard, modes } = rig();
    keyboard.setRawMode(true);
    keyboard.detach();
    expect(modes).toEqual([true]);
    expect(source.listenerCount('data')).toBe(0);
  });
});
