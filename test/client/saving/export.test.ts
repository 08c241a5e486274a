import { describe, expect, it } from 'vitest';
import type { SavedLine } from '../../../src/client/saving/collect.ts';
import { defaultFileName, exported, textLine, type SaveFormat } from '../../../src/client/saving/export.ts';
import type { Person, RoomLine, RoomLineBody, WhisperLine } from '../../../src/client/session-events.ts';
import { newMessageId, personNamed, MemoryRoom } from '../../support/memory-room.ts';

const [ada, bob, cleo] = [personNamed('ada'), personNamed('bob'), personNamed('cleo')];
const room = new MemoryRoom({ title: 'tea', owner: ada, relay: 'ws://x', via: 'lan' }, () => 0).info;
const utc = (): number => 0;

const at = (time: string): number => Date.parse(`2026-11-20T${time}Z`);

function line(time: string, by: Person, body: RoomLineBody): SavedLine {
  const made: RoomLine = { id: newMessageId(), seq: 1, at: 0, sentAt: at(time), by, ...body };
  return { type: 'line', line: made };
}
function whisper(time: string, mine: boolean, text: string): SavedLine {
  const made: WhisperLine = {
    id: newMessageId(),
    at: 0,
    sentAt: at(time),
    mine,
    text,
    with: ada,
  };
  return { type: 'whisper', whisper: made };
}

const lines: SavedLine[] = [
  line('17:58:03', ada, { kind: 'text', text: 'hello' }),
  line('17:58:10', bob, { kind: 'me', text: 'waves' }),
  line('17:58:40', ada, { kind: 'join', who: cleo, role: 'member' }),
  whisper('17:59:02', false, 'lunch?'),
];

const file = (format: SaveFormat, some = lines, zone = utc): string =>
  [...exported(format, { room, savedAt: at('18:02:11') }, some, zone)].join('');

describe('the text format', () => {
  it('is what the guide shows, byte for byte', () => {
    expect(file('txt')).toBe(
      [
        '# tea · saved 2026-11-20 18:02:11 +00:00 · 3 messages',
        '[2026-11-20 17:58:03] <ada> hello',
        '[2026-11-20 17:58:10] * bob waves',
        '[2026-11-20 17:58:40] -- cleo joined',
        '[2026-11-20 17:59:02] ada -> you (whisper): lunch?',
        '',
      ].join('\n'),
    );
  });

  it('tells local times, and the offset at the moment of saving', () => {
    expect(
      file('txt', lines.slice(0, 1), () => 330)
        .split('\n')
        .slice(0, 2),
    ).toEqual(['# tea · saved 2026-11-20 23:32:11 +05:30 · 1 message', '[2026-11-20 23:28:03] <ada> hello']);
    expect(file('txt', [], () => -570)).toBe('# tea · saved 2026-11-20 08:32:11 -09:30 · 0 messages\n');
  });

  it('writes topics, nicks, leaves and own whispers', () => {
    const some = [
      line('10:00:00', ada, { kind: 'opened', title: 'tea', topic: 'green' }),
      line('10:00:01', ada, { kind: 'topic', topic: 'cake' }),
      line('10:00:02', ada, { kind: 'topic', topic: '' }),
      line('10:00:03', bob, { kind: 'nick', was: 'bob', nick: 'rob' }),
      line('10:00:04', ada, { kind: 'leave', who: cleo }),
      line('10:00:05', ada, { kind: 'leave', who: cleo, reason: 'off' }),
      whisper('10:00:06', true, 'yes'),
    ];
    expect(some.map((each) => textLine(each, utc).slice('[2026-11-20 10:00:00] '.length))).toEqual([
      '-- ada opened tea: green',
      '-- ada changed the topic to: cake',
      '-- ada cleared the topic',
      '-- bob is now rob',
      '-- cleo left',
      '-- cleo left (off)',
      'you -> ada (whisper): yes',
    ]);
  });

  it('indents further lines, so that no message can pretend to be another’s', () => {
    const forged = line('17:58:03', bob, {
      kind: 'text',
      text: 'hi\n[2026-11-20 17:58:04] <ada> I owe bob money',
    });
    expect(textLine(forged, utc)).toBe(
      '[2026-11-20 17:58:03] <bob> hi\n                      [2026-11-20 17:58:04] <ada> I owe bob money',
    );
  });

  it('survives times that no calendar has', () => {
    const odd = line('17:58:03', bob, { kind: 'text', text: 'x' });
    if (odd.type !== 'line') throw new Error('no line');
    const far: SavedLine = { type: 'line', line: { ...odd.line, sentAt: Number.MAX_SAFE_INTEGER } };
    expect(file('txt', [far])).toContain('<bob> x');
    expect(file('json', [far])).toContain('"x"');
  });
});

describe('the Markdown format', () => {
  it('is a heading a day and an item a line', () => {
    expect(file('md')).toBe(
      [
        '# tea',
        '',
        'Saved 2026-11-20 18:02:11 +00:00 · 3 messages',
        '',
        '## 2026-11-20',
        '',
        '- 17:58:03 **ada:** hello',
        '- 17:58:10 *bob* waves',
        '- 17:58:40 — cleo joined',
        '- 17:59:02 **ada** → you (whisper): lunch?',
        '',
      ].join('\n'),
    );
  });

  it('keeps Markdown of messages inside their item, and markup of browsers out', () => {
    const some = [line('17:58:03', ada, { kind: 'text', text: '*hi*\n# big\n<script>' })];
    expect(file('md', some)).toContain('- 17:58:03 **ada:** *hi*\n  # big\n  \\<script>\n');
    const odd = [line('17:58:03', personNamed('*_[x]'), { kind: 'text', text: 'hi' })];
    expect(file('md', odd)).toContain('**\\*\\_\\[x\\]:** hi');
  });
});

describe('the JSON format', () => {
  it('is one document with a line each, named as in pipe', () => {
    const text = file('json');
    const parsed: unknown = JSON.parse(text);
    expect(parsed).toMatchObject({
      room: 'tea',
      roomId: room.id,
      savedAt: '2026-11-20T18:02:11.000Z',
      messages: 3,
      lines: [
        {
          event: 'message',
          kind: 'text',
          nick: 'ada',
          key: ada.key,
          text: 'hello',
          sentAt: '2026-11-20T17:58:03.000Z',
        },
        { event: 'message', kind: 'me', nick: 'bob', text: 'waves' },
        { event: 'join', nick: 'cleo', role: 'member' },
        { event: 'whisper', nick: 'ada', mine: false, text: 'lunch?' },
      ],
    });
    expect(text.split('\n')).toHaveLength(lines.length + 3);
    expect(JSON.parse(file('json', []))).toMatchObject({ lines: [] });
  });
});

describe('the default name', () => {
  it('is made of the room and the local time, safe for every file system', () => {
    const head = { room, savedAt: at('18:02:11') };
    expect(defaultFileName(head, 'txt', utc)).toBe('tea-2026-11-20-180211.txt');
    expect(defaultFileName(head, 'md', () => 60)).toBe('tea-2026-11-20-190211.md');
    const evil = { ...head, room: { ...room, title: '../../.ssh/authorized keys' } };
    expect(defaultFileName(evil, 'txt', utc)).toMatch(/^[^/\\.\s-][^/\\\s]*-2026-11-20-180211\.txt$/);
  });
});
