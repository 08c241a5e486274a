import type { Via } from '../session-events.ts';
import type { RelayConnection } from './relay-connection.ts';

/** What calls to a room's host go over. */
export type HostLine = Pick<
  RelayConnection,
  'url' | 'via' | 'info' | 'online' | 'absence' | 'framesPerSecond' | 'bytesPerSecond' | 'dial'
>;

/** Why nobody is called over a line that is not online; `left-out`: nobody is to be, before the relay is asked for. */
export type Absence = 'unreachable' | 'changed-key' | 'left-out';

/** In the place of a relay that is not there (yet). */
export function absentLine(url: string, via: Via, absence: Absence = 'unreachable'): HostLine {
  return {
    url,
    via,
    info: { url, via, state: 'closed', reason: 'unreachable' },
    online: false,
    absence,
    framesPerSecond: undefined,
    bytesPerSecond: undefined,
    dial: () => Promise.resolve({ t: 'refused', code: 'unreachable' }),
  };
}
