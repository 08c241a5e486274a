import { describe, expect, it, onTestFinished } from 'vitest';
import { exported } from '../../../src/client/saving/export.ts';
import { openArchive } from '../../../src/client/archive/open-archive.ts';
import { MAX_QUOTED, quoteWords, withoutQuoteOf } from '../../../src/client/words/quotes.ts';
import type { SequencedLine } from '../../../src/client/archive/archive.ts';
import { logId, messageId, type MessageId } from '../../../src/shared/ids.ts';
import { textWidth } from '../../../src/shared/text.ts';
import { MemoryRoom, personNamed } from '../../support/memory-room.ts';

const [ada, bob] = [personNamed('ada'), personNamed('bob')];
const { info } = new MemoryRoom({ title: 'tea', owner: ada, relay: 'ws://x', via: 'lan' }, () => 0);
const room = info.id;
const hash = new Uint8Array(32);

function id(n: number): MessageId {
  return messageId(new Uint8Array(16).fill(n));
}
function said(seq: number, text: string, by = ada): SequencedLine {
  return { seq, id: id(seq), at: seq, sentAt: seq, by, kind: 'text', text };
}
function answer(seq: number, to: number, text: string): SequencedLine {
  const re = { author: ada.key, id: id(to) };
  return { seq, id: id(seq), at: seq, sentAt: seq, by: bob, kind: 'text', text, re };
}

/** An archive of one room with these lines in it. */
function archive(...lines: readonly SequencedLine[]) {
  const all = openArchive(':memory:');
  onTestFinished(() => all.close());
  all.rooms.startLog(room, { log: logId(new Uint8Array(8)), seq: 0, hash });
  for (const line of lines) {
    all.rooms.addLine(room, line);
    all.rooms.advance(room, { seq: line.seq, hash });
  }
  return all;
}
const quoted = (line: SequencedLine | undefined) => (line?.kind === 'text' ? line.quoted : undefined);

describe('a reply that is read from the archive', () => {
  it('says whose line it answers and what that says, however far back it is', () => {
    const between = Array.from({ length: 50 }, (_, n) => said(n + 2, 'and so on'));
    const { rooms } = archive(said(1, 'milk first?'), ...between, answer(52, 1, 'never'));
    const [line] = rooms.lines(room, 1);
    expect(line).toMatchObject({ text: 'never', re: { author: ada.key, id: id(1) } });
    expect(quoted(line)).toEqual({ by: ada, text: 'milk first?' });
  });

  it('says what the line says now', () => {
    const { rooms } = archive(said(1, 'milk furst?'), answer(2, 1, 'never'));
    const of = { author: ada.key, id: id(1) };
    rooms.change(room, { seq: 3, by: ada, of, kind: 'edit', text: 'milk first?' });
    expect(quoted(rooms.lines(room, 1)[0])).toEqual({ by: ada, text: 'milk first?' });
    rooms.change(room, { seq: 4, by: ada, of, kind: 'delete' });
    expect(quoted(rooms.lines(room, 1)[0])).toEqual({ by: ada, text: '' });
  });

  it('names the author where the line is not here, by name where the key is known', () => {
    const { rooms, people } = archive(answer(2, 1, 'never'));
    expect(quoted(rooms.lines(room, 1)[0])).toEqual({ by: { ...ada, nick: ada.tag } });
    people.meet(ada, 1);
    expect(quoted(rooms.lines(room, 1)[0])).toEqual({ by: ada });
  });

  it('is given its quote again when it is changed itself', () => {
    const { rooms } = archive(said(1, 'milk first?'), answer(2, 1, 'nevr'));
    const of = { author: bob.key, id: id(2) };
    const changed = rooms.change(room, { seq: 3, by: bob, of, kind: 'edit', text: 'never' });
    expect(changed).toMatchObject({ text: 'never', edited: true, quoted: { by: ada, text: 'milk first?' } });
  });
});

describe('the words of a quote', () => {
  it('are the first row of what was said, cut to its width', () => {
    expect(quoteWords({ by: ada, text: '\n  milk first?\nor last?' })).toBe('ada: milk first?');
    const long = quoteWords({ by: ada, text: '漢'.repeat(200) });
    expect(textWidth(long)).toBeLessThanOrEqual(MAX_QUOTED + 'ada: '.length);
    expect(long).toMatch(/…$/);
  });

  it('say that a line was taken back, or is not here', () => {
    expect(quoteWords({ by: ada, text: '' })).toBe('ada: (taken back)');
    expect(quoteWords({ by: ada })).toBe('ada: (a line that is not here)');
  });

  it('are none of somebody who is ignored', () => {
    const line = { ...answer(2, 1, 'never'), quoted: { by: ada, text: 'milk first?' } };
    expect(withoutQuoteOf(line, (key) => key === ada.key)).toEqual({ ...line, quoted: { by: ada } });
    expect(withoutQuoteOf(line, (key) => key === bob.key)).toBe(line);
  });
});

describe('a saved reply', () => {
  const line = { ...answer(2, 1, 'never'), quoted: { by: ada, text: 'milk first?' } };
  const saved = (format: 'txt' | 'md' | 'json') =>
    [...exported(format, { room: info, savedAt: 0 }, [{ type: 'line', line }], () => 0)].join('');

  it('begins with what it answers, in text and Markdown', () => {
    expect(saved('txt').split('\n').slice(1, 3)).toEqual([
      '[1970-01-01 00:00:00] <bob> > ada: milk first?',
      '                      never',
    ]);
    expect(saved('md')).toContain('- 00:00:00 **bob:** > ada: milk first?\n  never\n');
  });

  it('names line, author and words in JSON', () => {
    const { lines } = JSON.parse(saved('json')) as { lines: unknown[] };
    expect(lines).toMatchObject([
      { text: 'never', re: { key: ada.key, id: id(1), nick: 'ada', text: 'milk first?' } },
    ]);
  });
});
