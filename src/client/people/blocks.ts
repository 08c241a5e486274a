import type { Clock } from '../../link/clock.ts';
import { idBytes, type IdentityKey } from '../../shared/ids.ts';
import { DAY } from '../../shared/limits.ts';
import type { PeopleArchive } from '../archive/archive.ts';
import type { ClientLog } from '../client-log.ts';
import type { RelayConnection } from '../relays/relay-connection.ts';
import type { Person } from '../session-events.ts';

/** A relay forgets whom somebody blocks who has not been there for long; it is told again well before. */
const TELL_AGAIN_MS = 14 * DAY;

export interface BlocksParts {
  readonly people: PeopleArchive;
  readonly ignored: () => readonly Person[];
  readonly clock: Clock;
  readonly log: ClientLog;
}

/** Keeps relays that were chosen from taking whispers of people this profile ignores; it is nobody else's to know. */
export class Blocks {
  readonly #parts: BlocksParts;
  readonly #busy = new Set<string>();

  constructor(parts: BlocksParts) {
    this.#parts = parts;
  }

  /** Tells a relay what it does not know yet, one at a time. */
  async tell(relay: RelayConnection): Promise<void> {
    if (relay.via === 'lan' || this.#busy.has(relay.url)) return;
    this.#busy.add(relay.url);
    try {
      for (let next = this.#next(relay); next; next = this.#next(relay))
        if (!(await this.#tellOne(relay, next.key, next.block))) return;
    } finally {
      this.#busy.delete(relay.url);
    }
  }

  #next(relay: RelayConnection): { readonly key: IdentityKey; readonly block: boolean } | undefined {
    const { people, ignored, clock } = this.#parts;
    const id = relay.online ? relay.info.id : undefined;
    if (!id) return undefined;
    const told = people.blocksTold(id);
    const wanted = new Set(ignored().map(({ key }) => key));
    const fresh = clock.wall() - TELL_AGAIN_MS;
    for (const key of wanted) if ((told.get(key) ?? 0) <= fresh) return { key, block: true };
    for (const key of told.keys()) if (!wanted.has(key)) return { key, block: false };
    return undefined;
  }

  async #tellOne(relay: RelayConnection, key: IdentityKey, block: boolean): Promise<boolean> {
    const { people, clock, log } = this.#parts;
    const { id } = relay.info;
    const identity = idBytes(key);
    // What may have reached the relay must be known, so that it can be taken back.
    if (block && id) people.blockTold(id, key, 0);
    const outcome = await (block
      ? relay.ask({ t: 'block', identity })
      : relay.ask({ t: 'unblock', identity }));
    if (outcome.t === 'refused') log('block-refused', { code: outcome.code });
    else if (id) people.blockTold(id, key, block ? clock.wall() : undefined);
    return outcome.t !== 'refused';
  }
}
