import { X509Certificate } from 'node:crypto';
import { overdue, validityOf, type Validity } from './certificate.ts';
import type { Clock } from './clock.ts';
import { cutShort } from './descriptors.ts';
import type { Logger } from './log.ts';
import type { TlsFiles } from './tls-files.ts';

/** What an operator has to see to, so that it goes on well. */
export class Upkeep {
  /** Of the certificate that is shown to callers. */
  validity: Validity | undefined;
  private readonly clock: Pick<Clock, 'wall'>;
  private readonly log: Logger;
  private cut: string | undefined;
  private lastSaid: string | undefined;

  constructor(clock: Pick<Clock, 'wall'>, log: Logger) {
    this.clock = clock;
    this.log = log;
  }

  /** `wanted` connections are to be let in, and `limit` are. */
  changed(wanted: number, limit: number, tls: TlsFiles | undefined): void {
    this.cut = cutShort(wanted, limit);
    if (tls) this.validity = validityOf(new X509Certificate(tls.cert));
  }

  /** One sentence each. */
  warnings(): readonly string[] {
    return [this.cut, this.certificate()].filter((text) => text !== undefined);
  }

  /** All of it, in the log too. */
  tell(): readonly string[] {
    if (this.cut !== undefined) this.log.warn('connections-cut', { reason: this.cut });
    this.lastSaid = undefined;
    this.look();
    return this.warnings();
  }

  /** Says in the log what time has brought: once a day at most. */
  look(): void {
    const reason = this.certificate();
    if (reason !== undefined && reason !== this.lastSaid) this.log.warn('certificate-overdue', { reason });
    this.lastSaid = reason;
  }

  private certificate(): string | undefined {
    const words = this.validity && overdue(this.validity, this.clock.wall());
    return words && `the certificate ${words}: renew it, then "chat-tui relay reload"`;
  }
}
