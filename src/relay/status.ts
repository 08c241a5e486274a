import type { Counts } from './metrics.ts';
import type { TimingCounts } from './timings.ts';

/** What is there now: numbers only, so that nothing in it tells who talks to whom. */
export interface Gauges {
  readonly connections: number;
  readonly connectionLimit: number;
  /** When its certificate expires, in seconds since 1970; absent without one. */
  readonly certificateUntil?: number | undefined;
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
  /** What somebody has to see to, a sentence each; absent from an older relay. */
  readonly warnings?: readonly string[];
  readonly now: Gauges;
  readonly total: Counts;
}
