import type { RefusalCode } from '../shared/errors.ts';
import { closeCodes } from '../shared/wire/close-codes.ts';
import { frameTypes } from '../shared/wire/codec.ts';
import type { Gauges } from './status.ts';

const kinds = ['control', 'send', 'cast'] as const;

type Kind = (typeof kinds)[number];

/** What has happened since the start. */
export interface Counts {
  readonly framesReceived: Readonly<Record<Kind, number>>;
  readonly bytesReceived: Readonly<Record<Kind, number>>;
  readonly writes: number;
  readonly bytesSent: number;
  readonly logins: number;
  readonly refusals: Readonly<Partial<Record<RefusalCode, number>>>;
  /** By close code, 0 for those that no relay gives. */
  readonly closes: Readonly<Record<string, number>>;
}

/** Counters of a relay: numbers only, so that nothing in them can tell who said what to whom. */
export class Metrics {
  readonly #frames = { control: 0, send: 0, cast: 0 };
  readonly #bytes = { control: 0, send: 0, cast: 0 };
  readonly #refusals = new Map<RefusalCode, number>();
  readonly #closes = new Map<number, number>();
  #writes = 0;
  #written = 0;
  #logins = 0;

  /** A message of this first byte came. */
  received(type: number | undefined, length: number): void {
    const kind = type === frameTypes.cast ? 'cast' : type === frameTypes.send ? 'send' : 'control';
    this.#frames[kind] += 1;
    this.#bytes[kind] += length;
  }

  sent(length: number): void {
    this.#writes += 1;
    this.#written += length;
  }

  loggedIn(): void {
    this.#logins += 1;
  }

  refused(code: RefusalCode): void {
    this.#refusals.set(code, (this.#refusals.get(code) ?? 0) + 1);
  }

  closed(code: number): void {
    // Peers choose their close codes; a thousand of them must not become a thousand series.
    const known = code >= 1000 && code <= 1015 ? code : code >= 4000 && code <= 4010 ? code : 0;
    this.#closes.set(known, (this.#closes.get(known) ?? 0) + 1);
  }

  counts(): Counts {
    return {
      framesReceived: { ...this.#frames },
      bytesReceived: { ...this.#bytes },
      writes: this.#writes,
      bytesSent: this.#written,
      logins: this.#logins,
      refusals: Object.fromEntries(this.#refusals),
      closes: Object.fromEntries(this.#closes),
    };
  }

  /** Prometheus text format 0.0.4. */
  text(now: Gauges): string {
    const { commits, certificateUntil } = now;
    return [
      gauge('connections', 'Open connections', now.connections),
      gauge('connections_max', 'Connections that are let in at a time', now.connectionLimit),
      ...(certificateUntil === undefined
        ? []
        : [gauge('certificate_expires_timestamp_seconds', 'When its certificate ends', certificateUntil)]),
      ...family('sessions', 'gauge', 'Logged-in connections by purpose', [
        ['purpose="member"', now.members],
        ['purpose="host"', now.hosts],
      ]),
      gauge('rooms', 'Rooms with a live host', now.rooms),
      gauge('rooms_listed', 'Rooms in the public list', now.listed),
      gauge('list_watchers', 'Connections that follow the public list', now.watchers),
      gauge('circuits', 'Lines between members and hosts', now.circuits),
      gauge('queued_bytes', 'Bytes waiting for slow consumers', now.queuedBytes),
      gauge('queued_frames', 'Frames waiting for slow consumers', now.queuedFrames),
      gauge('slow_consumers', 'Connections that take nothing at the moment', now.stalled),
      gauge('mails', 'Sealed whispers that wait', now.mails),
      gauge('mail_bytes', 'Their bytes', now.mailBytes),
      gauge('store_writable', '1 while mail can be stored', now.writable ? 1 : 0),
      gauge('bans', 'Bans of the operator', now.bans),
      gauge('event_loop_lag_seconds', '99th percentile since the last look', now.loopLagSeconds),
      ...family('commit_seconds', 'histogram', 'Time to make writes durable, fsync included', [
        ...commits.upTo.map(([seconds, count]) => [`le="${seconds}"`, count, '_bucket'] as const),
        ['le="+Inf"', commits.count, '_bucket'],
        ['', commits.seconds, '_sum'],
        ['', commits.count, '_count'],
      ]),
      ...family(
        'frames_received_total',
        'counter',
        'Frames by kind',
        kinds.map((kind) => [`kind="${kind}"`, this.#frames[kind]]),
      ),
      ...family(
        'bytes_received_total',
        'counter',
        'Payload bytes by kind',
        kinds.map((kind) => [`kind="${kind}"`, this.#bytes[kind]]),
      ),
      counter('writes_total', 'Writes to sockets, each of one or many frames', this.#writes),
      counter('bytes_sent_total', 'Bytes handed to sockets', this.#written),
      counter('logins_total', 'Logins that succeeded', this.#logins),
      counter(
        'slow_consumers_closed_total',
        'Connections closed because their peer read too slowly',
        this.#closes.get(closeCodes.slowConsumer) ?? 0,
      ),
      ...family(
        'refusals_total',
        'counter',
        'Refusals by code',
        [...this.#refusals].map(([code, count]) => [`code="${code}"`, count]),
      ),
      ...family(
        'closes_total',
        'counter',
        'Closed sessions by close code, 0 for any other',
        [...this.#closes].map(([code, count]) => [`code="${code}"`, count]),
      ),
      gauge('resident_bytes', 'Resident memory', now.residentBytes),
      gauge('heap_bytes', 'Used heap', now.heapBytes),
      gauge('up_seconds', 'Since the start', now.upSeconds),
      counter('cpu_seconds_total', 'CPU time of the process', now.cpuSeconds),
      '',
    ].join('\n');
  }
}

function gauge(name: string, help: string, value: number): string {
  return family(name, 'gauge', help, [['', value]]).join('\n');
}

function counter(name: string, help: string, value: number): string {
  return family(name, 'counter', help, [['', value]]).join('\n');
}

function family(
  name: string,
  type: 'gauge' | 'counter' | 'histogram',
  help: string,
  series: readonly (readonly [labels: string, value: number, suffix?: string])[],
): string[] {
  const full = `chat_tui_relay_${name}`;
  return [
    `# HELP ${full} ${help}`,
    `# TYPE ${full} ${type}`,
    ...series.map(
      ([labels, value, suffix = '']) => `${full}${suffix}${labels ? `{${labels}}` : ''} ${value}`,
    ),
  ];
}
