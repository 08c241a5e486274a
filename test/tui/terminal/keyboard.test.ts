import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Keyboard, type Pointer } from '../../../src/tui/terminal/keyboard.ts';

function rig() {
  const modes: boolean[] = [];
  const source = Object.assign(new PassThrough(), {
    setRawMode: (mode: boolean) => modes.push(mode),
    ref: () => {},
    unref: () => {},
  });
  const pointers: Pointer[] = [];
  const focus: boolean[] = [];
  const gone: true[] = [];
  const unbound: string[] = [];
  const colours: string[] = [];
  const keyboard = new Keyboard(source, {
    pointer: (pointer) => pointers.push(pointer),
    focus: (focused) => focus.push(focused),
    background: (colour) => colours.push(colour),
    unbound: (key) => unbound.push(key),
    gone: () => gone.push(true),
  });
  keyboard.hold();
  keyboard.setEncoding('utf8');
  const read = (): string => String(keyboard.read() ?? '');
  return { source, keyboard, pointers, focus, colours, unbound, gone, modes, read };
}

describe('the keyboard', () => {
  it('hands keys on and keeps reports of mouse and focus to itself', () => {
    const { source, pointers, focus, read } = rig();
    source.emit(
      'data',
      Buffer.from('a\x1b[<64;10;5Mb\x1b[I\x1b[<65;1;1M\x1b[<0;3;3M\x1b[<0;3;3m\x1b[Oc\x1b[A'),
    );
    expect(read()).toBe('abc\x1b[A');
    expect(pointers).toEqual([
      { type: 'wheel', wheel: 'up' },
      { type: 'wheel', wheel: 'down' },
      { type: 'click', x: 2, y: 2 },
    ]);
    expect(focus).toEqual([true, false]);
  });

  it('writes no letter for Alt and one that is no key, and says so', () => {
    const { source, unbound, read } = rig();
    for (const chunk of ['\x1bq', '\x1bL', '\x1bb', '\x1bqed', '\x1b/', '\x1bé', 'q'])
      source.emit('data', Buffer.from(chunk));
    expect(read()).toBe('\x1bb\x1bqed\x1b/\x1béq');
    expect(unbound).toEqual(['Alt+Q', 'Alt+L']);
  });

  it('waits for the rest of a report or of a character', () => {
    const { source, pointers, read } = rig();
    source.emit('data', Buffer.from('x\x1b[<6'));
    source.emit('data', Buffer.from('4;1;1My'));
    const [first, second] = [Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1)];
    source.emit('data', first);
    source.emit('data', second);
    expect(read()).toBe('xyé');
    expect(pointers).toEqual([{ type: 'wheel', wheel: 'up' }]);
  });

  it('tells what colour is behind the text, however the terminal writes and sends it', () => {
    const { source, colours, read } = rig();
    source.emit('data', Buffer.from('a\x1b]11;rgb:ffff/8080/0000\x07b\x1b]11;rgba:f/8/0/f\x1b\\c'));
    source.emit('data', Buffer.from('\x1b]11;rgb:1e/'));
    source.emit('data', Buffer.from('1e/1e\x1b'));
    source.emit('data', Buffer.from('\\d\x1b]11;no colour\x07'));
    expect(read()).toBe('abcd');
    expect(colours).toEqual(['#ff8000', '#ff8800', '#1e1e1e']);
  });

  it('lets a lone Escape through at once', () => {
    const { source, read } = rig();
    source.emit('data', Buffer.from('\x1b'));
    expect(read()).toBe('\x1b');
  });

  it('keeps the terminal raw until it is given back, and what is typed for whoever reads next', () => {
    const { source, keyboard, modes, read } = rig();
    keyboard.setRawMode();
    source.emit('data', Buffer.from('typed meanwhile'));
    expect(modes).toEqual([true]);
    expect(read()).toBe('typed meanwhile');
    keyboard.release();
    expect(modes).toEqual([true, false]);
    expect(source.listenerCount('data')).toBe(0);
    keyboard.hold();
    expect(source.listenerCount('data')).toBe(1);
  });

  it('says when the terminal is gone', () => {
    const { source, gone } = rig();
    source.emit('end');
    source.emit('error', new Error('EIO'));
    expect(gone).toHaveLength(2);
  });
});
