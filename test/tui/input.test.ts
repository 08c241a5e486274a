import { describe, expect, it } from 'vitest';
import { messageId, roomId } from '../../src/shared/ids.ts';
import { Input } from '../../src/tui/input.ts';

const tea = roomId(new Uint8Array(16).fill(1));

function written(...texts: string[]): Input {
  const input = new Input();
  for (const text of texts) {
    input.act({ type: 'set', text });
    input.take();
  }
  return input;
}

describe('the input', () => {
  it('keeps the draft of each buffer', () => {
    const input = new Input();
    input.act({ type: 'insert', text: 'lobby' });
    input.show(tea);
    expect(input.text).toBe('');
    input.act({ type: 'insert', text: 'tea' });
    input.show('lobby');
    expect(input.text).toBe('lobby');
  });

  it('gives a refused text back to its buffer, unless something stands there', () => {
    const input = written('gone');
    input.giveBack('lobby', 'gone');
    expect(input.text).toBe('gone');
    input.giveBack(tea, 'for tea');
    input.giveBack(tea, 'not this');
    input.giveBack('lobby', 'nor this');
    expect(input.text).toBe('gone');
    input.show(tea);
    expect(input.text).toBe('for tea');
  });

  it('keeps what is rewritten apart from the draft, in its buffer', () => {
    const line = messageId(new Uint8Array(16));
    const input = new Input();
    input.act({ type: 'insert', text: 'draft' });
    input.rewrite(tea, line, 'not here');
    expect(input.text).toBe('draft');
    input.rewrite('lobby', line, 'said');
    input.act({ type: 'insert', text: ' before' });
    expect([...input.drafts().values()]).toEqual(['draft']);
    input.show(tea);
    expect(input.get().rewriting).toBeUndefined();
    expect([...input.drafts().values()]).toEqual(['draft']);
    input.show('lobby');
    expect(input.text).toBe('said before');
    expect(input.get().rewriting).toMatchObject({ of: line, text: 'said' });
    input.drop();
    expect(input.text).toBe('draft');
    expect(input.get().rewriting).toBeUndefined();
  });

  it('keeps in the history what was being rewritten in a room that is gone', () => {
    const input = new Input();
    input.show(tea);
    input.rewrite(tea, messageId(new Uint8Array(16)), 'said');
    input.act({ type: 'insert', text: ' otherwise' });
    input.show('lobby');
    input.forget(tea);
    input.act({ type: 'up' });
    expect(input.text).toBe('said otherwise');
  });

  it('comes back to the draft when a room is left while looking through the history', () => {
    const input = written('one', 'two');
    input.act({ type: 'insert', text: 'draft' });
    input.act({ type: 'up' });
    expect(input.text).toBe('two');
    input.show(tea);
    input.show('lobby');
    expect(input.text).toBe('draft');
  });

  it('loses neither a changed entry nor the draft below it', () => {
    const input = written('one');
    input.act({ type: 'insert', text: 'draft' });
    input.act({ type: 'up' });
    input.act({ type: 'insert', text: '!' });
    input.show(tea);
    input.act({ type: 'up' });
    expect(input.text).toBe('draft');
    input.show('lobby');
    expect(input.text).toBe('one!');
  });

  it('puts the draft of a room that is gone into the history', () => {
    const input = new Input();
    input.show(tea);
    input.act({ type: 'insert', text: 'unsent' });
    input.show('lobby');
    input.forget(tea);
    input.act({ type: 'up' });
    expect(input.text).toBe('unsent');
  });
});
