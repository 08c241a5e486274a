import { describe, expect, it } from 'vitest';
import type { MemberInfo, RoomEventBody, RoomInfo, RoomLine } from '../../../src/client/session-events.ts';
import { logId, messageId, type LogId, type MessageId } from '../../../src/shared/ids.ts';
import type { Action, UiAction } from '../../../src/tui/store/action.ts';
import { reduce } from '../../../src/tui/store/reduce.ts';
import {
  currentBuffer,
  initialState,
  MAX_ENTRIES,
  MAX_PROMPTS,
  type Entry,
  type RoomBuffer,
  type State,
} from '../../../src/tui/store/state.ts';
import { MemoryRoom, personNamed } from '../../support/memory-room.ts';

const ada = personNamed('ada');
const bob = personNamed('bob');
const info: RoomInfo = new MemoryRoom(
  { title: 'tea', owner: bob, relay: 'ws://127.0.0.1:1', via: 'lan' },
  () => 0,
).info;
const member = (person = ada): MemberInfo => ({ ...person, role: 'member', presence: 'online' });
const log = logId(new Uint8Array(8).fill(1));
const otherLog = logId(new Uint8Array(8).fill(2));

function id(number: number): MessageId {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(0, number);
  return messageId(bytes);
}

function line(seq: number, text: string, by = bob): RoomLine & { seq: number } {
  return { seq, id: id(seq), at: seq * 1_000, sentAt: seq * 1_000, by, kind: 'text', text };
}

function inRoom(event: RoomEventBody, at = 1_000): Action {
  return { type: 'event', event: { ...event, room: info.id }, at };
}
const told = (seq: number, text = `line ${seq}`, history = false, by = bob): Action =>
  inRoom({ type: 'line', line: line(seq, text, by), history, mine: by.key === ada.key });
const ready = (seq: number, inLog = log): Action =>
  inRoom({ type: 'ready', info, log: inLog, seq, me: member(), members: [member(), member(bob)] });
const opened = (archived: readonly RoomLine[] = [], pending: readonly RoomLine[] = []) => ({
  type: 'room-opened' as const,
  info,
  state: 'connecting' as const,
  archived,
  pending,
});
const known = (log: LogId, archived: readonly RoomLine[]): Action => ({ ...opened(archived), log });
const shown: UiAction = { type: 'shown', buffer: info.id };
const lobby: UiAction = { type: 'shown', buffer: 'lobby' };

function after(...actions: Action[]): State {
  return actions.reduce(reduce, initialState({ ...ada, guest: false }));
}
function tea(state: State): RoomBuffer {
  const room = state.rooms[0];
  if (!room) throw new Error('no room');
  return room;
}
function texts(entries: readonly Entry[]): string[] {
  return entries.map((entry) => {
    if (entry.type === 'line') return 'text' in entry.line ? entry.line.text : entry.line.kind;
    return entry.type === 'notice' ? entry.text : entry.whisper.text;
  });
}

