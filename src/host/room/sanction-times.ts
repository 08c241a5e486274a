import type { Clock } from '../../link/clock.ts';
import { idBytes, identityKey, type IdentityKey } from '../../shared/ids.ts';
import { MINUTE } from '../../shared/limits.ts';
import type { SanctionRecord } from '../history/history.ts';
import type { RoomState, Sanction, Sanctions } from './room-state.ts';

/** A wall clock that is set by less changes nothing worth writing down. */
const WORTH_WRITING_MS = MINUTE;

/** In ms since 1970, which is all that is left of a time when the process ends. */
export function sanctionRecord(
  type: SanctionRecord['type'],
  { key, nick, by, until, ms, reason }: Sanction,
  wallAt: (monotonic: number) => number,
): SanctionRecord {
  const ends = until === Number.POSITIVE_INFINITY ? undefined : Math.ceil(wallAt(until));
  return { type, key: idBytes(key), nick, by: idBytes(by), until: ends, ms, reason };
}

/**
 * What is still to be served, by the monotonic clock. A wall clock that was set back while nobody looked gives nobody more
 * than they were given.
 */
export function restoredSanctions(
  records: readonly SanctionRecord[],
  wanted: SanctionRecord['type'],
  clock: Clock,
): Sanctions {
  const held = records.flatMap(({ type, key, nick, by, until, ms, reason }) => {
    const left = until === undefined ? Number.POSITIVE_INFINITY : until - clock.wall();
    if (type !== wanted || left <= 0) return [];
    const target = identityKey(key);
    const ends = clock.now() + Math.min(left, ms ?? left);
    return [[target, { key: target, nick, by: identityKey(by), until: ends, ms, reason }] as const];
  });
  return new Map<IdentityKey, Sanction>(held);
}

/** Keeps what is written down right when somebody sets the wall clock. */
export class SanctionTimes {
  readonly #clock: Clock;
  /** Of the wall clock against the monotonic one, when times were last written. */
  #offset: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offset = this.#now();
  }

  /** What is to be written anew, and what to call once it was; nothing while the wall clock goes as it did. */
  moved({ bans, mutes }: RoomState): {
    readonly sanctions: readonly SanctionRecord[];
    readonly written: () => void;
  } {
    const offset = this.#now();
    const nothing = { sanctions: [], written: () => undefined };
    if (Math.abs(offset - this.#offset) < WORTH_WRITING_MS) return nothing;
    const timed = (type: SanctionRecord['type'], held: Sanctions): SanctionRecord[] =>
      [...held.values()]
        .filter(({ until }) => until !== Number.POSITIVE_INFINITY && until > this.#clock.now())
        .map((each) => sanctionRecord(type, each, (monotonic) => monotonic + offset));
    return {
      sanctions: [...timed('ban', bans), ...timed('mute', mutes)],
      written: () => {
        this.#offset = offset;
      },
    };
  }

  #now(): number {
    return this.#clock.wall() - this.#clock.now();
  }
}
