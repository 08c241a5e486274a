import type { ClientEvent, WhisperLine } from '../../client/session-events.ts';
import { fullName } from '../../client/words/full-name.ts';
import { sentence } from '../../client/words/refusal-words.ts';
import type { UiAction } from './action.ts';
import { changeBuffer, changePerson } from './change-buffer.ts';
import { changeEntry, dropNewest, dropOldest, mixIn, whisperKey } from './entries.ts';
import {
  allBuffers,
  bufferOf,
  currentBuffer,
  emptyBuffer,
  MAX_ENTRIES,
  PAGE_LINES,
  personId,
  type Buffer,
  type Entry,
  type PersonBuffer,
  type State,
} from './state.ts';

type WhisperStateEvent = Extract<ClientEvent, { type: 'whisper-state' }>;

type PersonOpened = Extract<UiAction, { type: 'person-opened' }>;

/** A buffer for what is whispered with one person. */
export function openPerson(state: State, { person, archived, unread = [] }: PersonOpened): State {
  const id = personId(person);
  if (bufferOf(state, id)) return state;
  const [first] = unread;
  const buffer: PersonBuffer = {
    ...emptyBuffer,
    type: 'person',
    id,
    person,
    entries: dropOldest(archived.map(whisperEntry)),
    attached: true,
    unread: unread.length,
    mentions: unread.length,
    marker: first && whisperKey(first.id),
  };
  return { ...state, people: [...state.people, buffer] };
}

/** What the archive had on one side of what is in memory, or instead of it. */
export function loadWhispers(state: State, action: Extract<UiAction, { type: 'whispers-loaded' }>): State {
  const loaded = action.whispers.map(whisperEntry);
  return changePerson(state, action.person, (buffer) => {
    const known = new Set(buffer.entries.map(({ key }) => key));
    const fresh = loaded.filter(({ key }) => !known.has(key));
    switch (action.where) {
      case 'older': {
        const all = [...fresh, ...buffer.entries];
        const entries = dropNewest(all);
        return { ...buffer, entries, attached: buffer.attached && entries === all };
      }
      case 'newer': {
        const entries = dropOldest([...buffer.entries, ...fresh]);
        return { ...buffer, entries, attached: loaded.length < PAGE_LINES };
      }
      case 'newest': {
        const local = buffer.entries.filter(({ type }) => type === 'notice');
        const entries = dropOldest(mixIn(loaded, local));
        return { ...buffer, entries, attached: true, anchor: undefined, below: 0 };
      }
    }
  });
}

/** Whispers are shown in their person's buffer; where there is none, where the person looks when they come. */
export function showWhisper(state: State, whisper: WhisperLine, at: number): State {
  const entry = whisperEntry(whisper);
  if (allBuffers(state).some((each) => each.entries.some(({ key }) => key === entry.key))) return state;
  const own = state.people.find(({ id }) => id === personId(whisper.with));
  if (!own && whisper.stranger) return tellOfStranger(state, whisper, at);
  const target = own ?? currentBuffer(state);
  const detached = isDetached(target);
  const unseen = !whisper.mine && own && (own.id !== state.current || state.focused === false) ? 1 : 0;
  return changeBuffer(state, target.id, (buffer) => ({
    ...buffer,
    entries: detached ? buffer.entries : dropOldest([...buffer.entries, entry]),
    ...(detached ? { attached: false } : {}),
    below: buffer.anchor && !whisper.mine ? buffer.below + 1 : buffer.below,
    unread: buffer.unread + unseen,
    mentions: buffer.mentions + unseen,
    marker: buffer.marker ?? (unseen > 0 ? entry.key : undefined),
  }));
}

/** Whoever reads further up keeps what is on screen; what is new waits in the archive. */
function isDetached(buffer: Buffer): boolean {
  if (buffer.type !== 'person') return false;
  return !buffer.attached || (buffer.anchor !== undefined && buffer.entries.length >= MAX_ENTRIES);
}

/** What strangers write is not put before the eyes of whoever did not ask for it; told once for each of them. */
function tellOfStranger(state: State, { with: who }: WhisperLine, at: number): State {
  const key = `stranger ${who.key}`;
  if (allBuffers(state).some((each) => each.entries.some((entry) => entry.key === key))) return state;
  const text = `Somebody you have never met whispers to you (${fullName(who)}): /inbox shows it.`;
  return changeBuffer(state, currentBuffer(state).id, (buffer) => ({
    ...buffer,
    entries: dropOldest([...buffer.entries, { key, at, type: 'notice', text, tone: 'event' }]),
  }));
}

/** What became of a whisper, wherever it is shown. */
export function changeWhisper(state: State, { id, state: now, code }: WhisperStateEvent): State {
  const key = whisperKey(id);
  const why = code === undefined ? {} : { why: sentence(code) };
  const change = (entry: Entry): Entry =>
    entry.type === 'whisper' ? { ...entry, whisper: { ...entry.whisper, state: now }, ...why } : entry;
  return allBuffers(state)
    .filter(({ aside, entries }) => [entries, aside].some((each) => each.some((entry) => entry.key === key)))
    .reduce(
      (sum, buffer) =>
        changeBuffer(sum, buffer.id, (each) => ({
          ...each,
          entries: changeEntry(each.entries, key, change),
          aside: changeEntry(each.aside, key, change),
        })),
      state,
    );
}

function whisperEntry(whisper: WhisperLine): Entry {
  return { key: whisperKey(whisper.id), at: whisper.at, type: 'whisper', whisper };
}