describe('lines of a room', () => {
  it('replace their echo, in the order of the host', () => {
    const mine = { ...line(0, 'mine', ada), id: id(99) };
    const { seq: _, ...echo } = mine;
    const base = after(opened(), ready(0), inRoom({ type: 'echo', line: echo }), told(1));
    expect(texts(tea(base).entries)).toEqual(['line 1', 'mine']);
    const placed = reduce(
      base,
      inRoom({ type: 'line', line: { ...mine, seq: 2 }, history: false, mine: true }),
    );
    const done = reduce(placed, inRoom({ type: 'sent', id: id(99), seq: 2 }));
    expect(tea(done).entries.at(-1)).toMatchObject({ status: { type: 'sent' }, line: { seq: 2 } });
    expect(tea(done).entries).toHaveLength(2);
  });

  it('come once, also when told twice', () => {
    expect(texts(tea(after(opened(), told(1), told(2), told(1))).entries)).toEqual(['line 1', 'line 2']);
  });

  it('that fill a hole go where their number says', () => {
    expect(texts(tea(after(opened(), told(1), told(4), told(2), told(3))).entries)).toEqual([
      'line 1',
      'line 2',
      'line 3',
      'line 4',
    ]);
  });

  it('keep the reason when the host refuses them', () => {
    const { seq: _, ...echo } = line(0, 'mine', ada);
    const state = after(
      opened(),
      inRoom({ type: 'echo', line: echo }),
      inRoom({ type: 'failed', id: echo.id, code: 'too-fast', retryMs: 4_000 }),
    );
    expect(tea(state).entries[0]).toMatchObject({
      status: { type: 'failed', why: 'Sending too fast; paused 4 s.' },
    });
  });

  it('count as unread and as mentions only where nobody looks', () => {
    const away = after(opened(), ready(0), told(1, 'hi'), told(2, 'ada?'), told(3, 'x', false, ada));
    expect(tea(away)).toMatchObject({ unread: 2, mentions: 1, marker: `line ${id(1)}` });
    const here = after(opened(), ready(0), shown, told(1, 'hi'), told(2, 'ada?'));
    expect(tea(here)).toMatchObject({ unread: 0, mentions: 0, marker: undefined });
  });

  it('of the backlog are no news on the first visit', () => {
    const state = after(opened(), ready(2), told(1, 'ada', true), told(2, 'b', true), told(3, 'c'));
    expect(tea(state)).toMatchObject({ unread: 1, mentions: 0, marker: `line ${id(3)}` });
  });

  it('that came since the last visit are marked as new even on screen', () => {
    const state = after(
      opened([line(1, 'a'), line(2, 'b')]),
      shown,
      ready(4),
      told(3, 'c', true),
      told(4, 'd', true),
    );
    expect(tea(state).marker).toBe(`line ${id(3)}`);
    expect(reduce(reduce(state, lobby), shown).rooms[0]?.marker).toBeUndefined();
  });

  it('of an old log stay above those of a new one', () => {
    const state = after(
      opened(),
      ready(0),
      told(1),
      told(2),
      ready(0, otherLog),
      inRoom({
        type: 'line',
        line: { ...line(1, 'anew'), id: id(50) },
        history: false,
        mine: false,
      }),
    );
    expect(texts(tea(state).entries)).toEqual(['line 1', 'line 2', 'anew']);
  });
});

