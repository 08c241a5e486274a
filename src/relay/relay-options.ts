import type { IdentityKey, RelayId } from '../shared/ids.ts';
import type { Clock } from './clock.ts';
import type { RelayLimits } from './limits.ts';
import type { Logger } from './log.ts';
import type { TlsFiles } from './tls-files.ts';

/** Whether new settings hold by now; `text` says why not, or what there is left to do. */
export interface Reloaded {
  readonly ok: boolean;
  readonly text: string;
}

/** What may be changed while a relay runs. */
export interface RelaySettings {
  /** How the operator calls it. */
  readonly name?: string | undefined;
  /** What everybody is shown at the first visit; at most `MAX_TERMS_BYTES`. */
  readonly terms?: string | undefined;
  /** Only these may come in; absent: everybody. */
  readonly allowed?: ReadonlySet<IdentityKey> | undefined;
  readonly limits?: Partial<RelayLimits> | undefined;
  /** A relay that began without TLS goes on without. */
  readonly tls?: TlsFiles | undefined;
}

export interface RelayOptions extends RelaySettings {
  readonly listen: { readonly host: string; readonly port: number };
  /** Undefined: all in memory, with a new relay identity. */
  readonly dataDir: string | undefined;
  /** What may be kept there, about; without it as much as the disk has room for. */
  readonly storageBytes?: number | undefined;
  /** Where Prometheus metrics are served; absent: nowhere. */
  readonly metrics?: { readonly host: string; readonly port: number };
  /** What clients reach it under, where that is not the address it listens on. */
  readonly publicUrl?: string;
  /** Web pages that may connect, as browsers send `Origin`; absent: none. */
  readonly origins?: readonly string[];
  /** Proxies of ours in front: so many of the last `X-Forwarded-For` addresses are believed. */
  readonly trustProxy?: number;
  /** IPv4 addresses whose connections no limit by network counts: a host's own machine, where scripts come and go. */
  readonly freeNetworks?: readonly string[];
  readonly log?: Logger;
  readonly clock?: Clock;
  /** Between two looks at timeouts, leases and silent peers; a second unless given. */
  readonly sweepMs?: number;
  /** Where this user's `chat-tui relay …` commands are answered: a Unix socket; absent: nowhere. */
  readonly operatorSocket?: string;
  /** Reads the settings anew for an operator who asks for it, and says in a sentence what came of it. */
  readonly reload?: () => Reloaded | Promise<Reloaded>;
  /** Of the program, for its operators. */
  readonly version?: string;
  /** Between two looks at full buckets, old mail and names given up; a minute unless given. */
  readonly tidyMs?: number;
}

export interface RunningRelay {
  /** A URL that clients can use, without a path. */
  readonly url: string;
  readonly port: number;
  readonly relayId: RelayId;
  /** Resolves when it is closed, by an operator for example. */
  readonly ended: Promise<void>;
  /** Takes effect at once, also for who is connected; limits that the listener was made with stay. Throws when certificate and key do not fit. */
  change(settings: RelaySettings): void;
  /** Says in the log what the operator has to see to; returns it, a sentence each. */
  warn(): readonly string[];
  /** Tells everybody to come back later, closes 1001; everything is closed within 5 s. */
  drain(): Promise<void>;
  /** The same without the telling. */
  close(): Promise<void>;
}
