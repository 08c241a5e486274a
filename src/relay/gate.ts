import type { Rejection } from '../shared/errors.ts';
import type { IdentityKey } from '../shared/ids.ts';
import { MINUTE } from '../shared/limits.ts';
import type { Bans } from './bans/bans.ts';

/** How long somebody who is not on the list of a private relay stays away before asking again. */
const PRIVATE_RETRY_MS = MINUTE;

/** Who may use this relay at all: bans, and the list of a private relay. */
export class Gate {
  readonly #bans: Bans;
  /** Undefined: everybody who is not banned. */
  allowed: ReadonlySet<IdentityKey> | undefined;

  constructor(bans: Bans, allowed: ReadonlySet<IdentityKey> | undefined) {
    this.#bans = bans;
    this.allowed = allowed;
  }

  network(network: string): Rejection | undefined {
    return this.#bans.ofNetwork(network);
  }

  key(key: IdentityKey): Rejection | undefined {
    const banned = this.#bans.ofKey(key);
    if (banned) return banned;
    return !this.allowed || this.allowed.has(key)
      ? undefined
      : { code: 'relay-private', retryMs: PRIVATE_RETRY_MS };
  }
}
