import { X509Certificate } from 'node:crypto';
import { overdue, validityOf, type Validity } from './certificate.ts';
import type { Clock } from './clock.ts';
import { cutShort } from './descriptors.ts';
import type { Logger } from './log.ts';
import type { TlsFiles } from './tls-files.ts';

/** By what the log calls them. */
type Warnings = Readonly<Record<string, string | undefined>>;

/** What an operator has to see to, so that it goes on well. */
export class Upkeep {
  /** Of the certificate that is shown to callers. */
  validity: Validity | undefined;
  readonly #clock: Pick<Clock, 'wall'>;
  readonly #log: Logger;
  readonly #canStore: () => boolean;
  #cut: string | undefined;
  #isProxied = false;
  #lastSaid: Warnings = {};

  constructor(clock: Pick<Clock, 'wall'>, log: Logger, canStore: () => boolean = () => true) {
    this.#clock = clock;
    this.#log = log;
    this.#canStore = canStore;
  }

  /** `wanted` connections are to be let in, and `limit` are. */
  changed(wanted: number, limit: number, tls: TlsFiles | undefined): void {
    this.#cut = cutShort(wanted, limit);
    if (tls) this.validity = validityOf(new X509Certificate(tls.cert));
  }

  /** All callers seem to come from one network. */
  proxied(): void {
    if (this.#isProxied) return;
    this.#isProxied = true;
    this.look();
  }

  /** One sentence each. */
  warnings(): readonly string[] {
    return Object.values(this.#now()).filter((text) => text !== undefined);
  }

  /** All of it, in the log too. */
  tell(): readonly string[] {
    this.#lastSaid = {};
    this.look();
    return this.warnings();
  }

  /** Says in the log what was not said of it before; what counts days is said once a day. */
  look(): void {
    const now = this.#now();
    for (const [event, reason] of Object.entries(now))
      if (reason !== undefined && reason !== this.#lastSaid[event]) this.#log.warn(event, { reason });
    this.#lastSaid = now;
  }

  #now(): Warnings {
    const words = this.validity && overdue(this.validity, this.#clock.wall());
    return {
      'connections-cut': this.#cut,
      'certificate-overdue': words && `the certificate ${words}: renew it, then "chat-tui relay reload"`,
      'proxy-not-trusted': this.#isProxied
        ? 'a proxy says who calls (X-Forwarded-For) and is not believed, so limits take all callers for one: set trust-proxy to 1 if it is yours'
        : undefined,
      'storage-full': this.#canStore()
        ? undefined
        : 'no whisper and no name is stored, for the disk is nearly full or the data folder has gone away: make room, and it goes on by itself',
    };
  }
}
