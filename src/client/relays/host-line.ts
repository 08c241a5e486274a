import type { Via } from '../session-events.ts';
import type { RelayConnection } from './relay-connection.ts';

/** What calls to a room's host go over. */
export type HostLine = Pick<RelayConnection, 'url' | 'via' | 'info' | 'online' | 'keyChanged' | 'dial'>;

/** In the place of a relay that is not there (yet). */
export function absentLine(url: string, via: Via): HostLine {
  return {
    url,
    via,
    info: { url, via, state: 'closed', reason: 'unreachable' },
    online: false,
    keyChanged: false,
    dial: () => Promise.resolve({ t: 'refused', code: 'unreachable' }),
  };
}
