import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Archive } from '../../../src/client/archive/archive.ts';
import { openArchive } from '../../../src/client/archive/open-archive.ts';
import { RoomView } from '../../../src/client/rooms/room-view.ts';
import type { Person } from '../../../src/client/session-events.ts';
import { identityKey, logId, messageId, roomId, type IdentityKey } from '../../../src/shared/ids.ts';

const bytes = (fill: number, length = 32) => new Uint8Array(length).fill(fill);
const someone = (fill: number, nick: string): Person => ({ key: identityKey(bytes(fill)), tag: 'tag', nick });
const [ada, eve] = [someone(1, 'ada'), someone(2, 'eve')];
const room = roomId(bytes(9, 16));

let archive: Archive;
let ignored: Set<IdentityKey>;
let view: RoomView;

beforeEach(() => {
  archive = openArchive(':memory:');
  ignored = new Set();
  view = new RoomView({ room, rooms: archive.rooms, contacts: { ignores: (key) => ignored.has(key) } });
  archive.rooms.startLog(room, { log: logId(bytes(3, 8)), seq: 0, hash: bytes(0) });
});
afterEach(() => archive.close());

function line(seq: number, by: Person, text: string, quoted?: Person) {
  const id = messageId(bytes(seq, 16));
  const re = quoted && { re: { author: quoted.key, id }, quoted: { by: quoted, text: 'what was said' } };
  return { seq, id, at: seq, sentAt: seq, by, kind: 'text' as const, text, ...re };
}
function archived(...lines: ReturnType<typeof line>[]): void {
  for (const each of lines) archive.rooms.addLine(room, each);
}
const texts = (limit: number, before?: number) =>
  view.history(limit, before).map((each) => (each.kind === 'text' ? each.text : each.kind));

describe('a room with somebody ignored', () => {
  it('has as many lines of the others as were asked for', () => {
    archived(line(1, ada, 'one'), line(2, ada, 'two'), line(3, eve, 'spam'), line(4, eve, 'spam'));
    archived(line(5, ada, 'three'), line(6, eve, 'spam'));
    expect(texts(3)).toEqual(['spam', 'three', 'spam']);
    ignored.add(eve.key);
    expect(texts(3)).toEqual(['one', 'two', 'three']);
    expect(texts(2, 5)).toEqual(['one', 'two']);
    expect(texts(9)).toEqual(['one', 'two', 'three']);
  });

  it('tells of their lines only that there is one, and of their typing nothing', () => {
    ignored.add(eve.key);
    const spam = { type: 'line', line: line(1, eve, 'spam'), history: false, mine: false } as const;
    expect(view.event(spam)).toEqual({ type: 'hidden', seq: 1, history: false });
    expect(view.event({ type: 'typing', who: eve })).toBeUndefined();
    expect(view.event({ type: 'typing', who: ada })).toEqual({ type: 'typing', who: ada });
  });

  it('shows an answer to them without their words', () => {
    ignored.add(eve.key);
    const answer = { type: 'line', line: line(1, ada, 'no', eve), history: false, mine: false } as const;
    expect(view.event(answer)).toMatchObject({ line: { text: 'no', quoted: { by: eve } } });
    expect(JSON.stringify(view.event(answer))).not.toContain('what was said');
  });

  it('finds none of their lines', () => {
    archived(line(1, ada, 'tea time'), line(2, eve, 'tea for sale'));
    ignored.add(eve.key);
    expect(view.search('tea', 10).map(({ seq }) => seq)).toEqual([1]);
  });
});
