import { describe, expect, it } from 'vitest';
import type { Person, RoomLine, RoomLineBody } from '../../../src/client/session-events.ts';
import { Names } from '../../../src/client/people/person-names.ts';
import { cleanNick, sanitize } from '../../../src/shared/text.ts';
import { lineEntry } from '../../../src/tui/store/entries.ts';
import type { Entry } from '../../../src/tui/store/state.ts';
import { FENCE } from '../../../src/tui/view/direction.ts';
import { entryRows } from '../../../src/tui/view/entry-rows.ts';
import type { RowStyle } from '../../../src/tui/view/row-style.ts';
import { memberListRows } from '../../../src/tui/view/member-list.ts';
import { plainText } from '../../../src/tui/view/span.ts';
import { escapeCorpus, nickCorpus } from '../../support/escape-corpus.ts';
import { newMessageId, personNamed } from '../../support/memory-room.ts';

const at = new Date(2026, 10, 20, 12, 0).getTime();
const self = personNamed('bob');
/** Whatever a hostile member can be called. */
const names = [...nickCorpus, ...escapeCorpus.map(({ text }) => text.slice(0, 20))].map(
  (nick, index): Person => {
    const person = personNamed('x', `hostile ${index}`);
    return { ...person, nick: cleanNick(nick) ?? person.tag };
  },
);
const texts = escapeCorpus.map(({ text }) => sanitize(text)).filter((text) => text.trim() !== '');
const shown = new Names([...names, self]);
const nameOf = (person: Person): string => shown.show(person);
const styles = [
  { width: 96, nickWidth: 14 },
  { width: 76, nickWidth: 10 },
  { width: 48, nickWidth: 0 },
  { width: 20, nickWidth: 0 },
  { width: 9, nickWidth: 0 },
].map((size): RowStyle => ({ ...size, nick: 'bob', time: '24', nickColors: false, nameOf }));

function rowsOf(entry: Entry, style: RowStyle, breaks = { day: false, marker: false }): string[] {
  const rows = entryRows(entry, { ...breaks, found: false, folded: [] }, style);
  // A fence is a space to whoever looks.
  return rows.map(({ spans }) => plainText(spans).replaceAll(FENCE, ' '));
}

function lineBy(by: Person, body: RoomLineBody): Entry {
  const line: RoomLine = { seq: 1, id: newMessageId(), at, sentAt: at, by, ...body };
  return lineEntry(line, { key: self.key, nick: self.nick });
}

function* messages(): Generator<[Person, string]> {
  for (const [index, text] of texts.entries()) yield [names[index % names.length] ?? self, text];
  for (const [index, by] of names.entries()) yield [by, texts[index % texts.length] ?? ''];
}

/** Where a row's author or mark stands, and what follows it. */
function headOf(row: string, { nickWidth }: RowStyle): string {
  return nickWidth > 0 ? row.slice(6, 6 + nickWidth).trim() : (row.slice(6).split(' ')[0]?.trim() ?? '');
}

describe.each(styles)('at $width cells a message', (style) => {
  it('has its time once, and every further row indented under its author', () => {
    const indent = style.nickWidth > 0 ? 6 + style.nickWidth + 2 : Math.min(6, Math.max(1, style.width - 12));
    for (const [by, text] of messages()) {
      const [first = '', ...others] = rowsOf(lineBy(by, { kind: 'text', text }), style);
      // A window too narrow for a time still shows that there is one.
      expect(first).toMatch(indent >= 6 ? /^12:00 / : /^\S/);
      for (const row of others) expect(row.slice(0, indent).trim()).toBe('');
    }
  });

  it('has a name where whispers, events and actions have a mark', () => {
    if (style.width < 40) return;
    const heads = (kind: 'text' | 'me'): Set<string> =>
      new Set(
        Array.from(messages(), ([by, text]) =>
          headOf(rowsOf(lineBy(by, { kind, text }), style)[0] ?? '', style),
        ),
      );
    for (const head of heads('text')) expect(head).toMatch(/[\p{L}\p{N}\p{Extended_Pictographic}]/u);
    expect(heads('me')).toEqual(new Set(['*']));
    const joined = lineBy(self, { kind: 'join', who: names[3] ?? self, role: 'member' });
    expect(headOf(rowsOf(joined, style)[0] ?? '', style)).toBe('·');
    const whisper = { id: newMessageId(), at, sentAt: at, with: self, mine: false, text: 'hi' };
    const whispered: Entry = { key: 'w', at, type: 'whisper', whisper };
    expect(headOf(rowsOf(whispered, style)[0] ?? '', style)).toBe('»');
  });

  it('never has the bar of a notice, nor begins like a separator', () => {
    const notice: Entry = { key: 'n', at, type: 'notice', text: 'You are banned.\nReally.', tone: 'error' };
    const column = style.nickWidth > 0 ? 6 : 0;
    for (const row of rowsOf(notice, style)) expect(row.slice(column)).toMatch(/^▎ /);
    for (const [by, text] of messages())
      for (const kind of ['text', 'me'] as const)
        for (const row of rowsOf(lineBy(by, { kind, text }), style)) {
          expect(row.slice(column)).not.toMatch(/^▎ /);
          expect(row).not.toMatch(/^[─▎]/);
        }
    const [separator = ''] = rowsOf(notice, style, { day: true, marker: true });
    expect(separator).toMatch(/^─/);
  });
});

describe('in the list of members', () => {
  it('nobody’s own words say that they are you', () => {
    const member = { ...personNamed('eve'), role: 'member', presence: 'online', status: 'you' } as const;
    const rows = memberListRows([member], { self: self.key, nameOf, nickColors: false }, 20, 5);
    expect(rows.map(({ spans }) => plainText(spans).trim())).toContain('● eve (you)');
  });

  it('who is called “you” has a key tag', () => {
    const you = personNamed('уou');
    expect(new Names([you, self]).show(you)).toBe(`уou~${you.tag}`);
  });
});
