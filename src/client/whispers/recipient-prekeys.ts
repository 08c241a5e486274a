import type { Clock } from '../../link/clock.ts';
import { openPrekey } from '../../shared/crypto/certificate.ts';
import type { RefusalCode } from '../../shared/errors.ts';
import { idBytes, type IdentityKey } from '../../shared/ids.ts';
import { HOUR, SECOND } from '../../shared/limits.ts';
import { putNewest } from '../../shared/put-newest.ts';
import type { RelayConnection } from '../relays/relay-connection.ts';

/** Other people's prekeys kept, and for how long one is used without asking again. */
const MAX_KEPT = 500;
const KEPT_MS = HOUR;

/** What is asked of a relay that keeps mail. */
export type MailRelay = Pick<RelayConnection, 'ask' | 'tell' | 'online' | 'url'>;

/** Why a relay would not do it, or never answered. */
export interface RelayRefusal {
  readonly code: RefusalCode | 'unreachable' | 'timeout';
  readonly retryMs?: number;
}

export interface RecipientPrekey {
  readonly key: Uint8Array;
  readonly id: number;
}

/** What whispers to others are sealed for, as relays have it. */
export class RecipientPrekeys {
  readonly #clock: Clock;
  readonly #kept = new Map<IdentityKey, { readonly prekey: RecipientPrekey; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Asks `relay` where none is known; `not-delivered` for one that its owner has not signed. */
  async of(
    relay: MailRelay,
    person: IdentityKey,
  ): Promise<{ readonly prekey: RecipientPrekey } | RelayRefusal> {
    const kept = this.#kept.get(person);
    if (kept && kept.until > this.#clock.now()) return kept;
    const identity = idBytes(person);
    const outcome = await relay.ask({ t: 'get-prekey', identity });
    if (outcome.t === 'refused') return outcome;
    const prekey = openPrekey(outcome.prekey, identity, Math.floor(this.#clock.wall() / SECOND));
    if (!prekey) return { code: 'not-delivered' };
    const fresh = { prekey, until: this.#clock.now() + KEPT_MS };
    putNewest(this.#kept, person, fresh, MAX_KEPT);
    return fresh;
  }

  /** It opens there no more. */
  forget(person: IdentityKey): void {
    this.#kept.delete(person);
  }
}