describe('the bounds of a buffer', () => {
  const many = Array.from({ length: MAX_ENTRIES + 50 }, (_, index) => told(index + 1));

  it('let the oldest lines go', () => {
    const { entries } = tea(after(opened(), ...many));
    expect(entries).toHaveLength(MAX_ENTRIES);
    expect(texts(entries).at(-1)).toBe(`line ${MAX_ENTRIES + 50}`);
  });

  it('keep what is being read and count what comes below', () => {
    const reading: UiAction = {
      type: 'scrolled',
      buffer: info.id,
      anchor: { key: `line ${id(60)}`, hidden: 0 },
    };
    const state = after(opened(), shown, ...many.slice(0, MAX_ENTRIES), reading, ...many.slice(MAX_ENTRIES));
    expect(texts(tea(state).entries)[0]).toBe('line 1');
    expect(tea(state)).toMatchObject({ attached: false, below: 50 });
    const back = reduce(state, { type: 'reloaded', room: info.id, lines: [line(9, 'newest')], pending: [] });
    expect(tea(back)).toMatchObject({ attached: true, below: 0, anchor: undefined });
    expect(texts(tea(back).entries)).toEqual(['newest']);
  });

  it('keep what only the screen has, in its place, when lines are loaded anew', () => {
    const note = (at: number, text: string): UiAction => ({
      type: 'noticed',
      buffer: info.id,
      text,
      tone: 'answer',
      at,
    });
    const state = after(
      opened(),
      note(500, 'first'),
      told(1),
      note(1_500, 'between'),
      told(2),
      note(9_000, 'last'),
      {
        type: 'reloaded',
        room: info.id,
        lines: [line(1, 'a'), line(2, 'b')],
        pending: [line(3, 'mine', ada)],
      },
    );
    expect(texts(tea(state).entries)).toEqual(['first', 'a', 'between', 'b', 'last', 'mine']);
  });

  it('put what is refused again in the place of what was refused before, and count it', () => {
    const refused = (at: number, text: string): UiAction => ({
      type: 'noticed',
      buffer: info.id,
      text,
      tone: 'error',
      at,
    });
    const state = after(
      opened(),
      shown,
      refused(1, 'no such command'),
      refused(2, 'usage'),
      refused(3, 'no such command'),
      refused(4, 'no such command'),
    );
    expect(texts(tea(state).entries)).toEqual(['usage', 'no such command']);
    expect(tea(state).entries.at(-1)).toMatchObject({ at: 4, times: 3 });
    const later = [told(1), refused(5, 'no such command')].reduce(reduce, state);
    expect(texts(tea(later).entries)).toEqual(['usage', 'no such command', 'line 1', 'no such command']);
  });

  it('move an answer that is asked for again, and whoever reads it with it', () => {
    const answered = (text: string): UiAction => ({
      type: 'noticed',
      buffer: info.id,
      text,
      tone: 'answer',
      at: 1,
    });
    const state = after(opened(), shown, answered('the route'), answered('other'));
    const key = tea(state).entries[0]?.key ?? '';
    const reading = reduce(state, { type: 'scrolled', buffer: info.id, anchor: { key, hidden: 2 } });
    const again = tea(reduce(reading, answered('the route')));
    expect(texts(again.entries)).toEqual(['other', 'the route']);
    expect(again.entries.at(-1)?.key).not.toBe(key);
    expect(again.anchor).toEqual({ key: again.entries.at(-1)?.key, hidden: 2 });
  });

  it('close the lists that help, and nothing else', () => {
    const noticed = (text: string, tone: 'help' | 'answer'): UiAction => ({
      type: 'noticed',
      buffer: info.id,
      text,
      tone,
      at: 1,
    });
    const state = after(
      opened(),
      shown,
      told(1),
      noticed('keys', 'help'),
      noticed('an invite', 'answer'),
      noticed('commands', 'help'),
    );
    const closed = reduce(state, { type: 'help-closed', buffer: info.id });
    expect(texts(tea(closed).entries)).toEqual(['line 1', 'an invite']);
    expect(reduce(closed, { type: 'help-closed', buffer: info.id })).toBe(closed);
  });

  it('let the newest lines go where older ones are loaded, and have them back', () => {
    const older = Array.from({ length: 200 }, (_, index) => line(index + 1, `line ${index + 1}`));
    const full = after(opened(), ...Array.from({ length: MAX_ENTRIES }, (_, index) => told(index + 201)));
    const state = reduce(full, { type: 'older-loaded', room: info.id, lines: older, complete: false });
    expect(tea(state).entries).toHaveLength(MAX_ENTRIES);
    expect(tea(state).attached).toBe(false);
    const newer = Array.from({ length: 200 }, (_, index) => line(index + 2_001, 'n'));
    const back = reduce(state, { type: 'newer-loaded', room: info.id, lines: newer });
    expect(tea(back).attached).toBe(true);
    expect(tea(back).entries).toHaveLength(MAX_ENTRIES);
  });

  it('lose no warning that comes while newer lines are not in memory', () => {
    const state = after(
      opened(),
      told(1),
      told(2),
      { type: 'placed', room: info.id, lines: [line(1, 'line 1')] },
      inRoom({ type: 'gap', from: 3, to: 9 }, 2_500),
    );
    expect(texts(tea(state).entries)).toEqual(['line 1']);
    const lines = [line(1, 'line 1'), line(2, 'line 2')];
    const back = reduce(state, { type: 'reloaded', room: info.id, lines, pending: [] });
    expect(texts(tea(back).entries)).toEqual(['line 1', 'line 2', '— 7 messages missing —']);
    // Nothing brings newer lines of a room that is over.
    const over = reduce(state, inRoom({ type: 'removed', code: 'kicked' }));
    expect(texts(tea(over).entries)).toEqual([
      'line 1',
      '— 7 messages missing —',
      'You were put out of this room; /join it again if you are welcome.',
    ]);
  });

  it('leave a refused line where it was', () => {
    const { seq: _, ...unsent } = { ...line(9, 'too long', ada), at: 1_500 };
    const state = after(
      opened(),
      told(1),
      inRoom({ type: 'echo', line: unsent }),
      inRoom({ type: 'failed', id: unsent.id, code: 'too-long' }),
      told(2),
      { type: 'placed', room: info.id, lines: [line(1, 'line 1')] },
      { type: 'reloaded', room: info.id, lines: [line(1, 'line 1'), line(2, 'line 2')], pending: [] },
    );
    expect(texts(tea(state).entries)).toEqual(['line 1', 'too long', 'line 2']);
  });

  it('are joined by those that were hidden, where their numbers say, in memory and behind it', () => {
    const notice = (at: number): UiAction => ({
      type: 'noticed',
      buffer: info.id,
      text: `notice ${at}`,
      tone: 'answer',
      at,
    });
    const state = after(opened(), told(2), notice(2_500), notice(3_500), told(4), notice(4_500));
    const lines = [line(2, 'edited'), line(3, 'line 3'), line(4, 'line 4'), line(5, 'line 5')];
    const filled = tea(reduce(state, { type: 'filled-in', room: info.id, lines }));
    expect(texts(filled.entries)).toEqual([
      'edited',
      'notice 2500',
      'line 3',
      'notice 3500',
      'line 4',
      'notice 4500',
      'line 5',
    ]);
    expect(filled).toMatchObject({ attached: true, unread: tea(state).unread });
  });

  it('refuse more questions than can be answered', () => {
    const asked = Array.from({ length: 9 }, (_, n): UiAction => ({
      type: 'asked',
      prompt: { id: n, type: 'secret', question: '?' },
    }));
    expect(after(...asked).prompts).toHaveLength(MAX_PROMPTS);
  });
});

