import { describe, expect, it } from 'vitest';
import type { Person, RoomLineBody, WhisperLine } from '../../../src/client/session-events.ts';
import { HOUR, MINUTE } from '../../../src/shared/limits.ts';
import { lineEntry } from '../../../src/tui/store/entries.ts';
import type { Entry, EntryOf, LineStatus } from '../../../src/tui/store/state.ts';
import { entryRows } from '../../../src/tui/view/entry-rows.ts';
import type { RowStyle } from '../../../src/tui/view/row-style.ts';
import { plainText } from '../../../src/tui/view/span.ts';
import { fullName } from '../../../src/client/words/full-name.ts';
import { newMessageId, personNamed } from '../../support/memory-room.ts';

const at = new Date(2026, 10, 20, 17, 58).getTime();
const [ada, bob, cleo] = [personNamed('ada'), personNamed('bob'), personNamed('cleo')];
const nameOf = ({ nick }: Person): string => nick;
const wide: RowStyle = { width: 60, nickWidth: 8, nick: 'ada', time: '24', nickColors: true, nameOf };
const narrow: RowStyle = { ...wide, width: 40, nickWidth: 0 };

function line(body: RoomLineBody, by = bob, status?: LineStatus): EntryOf<'line'> {
  return lineEntry({ seq: 1, id: newMessageId(), at, sentAt: at, by, ...body }, ada, status);
}
function rows(entry: Entry, style = wide): string[] {
  const none = { day: false, marker: false, found: false, folded: [] };
  return entryRows(entry, none, style).map(({ spans }) => plainText(spans).trimEnd());
}
/** What stands behind time and mark. */
const happened = (body: RoomLineBody, by = bob): string => {
  const [row = '', ...more] = rows(line(body, by), { ...wide, width: 120 });
  expect(more).toEqual([]);
  expect(row.slice(0, 16)).toBe('17:58        ·  ');
  return row.slice(16);
};

describe('what operators did', () => {
  it.each<readonly [string, RoomLineBody]>([
    ['bob put cleo out', { kind: 'kick', who: cleo }],
    ['bob put cleo out (enough)', { kind: 'kick', who: cleo, reason: 'enough' }],
    ['bob banned cleo for good', { kind: 'ban', who: cleo }],
    ['bob banned cleo for 2 h (spam)', { kind: 'ban', who: cleo, ms: 2 * HOUR, reason: 'spam' }],
    ['bob lifted the ban of cleo', { kind: 'unban', who: cleo }],
    ['bob silenced cleo for 10 min', { kind: 'mute', who: cleo, ms: 10 * MINUTE }],
    ['bob silenced cleo for good', { kind: 'mute', who: cleo }],
    ['bob lets cleo speak again', { kind: 'mute', who: cleo, ms: 0 }],
    ['bob made cleo an operator', { kind: 'role', who: cleo, role: 'op' }],
    ['bob made cleo a member like others', { kind: 'role', who: cleo, role: 'member' }],
    ['bob set slow mode: one message in 30 s', { kind: 'slow', seconds: 30 }],
    ['bob ended slow mode', { kind: 'slow', seconds: 0 }],
    ['bob keeps links out', { kind: 'filter', filter: 'links', on: true }],
    ['bob does not keep invites out any more', { kind: 'filter', filter: 'invites', on: false }],
    ['bob set the message of the day: mind the cat', { kind: 'motd', motd: 'mind\nthe cat' }],
    ['bob cleared the message of the day', { kind: 'motd', motd: '' }],
    ['bob set the topic: cake', { kind: 'topic', topic: 'cake' }],
    ['bob cleared the topic', { kind: 'topic', topic: '' }],
    ['bob is now rob', { kind: 'nick', was: 'bob', nick: 'rob' }],
    ['bob opened the room', { kind: 'opened', title: 'tea', topic: '' }],
    ['cleo joined', { kind: 'join', who: cleo, role: 'member' }],
    ['cleo left (off)', { kind: 'leave', who: cleo, reason: 'off' }],
  ])('is one row: %s', (words, body) => {
    expect(happened(body)).toBe(words);
  });

  it('names people as they are called here', () => {
    const tagged = entryRows(
      line({ kind: 'ban', who: cleo }),
      { day: false, marker: false, found: false, folded: [] },
      { ...wide, nameOf: fullName },
    );
    expect(tagged.map(({ spans }) => plainText(spans)).join('')).toContain(
      `bob~${bob.tag} banned cleo~${cleo.tag} for good`,
    );
  });
});

