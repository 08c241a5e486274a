import type { Rejection } from '../shared/errors.ts';
import type { RelayLimits } from './limits.ts';
import { KeyedBuckets, rateOf, Tally, type Rate } from './rate-limit.ts';

/** Networks of which the rate of new connections is remembered. */
const MAX_NETWORKS = 20_000;
/** Suggested wait where only somebody else's leaving can help. */
const RETRY_MS = 5_000;

/** Who may open a connection: counted by network and in total. Times are monotonic milliseconds. */
export class Admission {
  readonly #limits: RelayLimits;
  readonly #fresh: KeyedBuckets;
  readonly #open = new Tally();
  readonly #early = new Tally();
  readonly #free: ReadonlySet<string>;
  #total = 0;

  /** `free` networks are not counted by network; the total counts them too. */
  constructor(limits: RelayLimits, free: Iterable<string> = []) {
    this.#limits = limits;
    this.#free = new Set(free);
    this.#fresh = new KeyedBuckets(freshRate(limits), MAX_NETWORKS);
  }

  limitsChanged(now: number): void {
    this.#fresh.changeRate(freshRate(this.#limits), now);
  }

  /** Counts the connection, also a refused one: it is there until `closed`. */
  opened(network: string, now: number): Rejection | undefined {
    const refusal = this.#refusal(network, now);
    this.#total += 1;
    this.#open.add(network);
    this.#early.add(network);
    return refusal;
  }

  loggedIn(network: string): void {
    this.#early.remove(network);
  }

  closed(network: string, loggedIn: boolean): void {
    this.#total -= 1;
    this.#open.remove(network);
    if (!loggedIn) this.#early.remove(network);
  }

  prune(now: number): void {
    this.#fresh.prune(now);
  }

  #refusal(network: string, now: number): Rejection | undefined {
    const { connections, connectionsPerNetwork, loginsPerNetwork } = this.#limits;
    const refuse = (limit: number, retryMs = RETRY_MS): Rejection => ({
      code: 'too-many-connections',
      retryMs,
      limit,
    });
    if (this.#total >= connections) return refuse(connections);
    if (this.#free.has(network)) return undefined;
    if (this.#open.of(network) >= connectionsPerNetwork) return refuse(connectionsPerNetwork);
    if (this.#early.of(network) >= loginsPerNetwork) return refuse(loginsPerNetwork);
    const wait = this.#fresh.tryTake(network, now);
    return wait > 0 ? refuse(this.#limits.newConnectionsPerNetwork, wait) : undefined;
  }
}

function freshRate({ newConnectionsPerNetwork, newConnectionsMs }: RelayLimits): Rate {
  return rateOf(newConnectionsPerNetwork, newConnectionsMs);
}