describe('what is not a line', () => {
  it('shows a whisper once, where the person looks', () => {
    const whisper = {
      id: id(7),
      at: 1,
      sentAt: 1,
      with: bob,
      mine: true,
      text: 'psst',
      state: 'waiting',
    } as const;
    const event: Action = { type: 'event', event: { type: 'whisper', whisper }, at: 1 };
    const state = after(opened(), shown, event, event, {
      type: 'event',
      event: { type: 'whisper-state', id: id(7), state: 'delivered' },
      at: 2,
    });
    expect(tea(state).entries).toHaveLength(1);
    expect(tea(state).entries[0]).toMatchObject({ whisper: { state: 'delivered' } });
    expect(state.lobby.entries).toHaveLength(0);
  });

  it('says what is missing and why', () => {
    const state = after(
      opened(),
      ready(0),
      inRoom({ type: 'gap', from: 3, to: 4 }),
      inRoom({ type: 'resumed', from: 5, to: 6, complete: false, reason: 'trimmed' }),
      inRoom({ type: 'removed', code: 'host-closed' }),
    );
    expect(texts(tea(state).entries)).toEqual([
      '— 2 messages missing —',
      'The host no longer keeps the lines in between.',
      'The host closed this room; /rooms lists the others.',
    ]);
    expect(tea(state).over).toBe(true);
  });

  it('says what was forged, and how often, in one sentence', () => {
    const state = after(
      opened(),
      ready(0),
      inRoom({ type: 'suspicious', what: 'bad signature of an author', count: 1 }),
      inRoom({ type: 'suspicious', what: 'bad signature of an author', count: 10 }),
    );
    expect(texts(tea(state).entries)).toEqual([
      'Dropped what cannot be true (bad signature of an author): the host, the relay or a member forges messages. What is shown here is genuine.',
      'Dropped what cannot be true (bad signature of an author, 10 times by now): the host, the relay or a member forges messages. What is shown here is genuine.',
    ]);
  });

  it('says wherever somebody is that not all of it is kept, and what to do', () => {
    const failed: Action = {
      type: 'event',
      event: { type: 'archive-failed', text: 'Not all is kept.' },
      at: 1_000,
    };
    expect(texts(tea(after(opened(), ready(0), shown, failed)).entries)).toEqual(['Not all is kept.']);
  });

  it('says who is typing until the line comes, or time passes', () => {
    const typing = inRoom({ type: 'typing', who: bob });
    expect(tea(after(opened(), ready(0), typing)).typing).toHaveLength(1);
    expect(tea(after(opened(), ready(0), typing, told(1))).typing).toHaveLength(0);
    expect(tea(after(opened(), typing, { type: 'typing-expired', before: 1_001 })).typing).toHaveLength(0);
  });

  it('shows nobody as typing who is out of reach, nor in a room that is', () => {
    const typing = [opened(), ready(0), inRoom({ type: 'typing', who: bob })];
    const gone = inRoom({ type: 'presence', who: bob, presence: 'offline' });
    expect(tea(after(...typing, gone)).typing).toEqual([]);
    const away = inRoom({ type: 'state', state: 'host-offline', reason: 'host-away' });
    expect(tea(after(...typing, away)).typing).toEqual([]);
  });

  it('keeps roles when presence changes, and drops the old status', () => {
    const state = after(
      opened(),
      ready(0),
      inRoom({ type: 'presence', who: bob, presence: 'away', status: 'lunch' }),
      inRoom({ type: 'presence', who: bob, presence: 'online' }),
    );
    expect(tea(state).members[1]).toEqual(member(bob));
  });

  it('falls back to the lobby when the room on screen goes', () => {
    const state = after(opened(), shown, { type: 'buffer-closed', room: info.id });
    expect(currentBuffer(state).id).toBe('lobby');
  });

  it('leaves the state alone for rooms it does not know', () => {
    const state = after();
    expect(reduce(state, told(1))).toBe(state);
  });
});