describe('a message that was changed', () => {
  it('says that it was rewritten', () => {
    expect(rows(line({ kind: 'text', text: 'hello', edited: true }))).toEqual([
      '17:58      bob  hello (edited)',
    ]);
    expect(rows(line({ kind: 'me', text: 'waves', edited: true }))).toEqual([
      '17:58        *  bob waves (edited)',
    ]);
  });

  it('says that it was taken back, and by whom', () => {
    expect(rows(line({ kind: 'text', text: '', deleted: bob }))).toEqual(['17:58      bob  (taken back)']);
    expect(rows(line({ kind: 'text', text: '', deleted: cleo }))).toEqual([
      '17:58      bob  (taken back by cleo)',
    ]);
  });

  it('has its reactions under it', () => {
    const reactions = [
      { emoji: '+1', who: [ada, cleo] },
      { emoji: 'tada', who: [ada] },
    ];
    expect(rows(line({ kind: 'text', text: 'cake!', reactions }))).toEqual([
      '17:58      bob  cake!',
      '                👍 2  🎉 1',
    ]);
  });
});

describe('several lines', () => {
  const code = 'if x:\n    go()\n';

  it('are aligned with each other, so that code can be read', () => {
    expect(rows(line({ kind: 'text', text: code }))).toEqual([
      '17:58      bob  if x:',
      '                    go()',
    ]);
    const [name = '', ...lines] = rows(line({ kind: 'text', text: code }), narrow);
    expect(name).toBe('17:58 bob:');
    expect(lines).toEqual(['      if x:', '          go()']);
  });

  it('are so in a whisper too, and one line with a line break behind it stays one row', () => {
    const whisper: WhisperLine = { id: newMessageId(), at, sentAt: at, with: bob, mine: false, text: code };
    const [head = '', ...lines] = rows({ key: 'w', at, type: 'whisper', whisper });
    expect(head).toBe('17:58        »  bob → you (whisper):');
    expect(lines).toEqual(['                if x:', '                    go()']);
    expect(rows(line({ kind: 'text', text: 'hi\n' }), narrow)).toEqual(['17:58 bob: hi']);
  });
});

describe('a reply', () => {
  const re = { author: cleo.key, id: newMessageId() };
  const reply = (quoted: { by: Person; text?: string }) => line({ kind: 'text', text: 'never', re, quoted });

  it('has author and first words of what it answers above it, behind a mark that is nobody’s nick', () => {
    const quoted = { by: cleo, text: 'milk first?\nor last?' };
    expect(rows(reply(quoted))).toEqual(['             ↳  cleo: milk first?', '17:58      bob  never']);
    expect(rows(reply(quoted), narrow)).toEqual(['      ↳ cleo: milk first?', '17:58 bob: never']);
  });

  it('cuts them to one row', () => {
    const [above = '', ...below] = rows(reply({ by: cleo, text: 'milk '.repeat(50) }));
    expect(above).toMatch(/^ {13}↳ {2}cleo: milk milk .*…$/);
    expect(above.length).toBeLessThanOrEqual(wide.width);
    expect(below).toEqual(['17:58      bob  never']);
  });

  it('says that a line was taken back or is not here', () => {
    expect(rows(reply({ by: cleo, text: '' }))[0]).toBe('             ↳  cleo: (taken back)');
    expect(rows(reply({ by: cleo }))[0]).toBe('             ↳  cleo: (a line that is not here)');
  });
});

