import { MINUTE } from '../shared/limits.ts';
import type { Admission } from './admission.ts';
import type { Bans } from './bans/bans.ts';
import type { Clock } from './clock.ts';
import type { Connection } from './connection.ts';
import type { Directory } from './directory.ts';
import type { Accounts } from './handlers/accounts.ts';
import type { Circuits } from './handlers/circuits.ts';
import type { Post } from './handlers/post.ts';
import type { Rooms } from './handlers/rooms.ts';
import type { Logger } from './log.ts';
import { PurgeGuard } from './purge-guard.ts';
import type { Store } from './store.ts';
import { codeOf } from './store-error.ts';

/** Between two looks at full buckets and old mail. */
const TIDY_MS = MINUTE;

interface Kept {
  readonly connections: ReadonlySet<Connection>;
  readonly rooms: Rooms;
  readonly directory: Directory;
  readonly admission: Admission;
  readonly circuits: Circuits;
  readonly post: Post;
  readonly accounts: Accounts;
  readonly bans: Bans;
  readonly store: Store;
}

/** What has to be looked at again and again: who is overdue, what is over, what is old. */
export class Housekeeping {
  private readonly kept: Kept;
  private readonly clock: Clock;
  private readonly log: Logger;
  private readonly purgeGuard: PurgeGuard;
  private timers: NodeJS.Timeout[] = [];

  constructor({ parts, clock, log }: { readonly parts: Kept; readonly clock: Clock; readonly log: Logger }) {
    this.kept = parts;
    this.clock = clock;
    this.log = log;
    this.purgeGuard = new PurgeGuard(clock);
  }

  start(sweepMs: number, tidyMs = TIDY_MS): void {
    this.timers = [setInterval(() => this.sweep(), sweepMs), setInterval(() => this.tidy(), tidyMs).unref()];
  }

  close(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  private sweep(): void {
    const { connections, rooms, directory } = this.kept;
    const now = this.clock.monotonic();
    for (const connection of connections) connection.sweep(now);
    rooms.closeExpired();
    directory.dropExpired();
  }

  private tidy(): void {
    const { admission, circuits, post, accounts } = this.kept;
    admission.prune(this.clock.monotonic());
    circuits.prune();
    post.prune();
    accounts.prune();
    if (this.purgeGuard.trusted()) this.purge();
    else this.log.warn('purge-stopped', { reason: 'the wall clock jumped' });
  }

  private purge(): void {
    const { store, bans } = this.kept;
    bans.dropExpired();
    try {
      store.mailbox.purge(this.clock.wall());
      store.names.purge(this.clock.wall());
    } catch (error) {
      // A full disk takes not even a deletion; it is tried again with the next housekeeping.
      this.log.warn('purge-failed', { reason: codeOf(error) });
    }
  }
}
