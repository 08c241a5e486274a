import { describe, expect, it } from 'vitest';
import type {
  LineRef,
  Quote,
  RoomEventBody,
  RoomInfo,
  RoomLine,
  RoomLineBody,
} from '../../../src/client/session-events.ts';
import { logId } from '../../../src/shared/ids.ts';
import { HOUR } from '../../../src/shared/limits.ts';
import { reduce } from '../../../src/tui/store/reduce.ts';
import type { Action } from '../../../src/tui/store/action.ts';
import { initialState, type Entry, type RoomBuffer } from '../../../src/tui/store/state.ts';
import { MemoryRoom, newMessageId, personNamed } from '../../support/memory-room.ts';

const [ada, bob, cleo] = [personNamed('ada'), personNamed('bob'), personNamed('cleo')];
const { info }: { info: RoomInfo } = new MemoryRoom(
  { title: 'tea', owner: bob, relay: 'ws://127.0.0.1:1', via: 'lan' },
  () => 0,
);
const rules = { slow: 0, filters: [], motd: '' };

let seq = 0;
type Sequenced = RoomLine & { readonly seq: number };
function line(body: RoomLineBody, by = bob): Sequenced {
  return { seq: ++seq, id: newMessageId(), at: seq, sentAt: seq, by, ...body };
}
const said = (text: string, by = bob): Sequenced => line({ kind: 'text', text }, by);
const refTo = ({ by, id }: RoomLine): LineRef => ({ author: by.key, id });

function inRoom(event: RoomEventBody): Action {
  return { type: 'event', event: { ...event, room: info.id }, at: 1 };
}
const told = (each: Sequenced): Action =>
  inRoom({ type: 'line', line: each, history: false, mine: each.by.key === ada.key });
const opened: Action = { type: 'room-opened', info, state: 'online', archived: [], pending: [] };

function tea(...actions: Action[]): RoomBuffer {
  const state = [opened, ...actions].reduce(reduce, initialState({ ...ada, guest: false }));
  const [room] = state.rooms;
  if (!room) throw new Error('no room');
  return room;
}
function noticesOf({ entries }: RoomBuffer): string[] {
  return entries.flatMap((entry) => (entry.type === 'notice' ? [`${entry.tone}: ${entry.text}`] : []));
}
function lineOf(entry: Entry | undefined): RoomLine {
  if (entry?.type !== 'line') throw new Error('no line');
  return entry.line;
}
const changed = (now: Sequenced, by = bob): Action =>
  inRoom({
    type: 'changed',
    seq: ++seq,
    change: { by, of: refTo(now), kind: 'edit', text: 'text' in now ? now.text : '' },
    line: now,
    history: false,
  });

