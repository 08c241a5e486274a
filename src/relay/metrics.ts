import type { RefusalCode } from '../shared/errors.ts';
import { frameTypes } from '../shared/wire/codec.ts';

const kinds = ['control', 'send', 'cast'] as const;

/** What is measured when somebody asks. */
export interface Gauges {
  readonly connections: number;
  readonly members: number;
  readonly hosts: number;
  readonly rooms: number;
  readonly circuits: number;
  readonly queuedBytes: number;
  /** 99th percentile of the event loop's delay since the last time, in seconds. */
  readonly loopLagSeconds: number;
}

/** Counters of a relay: numbers only, so that nothing in them can tell who said what to whom. */
export class Metrics {
  private readonly frames = { control: 0, send: 0, cast: 0 };
  private readonly bytes = { control: 0, send: 0, cast: 0 };
  private readonly refusals = new Map<RefusalCode, number>();
  private readonly closes = new Map<number, number>();
  private writes = 0;
  private written = 0;

  /** A message of this first byte came. */
  received(type: number | undefined, length: number): void {
    const kind = type === frameTypes.cast ? 'cast' : type === frameTypes.send ? 'send' : 'control';
    this.frames[kind] += 1;
    this.bytes[kind] += length;
  }

  sent(length: number): void {
    this.writes += 1;
    this.written += length;
  }

  refused(code: RefusalCode): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }

  closed(code: number): void {
    // Peers choose their close codes; a thousand of them must not become a thousand series.
    const known = code >= 1000 && code <= 1015 ? code : code >= 4000 && code <= 4010 ? code : 0;
    this.closes.set(known, (this.closes.get(known) ?? 0) + 1);
  }

  /** Prometheus text format 0.0.4. */
  text(gauges: Gauges): string {
    const { rss, heapUsed } = process.memoryUsage();
    const cpu = process.cpuUsage();
    return [
      gauge('connections', 'Open connections', gauges.connections),
      ...family('sessions', 'gauge', 'Logged-in connections by purpose', [
        ['purpose="member"', gauges.members],
        ['purpose="host"', gauges.hosts],
      ]),
      gauge('rooms', 'Rooms with a live host', gauges.rooms),
      gauge('circuits', 'Lines between members and hosts', gauges.circuits),
      gauge('queued_bytes', 'Bytes waiting for slow consumers', gauges.queuedBytes),
      gauge('event_loop_lag_seconds', '99th percentile since the last scrape', gauges.loopLagSeconds),
      ...family(
        'frames_received_total',
        'counter',
        'Frames by kind',
        kinds.map((kind) => [`kind="${kind}"`, this.frames[kind]]),
      ),
      ...family(
        'bytes_received_total',
        'counter',
        'Payload bytes by kind',
        kinds.map((kind) => [`kind="${kind}"`, this.bytes[kind]]),
      ),
      counter('writes_total', 'Writes to sockets, each of one or many frames', this.writes),
      counter('bytes_sent_total', 'Bytes handed to sockets', this.written),
      ...family(
        'refusals_total',
        'counter',
        'Refusals by code',
        [...this.refusals].map(([code, count]) => [`code="${code}"`, count]),
      ),
      ...family(
        'closes_total',
        'counter',
        'Closed sessions by close code, 0 for any other',
        [...this.closes].map(([code, count]) => [`code="${code}"`, count]),
      ),
      gauge('resident_bytes', 'Resident memory', rss),
      gauge('heap_bytes', 'Used heap', heapUsed),
      counter('cpu_seconds_total', 'CPU time of the process', (cpu.user + cpu.system) / 1e6),
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
  type: 'gauge' | 'counter',
  help: string,
  series: readonly (readonly [labels: string, value: number])[],
): string[] {
  const full = `chat_tui_relay_${name}`;
  return [
    `# HELP ${full} ${help}`,
    `# TYPE ${full} ${type}`,
    ...series.map(([labels, value]) => `${full}${labels ? `{${labels}}` : ''} ${value}`),
  ];
}
