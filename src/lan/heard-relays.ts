import type { Heard } from './dns-sd.ts';

/** Relays of the network kept at a time; on a network with more, addresses with many give way to those with few. */
export const MAX_HEARD_RELAYS = 64;
/** Of one address: a single machine that announces thousands leaves the places of others alone. */
export const MAX_RELAYS_OF_ADDRESS = 16;

/** A relay that can be called. */
export interface FoundRelay {
  readonly instance: string;
  readonly url: string;
}

interface Entry extends FoundRelay {
  readonly address: string;
  readonly until: number;
}

/** Who announced itself lately. Times are monotonic milliseconds. */
export class HeardRelays {
  readonly #entries = new Map<string, Entry>();

  /** True when the list is another one afterwards. */
  take(heard: Heard, address: string, now: number): boolean {
    const known = this.#entries.get(heard.instance);
    const url = `ws://${address.includes(':') ? `[${address}]` : address}:${heard.port}`;
    // A second interface of the same relay adds nothing; only its own address may renew or end an entry.
    if (known && known.url !== url && known.until > now) return false;
    if (heard.ttl === 0) return this.#entries.delete(heard.instance);
    if (known?.url !== url && !this.#hasPlace(address)) return false;
    const until = now + heard.ttl * 1_000;
    this.#entries.set(heard.instance, { instance: heard.instance, address, url, until });
    return known?.url !== url;
  }

  /** Forgets who was not heard again in time; true when that was somebody. */
  expire(now: number): boolean {
    let gone = false;
    for (const [instance, { until }] of this.#entries) {
      if (until <= now) gone = this.#entries.delete(instance);
    }
    return gone;
  }

  #hasPlace(address: string): boolean {
    const held = Map.groupBy(this.#entries.values(), (entry) => entry.address);
    const own = held.get(address)?.length ?? 0;
    if (own >= MAX_RELAYS_OF_ADDRESS) return false;
    if (this.#entries.size < MAX_HEARD_RELAYS) return true;
    const [most = []] = [...held.values()].sort((a, b) => b.length - a.length);
    const newest = most.at(-1);
    return most.length > own + 1 && newest !== undefined && this.#entries.delete(newest.instance);
  }

  list(): readonly FoundRelay[] {
    return [...this.#entries.values()].map(({ instance, url }) => ({ instance, url }));
  }
}
