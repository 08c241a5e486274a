import type { ClientEvent, RoomSessionEvent } from '../../client/session-events.ts';
import { sentence } from '../../client/words/refusal-words.ts';
import { termsWords } from '../../client/words/state-words.ts';
import { assertNever } from '../../shared/errors.ts';
import type { Action, UiAction } from './action.ts';
import { changeBuffer, changeRoom } from './change-buffer.ts';
import { addNotice, closeHelp } from './reduce-notices.ts';
import { openedRoom, reducePage } from './reduce-pages.ts';
import { reduceRoom } from './reduce-room.ts';
import { changeWhisper, loadWhispers, openPerson, showWhisper } from './reduce-whispers.ts';
import { bufferOf, isPersonId, MAX_PROMPTS, type BufferId, type RoomBuffer, type State } from './state.ts';

export function reduce(state: State, action: Action): State {
  if (action.type !== 'event') return reduceUi(state, action);
  const { event, at } = action;
  return 'room' in event ? reduceRoomEvent(state, event, at) : reduceClientEvent(state, event, at);
}

function reduceRoomEvent(state: State, event: RoomSessionEvent, at: number): State {
  const { self, serial } = state;
  const current = state.current === event.room && state.focused !== false;
  const next = changeRoom(state, event.room, (room) =>
    reduceRoom(room, event, { self, current, at, serial }),
  );
  return next === state ? state : { ...next, serial: serial + 1 };
}

function reduceClientEvent(state: State, event: ClientEvent, at: number): State {
  switch (event.type) {
    case 'relays':
      return { ...state, relays: event.relays };
    case 'rooms': {
      const still = event.rooms.some(({ id }) => id === state.lobby.selected);
      const lobby = still ? state.lobby : { ...state.lobby, selected: event.rooms[0]?.id };
      return { ...state, listed: event.rooms, lobby };
    }
    case 'whisper':
      return showWhisper(state, event.whisper, at);
    case 'whisper-state':
      return changeWhisper(state, event);
    case 'terms':
      return addNotice(state, state.current, { tone: 'event', text: termsWords(event), at });
    case 'archive-failed':
      return addNotice(state, state.current, { tone: 'error', text: event.text, at });
    case 'signed-in-elsewhere': {
      const text = sentence('signed-in-elsewhere');
      return addNotice({ ...state, elsewhere: true }, state.current, { tone: 'error', text, at });
    }
    case 'people':
      return state;
    case 'nick':
      return { ...state, self: { ...state.self, nick: event.nick } };
    default:
      return assertNever(event);
  }
}

function reduceUi(state: State, action: UiAction): State {
  switch (action.type) {
    case 'room-opened':
      return openRoom(state, action);
    case 'buffer-closed': {
      const rooms = state.rooms.filter(({ id }) => id !== action.room);
      const people = state.people.filter(({ id }) => id !== action.room);
      const left = { ...state, rooms, people };
      if (state.current !== action.room) return left;
      // A room may go while somebody types: what was meant for it must not be said in another one.
      const back = isPersonId(action.room) && bufferOf(left, state.previous);
      return show(left, back ? back.id : 'lobby');
    }
    case 'person-opened':
      return openPerson(state, action);
    case 'whispers-loaded':
      return loadWhispers(state, action);
    case 'acquainted':
      return { ...state, known: action.known };
    case 'shown':
      return show(state, action.buffer);
    case 'scrolled':
      return changeBuffer(state, action.buffer, (buffer) => ({
        ...buffer,
        anchor: action.anchor,
        below: action.anchor ? buffer.below : 0,
        found: action.anchor ? buffer.found : undefined,
      }));
    case 'older-loaded':
    case 'newer-loaded':
    case 'reloaded':
    case 'placed':
    case 'filled-in':
      return changeRoom(state, action.room, (room) => reducePage(room, action, state.self));
    case 'loading':
      return changeRoom(state, action.room, (room) => ({ ...room, loading: action.loading }));
    case 'found':
      return changeBuffer(state, action.buffer, (buffer) => ({ ...buffer, found: action.key }));
    case 'numbered':
      return { ...state, numbered: action.links };
    case 'finding':
      return { ...state, finding: action.finding };
    case 'focused':
      return focus(state, action.focused);
    case 'preferred':
      return { ...state, preferences: action.preferences, muted: action.muted };
    case 'cleared':
      return changeBuffer(state, action.buffer, (buffer) => ({
        ...buffer,
        entries: [],
        anchor: undefined,
        below: 0,
        marker: undefined,
      }));
    case 'noticed':
      return addNotice(state, action.buffer, action);
    case 'help-closed':
      return closeHelp(state, action.buffer);
    case 'selected':
      return { ...state, lobby: { ...state.lobby, selected: action.room } };
    case 'asked':
      return state.prompts.length >= MAX_PROMPTS
        ? state
        : { ...state, prompts: [...state.prompts, action.prompt] };
    case 'answered':
      return { ...state, prompts: state.prompts.filter(({ id }) => id !== action.prompt) };
    case 'started':
      return { ...state, working: [...state.working, { id: action.id, text: action.text }] };
    case 'finished':
      return { ...state, working: state.working.filter(({ id }) => id !== action.id) };
    case 'hinted':
      return action.hint === state.hint ? state : { ...state, hint: action.hint };
    case 'measured':
      return changeRoom(state, action.room, (room) => {
        const silent = action.ms === undefined;
        return room.ms === action.ms && room.silent === silent ? room : { ...room, ms: action.ms, silent };
      });
    case 'typing-expired':
      return { ...state, rooms: state.rooms.map((room) => expireTyping(room, action.before)) };
    default:
      return assertNever(action);
  }
}

/** A room that was over is the same buffer when it is joined again. */
function openRoom(state: State, action: Extract<UiAction, { type: 'room-opened' }>): State {
  if (bufferOf(state, action.info.id))
    return changeRoom(state, action.info.id, (room) => ({ ...room, over: false }));
  return { ...state, rooms: [...state.rooms, openedRoom(action, state.self)] };
}

function show(state: State, id: BufferId): State {
  if (id === state.current || !bufferOf(state, id)) return state;
  const left = changeBuffer(state, state.current, (buffer) => ({
    ...buffer,
    marker: undefined,
    found: undefined,
  }));
  const shown = changeBuffer(left, id, (buffer) => ({ ...buffer, unread: 0, mentions: 0 }));
  return { ...shown, current: id, previous: state.current, finding: undefined, numbered: undefined };
}

/** Back at the screen: what is on it has been seen. */
function focus(state: State, focused: boolean): State {
  const seen = focused
    ? changeBuffer(state, state.current, (buffer) => ({ ...buffer, unread: 0, mentions: 0 }))
    : state;
  return { ...seen, focused };
}

function expireTyping(room: RoomBuffer, before: number): RoomBuffer {
  if (!room.typing.some(({ at }) => at < before)) return room;
  return { ...room, typing: room.typing.filter(({ at }) => at >= before) };
}