describe('what operators do', () => {
  it.each<RoomLineBody>([
    { kind: 'kick', who: cleo, reason: 'enough' },
    { kind: 'ban', who: cleo, ms: HOUR },
    { kind: 'unban', who: cleo },
    { kind: 'mute', who: cleo },
    { kind: 'role', who: cleo, role: 'op' },
    { kind: 'slow', seconds: 30 },
    { kind: 'filter', filter: 'links', on: true },
    { kind: 'motd', motd: 'mind the cat' },
  ])('is a line in its place that nobody has to answer: $kind', (body) => {
    const [before, act, after] = [said('before'), line(body), said('after')];
    const room = tea(told(before), told(act), told(after));
    expect(room.entries.map((entry) => lineOf(entry).kind)).toEqual(['text', body.kind, 'text']);
    expect(lineOf(room.entries[1])).toEqual(act);
    // Two messages and no more are new.
    expect(room.unread).toBe(2);
    expect(room.head).toBe(after.seq);
  });

  it('to oneself ends the room, which stays to be read', () => {
    const room = tea(
      told(said('hello')),
      inRoom({ type: 'removed', code: 'banned', reason: 'spam', retryMs: HOUR }),
    );
    expect(room.over).toBe(true);
    expect(room.entries).toHaveLength(2);
    expect(noticesOf(room)).toEqual([
      'error: You are banned from this room for 1 h more. The reason given: spam',
    ]);
    expect(noticesOf(tea(inRoom({ type: 'removed', code: 'kicked' })))).toEqual([
      'error: You were put out of this room; /join it again if you are welcome.',
    ]);
  });

  it('ends the typing of whoever is put out', () => {
    const typing = inRoom({ type: 'typing', who: cleo });
    expect(tea(typing).typing).toHaveLength(1);
    expect(tea(typing, inRoom({ type: 'members', members: [] })).typing).toEqual([]);
  });

  it('sets rules that the room has from then on', () => {
    const slow = { ...rules, slow: 30, filters: ['links'] as const };
    expect(tea(inRoom({ type: 'info', info: { ...info, rules: slow } })).info.rules).toEqual(slow);
  });

  it('greets whoever comes in, once', () => {
    const me = { ...ada, role: 'member', presence: 'online' } as const;
    const ready = (motd: string): Action =>
      inRoom({
        type: 'ready',
        info: { ...info, rules: { ...rules, motd } },
        log: logId(new Uint8Array(8)),
        seq: 0,
        me,
        members: [me],
      });
    expect(noticesOf(tea(ready('')))).toEqual([]);
    const greeted = noticesOf(
      tea(ready('mind the cat\nWrong password.'), ready('mind the cat\nWrong password.')),
    );
    expect(greeted).toEqual(['event: Message of the day of this room:\n  mind the cat\n  Wrong password.']);
    expect(noticesOf(tea(ready('mind the cat'), ready('and the dog')))).toHaveLength(2);
  });

  it('is answered where it was refused, though it has no line', () => {
    const room = tea(inRoom({ type: 'failed', id: newMessageId(), code: 'outranked' }));
    expect(noticesOf(room)).toEqual(['error: Only the owner of the room may do that to an operator.']);
  });
});

describe('a line that is changed', () => {
  it('is changed where it stands, and keeps its mark', () => {
    const mine = said('helo', ada);
    const room = tea(
      told(mine),
      told(said('hi')),
      changed({ ...mine, text: 'hello', edited: true } as Sequenced),
    );
    expect(room.entries).toHaveLength(2);
    expect(lineOf(room.entries[0])).toMatchObject({ text: 'hello', edited: true, seq: mine.seq });
    expect(room.entries[0]).toMatchObject({ mine: true, status: { type: 'sent' } });
    expect(room.unread).toBe(1);
  });

  it('that is not in memory changes nothing there', () => {
    const before = tea(told(said('hi')));
    const { entries, unread } = tea(told(said('hi')), changed(said('elsewhere')));
    expect(entries).toHaveLength(before.entries.length);
    expect(unread).toBe(before.unread);
  });

  it('is changed in the replies to it, too', () => {
    const first = said('milk furst?');
    const quoted: Quote = { by: bob, text: 'milk furst?' };
    const reply = line({ kind: 'text', text: 'never', re: refTo(first), quoted }, cleo);
    const edited = changed({ ...first, text: 'milk first?', edited: true } as Sequenced);
    const gone = changed({ ...first, text: '', deleted: bob } as Sequenced);
    expect(lineOf(tea(told(first), told(reply), edited).entries[1])).toMatchObject({
      text: 'never',
      quoted: { by: bob, text: 'milk first?' },
    });
    expect(lineOf(tea(told(first), told(reply), gone).entries[1])).toMatchObject({ quoted: { text: '' } });
  });

  it('that comes with older lines gives replies what they answer', () => {
    const first = said('milk first?');
    const quoted: Quote = { by: bob };
    const reply = line({ kind: 'text', text: 'never', re: refTo(first), quoted }, cleo);
    const older: Action = { type: 'older-loaded', room: info.id, lines: [first], complete: true };
    const room = tea(told(reply), older);
    expect(lineOf(room.entries[1])).toMatchObject({
      text: 'never',
      quoted: { by: bob, text: 'milk first?' },
    });
  });
});
