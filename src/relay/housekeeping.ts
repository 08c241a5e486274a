import { codeOf } from '../shared/error-code.ts';
import { MINUTE } from '../shared/limits.ts';
import type { Clock } from './clock.ts';
import type { Connection } from './connection.ts';
import type { RelayLimits } from './limits.ts';
import type { Logger } from './log.ts';
import { PurgeClock } from './purge-clock.ts';
import type { Services } from './services.ts';
import type { Store } from './store.ts';
import type { Upkeep } from './upkeep.ts';

/** Between two looks at full buckets and old mail. */
const TIDY_MS = MINUTE;

interface Kept {
  readonly connections: ReadonlySet<Connection>;
  readonly services: Services;
  readonly store: Store;
  readonly upkeep: Upkeep;
  readonly limits: Pick<RelayLimits, 'mailMs' | 'prekeyMs' | 'contactMs' | 'nameHoldMs'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What has to be looked at again and again: who is overdue, what is over, what is old. */
export class Housekeeping {
  readonly #kept: Kept;
  readonly #purgeClock: PurgeClock;
  #timers: NodeJS.Timeout[] = [];

  constructor(kept: Kept) {
    this.#kept = kept;
    this.#purgeClock = new PurgeClock(kept.clock);
  }

  start(sweepMs: number, tidyMs = TIDY_MS): void {
    this.#timers = [
      setInterval(() => this.#sweep(), sweepMs),
      setInterval(() => this.#tidy(), tidyMs).unref(),
    ];
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  #sweep(): void {
    const { connections, services, clock } = this.#kept;
    const now = clock.monotonic();
    for (const connection of connections) connection.sweep(now);
    services.rooms.closeExpired();
    services.directory.dropExpired();
  }

  #tidy(): void {
    const { services, upkeep, limits, log } = this.#kept;
    upkeep.look();
    services.prune();
    const { jumps } = this.#purgeClock;
    const { mailMs, prekeyMs, contactMs, nameHoldMs } = limits;
    const now = this.#purgeClock.now(Math.max(mailMs, prekeyMs, contactMs, nameHoldMs));
    if (this.#purgeClock.jumps > jumps)
      log.warn('clock-jumped', { reason: 'what is old may be deleted later for it, and nothing earlier' });
    this.#purge(now);
  }

  #purge(now: number): void {
    const { services, store, log } = this.#kept;
    services.bans.dropExpired(now);
    try {
      store.mailbox.purge(now);
      store.names.purge(now);
    } catch (error) {
      // A full disk takes not even a deletion; it is tried again with the next housekeeping.
      log.warn('purge-failed', { reason: codeOf(error) });
    }
  }
}
