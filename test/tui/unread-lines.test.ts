import { describe, expect, it } from 'vitest';
import type { RoomLine } from '../../src/client/session-events.ts';
import { logId, messageId } from '../../src/shared/ids.ts';
import { PAGE_LINES } from '../../src/tui/store/state.ts';
import { MAX_COUNTED, unreadLines } from '../../src/tui/unread-lines.ts';
import { personNamed } from '../support/memory-room.ts';

const [ada, bob] = [personNamed('ada'), personNamed('bob')];
const log = logId(new Uint8Array(8).fill(1));

function line(seq: number, text: string, by = bob): RoomLine {
  const id = messageId(new Uint8Array(16).fill(seq & 255).fill(seq >> 8, 8));
  return { seq, id, at: seq, sentAt: seq, by, kind: 'text', text };
}

/** What is unread of this archive, and how often it was asked for more. */
function unread(lines: readonly RoomLine[], position: { log?: typeof log; seq: number }) {
  let asked = 0;
  const history = (limit: number, before = Number.POSITIVE_INFINITY): readonly RoomLine[] => {
    asked += 1;
    return lines.filter(({ seq = 0 }) => seq < before).slice(-limit);
  };
  const newest = history(PAGE_LINES);
  return { ...unreadLines({ history, log }, newest, { log, ...position }, ada), asked: asked - 1 };
}

const many = (count: number): RoomLine[] =>
  Array.from({ length: count }, (_, at) => line(at + 1, at % 100 === 0 ? 'ada?' : `line ${at}`));

describe('what of a room is unread', () => {
  it('is what others said behind the last line that was read, mentions apart', () => {
    const lines = [
      line(1, 'ada: read'),
      line(2, 'read'),
      { ...line(3, ''), kind: 'join' as const, who: bob, role: 'member' as const },
      line(4, 'first'),
      line(5, 'ada said so herself', ada),
      line(6, 'hello Ada!'),
    ];
    expect(unread(lines, { seq: 2 })).toEqual({
      after: 2,
      unread: 2,
      mentions: 1,
      first: lines[3],
      asked: 0,
    });
  });

  it('is nothing where everything was read, or more than the archive has', () => {
    for (const seq of [3, 30])
      expect(unread(many(3), { seq })).toEqual({
        after: seq,
        unread: 0,
        mentions: 0,
        first: undefined,
        asked: 0,
      });
    expect(unread([], { seq: 0 })).toMatchObject({ unread: 0, asked: 0 });
  });

  it('is everything of a log of which nothing was read', () => {
    expect(unread(many(3), { log: logId(new Uint8Array(8).fill(2)), seq: 2 })).toMatchObject({
      after: 0,
      unread: 3,
      first: { seq: 1 },
    });
  });

  it('is counted over several pages, each asked for once', () => {
    expect(unread(many(PAGE_LINES + 150), { seq: 100 })).toMatchObject({
      unread: PAGE_LINES + 50,
      mentions: 3,
      first: { seq: 101 },
      asked: 1,
    });
  });

  it('is counted among the newest lines only where there are very many; the first is found all the same', () => {
    const found = unread(many(20 * MAX_COUNTED), { seq: 7 });
    expect(found).toMatchObject({ unread: MAX_COUNTED, mentions: MAX_COUNTED / 100, first: { seq: 8 } });
    expect(found.asked).toBeLessThanOrEqual(MAX_COUNTED / PAGE_LINES);
  });

  it('begins with the first that was counted where those behind the last one read are missing', () => {
    const lines = many(3_000).filter(({ seq = 0 }) => seq > 1_500);
    expect(unread(lines, { seq: 7 }).first?.seq).toBe(2_001);
  });
});
