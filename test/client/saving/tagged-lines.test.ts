import { describe, expect, it } from 'vitest';
import type { SavedLine } from '../../../src/client/saving/collect.ts';
import { exported } from '../../../src/client/saving/export.ts';
import { fullName } from '../../../src/client/words/full-name.ts';
import type { Person } from '../../../src/client/session-events.ts';
import { textPrinter } from '../../../src/pipe/text-printer.ts';
import { Names } from '../../../src/client/people/person-names.ts';
import { taggedLines } from '../../../src/client/saving/tagged-lines.ts';
import { MemoryRoom, newMessageId, personNamed } from '../../support/memory-room.ts';

const [ada, bob, fake] = [personNamed('ada'), personNamed('bob'), personNamed('b0b')];
const said = (by: Person, text: string) =>
  ({ id: newMessageId(), at: 1, sentAt: 1, seq: 1, by, kind: 'text', text }) as const;
const lines: readonly SavedLine[] = [
  { type: 'line', line: said(ada, 'hello') },
  { type: 'line', line: said(bob, 'hi') },
  {
    type: 'line',
    line: { id: newMessageId(), at: 2, sentAt: 2, by: ada, kind: 'join', who: fake, role: 'member' },
  },
  {
    type: 'whisper',
    whisper: { id: newMessageId(), at: 3, sentAt: 3, with: fake, mine: false, text: 'psst' },
  },
];

describe('names in text', () => {
  it('have key tags where they could be taken for one another, by author, in notices and in whispers', () => {
    const text = [...exported('txt', { room: room(), savedAt: 1 }, lines, () => 0)].join('');
    expect(text).toContain('<ada> hello');
    expect(text).toContain(`<${fullName(bob)}> hi`);
    expect(text).toContain(`-- ${fullName(fake)} joined`);
    expect(text).toContain(`${fullName(fake)} -> you (whisper): psst`);
    const json = [...exported('json', { room: room(), savedAt: 1 }, lines, () => 0)].join('');
    expect(json).not.toContain('~');
  });

  it('of one person with two names have none', () => {
    const renamed = { ...bob, nick: 'b0b' };
    const both: readonly SavedLine[] = [said(bob, 'one'), said(renamed, 'two')].map((line) => ({
      type: 'line',
      line,
    }));
    expect(taggedLines(both)).toEqual(both);
  });

  it('printed by a pipe are tagged from when somebody alike is there', () => {
    const out: string[] = [];
    let people: readonly Person[] = [bob];
    const printer = textPrinter(
      (line) => out.push(line),
      () => undefined,
      () => new Names(people),
    );
    const { id } = room();
    const line = () =>
      ({ type: 'line', room: id, line: said(bob, 'hi'), history: false, mine: false }) as const;
    printer.event(line());
    people = [bob, fake];
    printer.event({ type: 'members', room: id, members: [] });
    printer.event(line());
    expect(out.map((each) => each.slice(each.indexOf('<')))).toEqual(['<bob> hi', `<${fullName(bob)}> hi`]);
  });
});

function room() {
  return new MemoryRoom({ title: 'tea', owner: ada, relay: 'ws://127.0.0.1:1', via: 'lan' }, () => 0).info;
}