describe('a room that was open on another day', () => {
  it('begins with the lines of then, and what was said since is new', () => {
    const state = after(
      known(log, [line(1, 'then')]),
      ready(3),
      told(2, 'since', true),
      told(3, 'now', true),
    );
    expect(texts(tea(state).entries)).toEqual(['then', 'since', 'now']);
    expect(tea(state)).toMatchObject({ marker: `line ${id(2)}`, unread: 2 });
  });

  it('has unread what was unread then, and what comes adds to it once', () => {
    const archived = [line(1, 'read'), line(2, 'ada?'), line(3, 'x')];
    const unread = { after: 1, unread: 2, mentions: 1, first: archived[1] };
    const start = [{ ...opened(archived), log, unread }, ready(5), told(4, 'ada!', true), told(5)];
    const counts = { unread: 4, mentions: 2, marker: `line ${id(2)}`, markerSeq: 2 };
    expect(tea(after(...start))).toMatchObject(counts);
    expect(tea(after(...start, told(4, 'ada!', true), told(3), ready(5)))).toMatchObject(counts);
    expect(tea(after(...start, shown))).toMatchObject({ ...counts, unread: 0, mentions: 0 });
  });

  it('was read as far as somebody knows, even where the archive has lost some of it', () => {
    const unread = { after: 3, unread: 0, mentions: 0, first: undefined };
    const start = [{ ...opened([line(1, 'a')]), log, unread }, ready(4), told(2, 'b', true)];
    const state = after(...start, told(3, 'ada?', true), told(4, 'new', true));
    expect(texts(tea(state).entries)).toEqual(['a', 'b', 'ada?', 'new']);
    expect(tea(state)).toMatchObject({ unread: 1, mentions: 0, marker: `line ${id(4)}` });
  });

  it('keeps them above those of another history that its host has begun', () => {
    const state = after(known(log, [line(7, 'then')]), ready(1, otherLog), told(1, 'anew', true));
    expect(texts(tea(state).entries)).toEqual(['then', 'anew']);
    expect(tea(state)).toMatchObject({ head: 1, unread: 1 });
  });

  it('greets once, as one that was joined does', () => {
    const rules = { slow: 0, filters: [], motd: 'mind the cat' };
    const greets = inRoom({
      type: 'ready',
      info: { ...info, rules },
      log,
      seq: 0,
      me: member(),
      members: [member()],
    });
    expect(texts(tea(after(known(log, []), greets, greets)).entries)).toEqual([
      'Message of the day of this room:\n  mind the cat',
    ]);
    const joined = { ...known(log, []), info: { ...info, rules } };
    expect(texts(tea(after(joined, greets, greets)).entries)).toEqual([
      'Message of the day of this room:\n  mind the cat',
    ]);
  });

  it('says how to come in where it wants its code again', () => {
    const state = after(known(log, []), inRoom({ type: 'removed', code: 'invite-used' }));
    expect(texts(tea(state).entries)).toEqual([
      'tea wants its join code again: /join tea asks for it, or ask its host for a new invite.',
    ]);
  });
});