describe('what was jumped to', () => {
  const marked = (entry: Entry, style = wide): string[] =>
    entryRows(entry, { day: false, marker: false, found: true, folded: [] }, style)
      .flatMap(({ spans }) => spans)
      .filter(({ tone }) => tone === 'selected')
      .map(({ text }) => text);

  it('is marked once, at its time, however many rows it has', () => {
    const long = line({ kind: 'text', text: 'words '.repeat(40) });
    expect(marked(long)).toEqual(['17:58']);
    expect(marked(long, narrow)).toEqual(['17:58']);
    expect(marked(long, { ...wide, time: 'off' })).toHaveLength(1);
    const quoted = { by: cleo, text: 'milk first?' };
    expect(marked(line({ kind: 'text', text: 'yes', quoted }))).toEqual(['17:58']);
  });
});

describe('an own line', () => {
  it('has the mark of what became of it', () => {
    const mine = (status: LineStatus) => rows(line({ kind: 'text', text: 'hello' }, ada, status));
    expect(mine({ type: 'waiting' })).toEqual(['17:58      ada  hello …']);
    expect(mine({ type: 'sent' })).toEqual(['17:58      ada  hello ✓']);
    expect(mine({ type: 'failed', why: 'Slow down.' })).toEqual([
      '17:58      ada  hello ✗',
      '                not sent: Slow down.',
    ]);
    expect(mine({ type: 'failed', why: 'You are silenced; not sent.' })[1]).toBe(
      '                You are silenced; not sent.',
    );
  });
});

describe('a whisper in a window for two', () => {
  const whisper = (change: Partial<WhisperLine>): Entry => ({
    key: 'whisper',
    at,
    type: 'whisper',
    whisper: { id: newMessageId(), at, sentAt: at, with: bob, mine: true, text: 'psst', ...change },
  });

  it('has its author in the column of names, as a line in a room has', () => {
    const [here, small] = [wide, narrow].map((style): RowStyle => ({ ...style, self: ada }));
    expect(rows(whisper({ mine: false }), here)).toEqual(['17:58      bob  psst']);
    expect(rows(whisper({ state: 'delivered' }), here)).toEqual(['17:58      ada  psst ✓']);
    expect(rows(whisper({ mine: false }), small)).toEqual(['17:58 bob: psst']);
    expect(rows(whisper({ mine: false, text: 'two\nlines' }), small)).toEqual([
      '17:58 bob:',
      '      two',
      '      lines',
    ]);
  });
});

describe('a whisper', () => {
  const whisper = (change: Partial<WhisperLine>, why?: string): Entry => ({
    key: 'whisper',
    at,
    type: 'whisper',
    whisper: { id: newMessageId(), at, sentAt: at, with: bob, mine: true, text: 'psst', ...change },
    ...(why === undefined ? {} : { why }),
  });

  it.each([
    ['waiting', '…'],
    ['stored', '✓ stored at the relay'],
    ['delivered', '✓'],
    ['expired', '✗ expired, not delivered'],
  ] as const)('that is %s says %s', (state, shown) => {
    expect(rows(whisper({ state }), { ...wide, width: 90 })).toEqual([
      `17:58        »  you → bob (whisper): psst ${shown}`,
    ]);
  });

  it('that was refused says why', () => {
    expect(rows(whisper({ state: 'refused' }, 'Their mailbox is full.'))).toEqual([
      '17:58        »  you → bob (whisper): psst ✗',
      '                not delivered: Their mailbox is full.',
    ]);
    expect(
      rows(whisper({ state: 'refused' }, 'Not delivered; try again later.'))
        .at(-1)
        ?.trim(),
    ).toBe('Not delivered; try again later.');
  });

  it('that came after one that is missing says so', () => {
    const [gap = '', ...rest] = rows(whisper({ mine: false, gap: true }));
    expect(gap).toContain(' an earlier whisper of theirs has not come ');
    expect(rest).toEqual(['17:58        »  bob → you (whisper): psst']);
  });
});
