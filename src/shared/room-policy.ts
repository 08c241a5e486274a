import { DEFAULT_BACKLOG, DEFAULT_MAX_MEMBERS, DEFAULT_POST_RATE, HARD_MAX_MEMBERS } from './limits.ts';

/** What whoever opens a room may set, by the option's name: from and to. `retain` may be `all` instead. */
export const policyRanges = {
  backlog: [0, 100_000],
  retain: [1, 1_000_000_000],
  'max-members': [2, HARD_MAX_MEMBERS],
  rate: [1, 1_000],
} as const satisfies Readonly<Record<string, readonly [from: number, to: number]>>;

export type PolicyOption = keyof typeof policyRanges;

/** How a room is run, beside what it is called. */
export interface RoomPolicy {
  /** Earlier messages a newcomer may read. */
  readonly backlog: number;
  /** Messages kept. */
  readonly retain: number | 'all';
  /** At a time, besides the owner. */
  readonly maxMembers: number;
  /** Messages a second each member may post. */
  readonly rate: number;
}

export const defaultPolicy: RoomPolicy = {
  backlog: DEFAULT_BACKLOG,
  retain: 'all',
  maxMembers: DEFAULT_MAX_MEMBERS,
  rate: DEFAULT_POST_RATE,
};
