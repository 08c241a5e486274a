import type { ClientEvent, RoomSessionEvent } from '../client/session-events.ts';
import { isSaid } from '../client/words/line-words.ts';
import { currentBuffer, isOnScreen, personId, type State } from './store/state.ts';
import { mentions } from './view/mentions.ts';

/** What is worth a bell, in words for a notification; undefined: nothing. */
export function callOf(event: ClientEvent | RoomSessionEvent, state: State): string | undefined {
  const { preferences, muted, self } = state;
  if (preferences.bell === 'off') return undefined;
  if (event.type === 'whisper') {
    const { mine, with: who, text, stranger } = event.whisper;
    if (stranger) return undefined;
    // It is shown in whatever buffer is on screen; a terminal that does not tell whether anybody looks rings.
    const own = state.people.find(({ id }) => id === personId(who));
    const seen = state.focused === true && isOnScreen(state, (own ?? currentBuffer(state)).id);
    return mine || seen ? undefined : `${who.nick} whispers: ${text}`;
  }
  if (event.type !== 'line' || event.history || event.mine) return undefined;
  const { line, room } = event;
  if (!isSaid(line)) return undefined;
  if (line.by.key === self.key || muted.includes(room) || isOnScreen(state, room)) return undefined;
  if (preferences.bell === 'mention' && !mentions(line.text, self.nick)) return undefined;
  const title = state.rooms.find(({ id }) => id === room)?.info.title ?? '';
  return `${line.by.nick} in ${title}: ${line.text}`;
}
