import type { Counts } from './metrics.ts';
import type { TimingCounts } from './timings.ts';

/** What is there now: numbers only, so that nothing in it tells who talks to whom. */
export interface Gauges {
  readonly connections: number;
  readonly connectionLimit: number;
  readonly members: number;
  readonly hosts: number;
  readonly rooms: number;
  /** Of these, rooms that anybody can find in the list. */
  readonly listed: number;
  readonly watchers: number;
  readonly circuits: number;
  readonly queuedBytes: number;
  readonly queuedFrames: number;
  /** Connections whose peer takes nothing at the moment. */
  readonly stalled: number;
  readonly bans: number;
  readonly mails: number;
  readonly mailBytes: number;
  /** The disk takes mail. */
  readonly writable: boolean;
  readonly commits: TimingCounts;
  /** 99th percentile of the event loop's delay since the last look, in seconds. */
  readonly loopLagSeconds: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
  readonly cpuSeconds: number;
  readonly upSeconds: number;
}

/** What `chat-tui relay status` is drawn from. */
export interface RelayStatus {
  readonly relayId: string;
  readonly name: string;
  readonly url: string;
  readonly version: string;
  readonly draining: boolean;
  /** Only those on its list may come in. */
  readonly private: boolean;
  readonly now: Gauges;
  readonly total: Counts;
}
