import { codeOf } from '../shared/error-code.ts';
import { MINUTE } from '../shared/limits.ts';
import type { Clock } from './clock.ts';
import type { Connection } from './connection.ts';
import type { Logger } from './log.ts';
import { PurgeGuard } from './purge-guard.ts';
import type { Services } from './services.ts';
import type { Store } from './store.ts';

/** Between two looks at full buckets and old mail. */
const TIDY_MS = MINUTE;

interface Kept {
  readonly connections: ReadonlySet<Connection>;
  readonly services: Services;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What has to be looked at again and again: who is overdue, what is over, what is old. */
export class Housekeeping {
  private readonly kept: Kept;
  private readonly purgeGuard: PurgeGuard;
  private purges = true;
  private timers: NodeJS.Timeout[] = [];

  constructor(kept: Kept) {
    this.kept = kept;
    this.purgeGuard = new PurgeGuard(kept.clock);
  }

  start(sweepMs: number, tidyMs = TIDY_MS): void {
    this.timers = [setInterval(() => this.sweep(), sweepMs), setInterval(() => this.tidy(), tidyMs).unref()];
  }

  close(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  private sweep(): void {
    const { connections, services, clock } = this.kept;
    const now = clock.monotonic();
    for (const connection of connections) connection.sweep(now);
    services.rooms.closeExpired();
    services.directory.dropExpired();
  }

  private tidy(): void {
    const { services, log } = this.kept;
    services.prune();
    const did = this.purges;
    this.purges = this.purgeGuard.trusted();
    if (this.purges) this.purge();
    else if (did) log.warn('purge-stopped', { reason: 'the wall clock jumped' });
  }

  private purge(): void {
    const { services, store, clock, log } = this.kept;
    services.bans.dropExpired();
    try {
      store.mailbox.purge(clock.wall());
      store.names.purge(clock.wall());
    } catch (error) {
      // A full disk takes not even a deletion; it is tried again with the next housekeeping.
      log.warn('purge-failed', { reason: codeOf(error) });
    }
  }
}
