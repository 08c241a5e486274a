import { describe, expect, it } from 'vitest';
import type { ClientEvent, RoomSessionEvent } from '../../src/client/session-events.ts';
import { messageId } from '../../src/shared/ids.ts';
import { callOf } from '../../src/tui/attention.ts';
import type { Action } from '../../src/tui/store/action.ts';
import { reduce } from '../../src/tui/store/reduce.ts';
import { initialState, type State } from '../../src/tui/store/state.ts';
import { MemoryRoom, personNamed } from '../support/memory-room.ts';

const [ada, bob] = [personNamed('ada'), personNamed('bob')];
const { info } = new MemoryRoom({ title: 'tea', owner: bob, relay: 'ws://127.0.0.1:1', via: 'lan' }, () => 0);
const id = messageId(new Uint8Array(16));

/** Ada is in the room and looks at another screen. */
function elsewhere(...more: readonly Action[]): State {
  const opened: Action = { type: 'room-opened', info, state: 'online', archived: [], pending: [] };
  return [opened, { type: 'shown', buffer: 'lobby' } as const, ...more].reduce(
    reduce,
    initialState({ ...ada, guest: false }),
  );
}

function said(
  text: string,
  { history = false, mine = false, kind = 'text' as 'text' | 'me' } = {},
): RoomSessionEvent {
  const by = mine ? ada : bob;
  return {
    type: 'line',
    room: info.id,
    line: { id, seq: 1, at: 0, sentAt: 0, by, kind, text },
    history,
    mine,
  };
}

function whispered(changes: { mine?: boolean; stranger?: true } = {}): ClientEvent {
  return {
    type: 'whisper',
    whisper: { id, at: 0, sentAt: 0, with: bob, mine: false, text: 'psst', ...changes },
  };
}

describe('a bell', () => {
  it.each([
    ['a mention', said('hello ada')],
    ['a mention in an action', said('waves at ada', { kind: 'me' })],
    ['a whisper', whispered()],
  ])('is rung for %s', (_, event) => {
    expect(callOf(event, elsewhere())).toContain('bob');
  });

  it.each([
    ['what was said before somebody came, though it names them', said('hello ada', { history: true })],
    ['own words from another device', said('I am ada', { mine: true })],
    ['a line that names nobody', said('hello')],
    ['what a stranger whispers', whispered({ stranger: true })],
    ['an own whisper', whispered({ mine: true })],
  ])('is not rung for %s', (_, event) => {
    expect(callOf(event, elsewhere())).toBeUndefined();
  });

  it('is not rung for what is on screen, nor where bells are off, nor by a room that is silenced', () => {
    const event = said('hello ada');
    expect(callOf(event, elsewhere({ type: 'shown', buffer: info.id }))).toBeUndefined();
    const state = elsewhere();
    expect(callOf(event, { ...state, muted: [info.id] })).toBeUndefined();
    const off: State = { ...state, preferences: { ...state.preferences, bell: 'off' } };
    expect(callOf(event, off)).toBeUndefined();
    expect(callOf(whispered(), off)).toBeUndefined();
  });

  it('is rung for every line where all are asked for, and for history all the same not', () => {
    const state = elsewhere();
    const all: State = { ...state, preferences: { ...state.preferences, bell: 'all' } };
    expect(callOf(said('hello'), all)).toBe('bob in tea: hello');
    expect(callOf(said('hello', { history: true }), all)).toBeUndefined();
  });
});
