import type { IdentityKey } from '../../shared/ids.ts';
import type { Filter } from '../../shared/room/events.ts';
import type { Role } from '../../shared/room/roles.ts';
import { fullBucket, type Bucket, type BucketPolicy } from './token-bucket.ts';

/** Somebody on the roster. `counter` is that of the last post sequenced in this log. */
export interface Member {
  readonly key: IdentityKey;
  readonly nick: string;
  readonly role: Role;
  readonly counter: number;
  readonly posts: Bucket;
}

/** Somebody kept out, or silenced; `nick` is what the key was called then. `until` is monotonic ms, infinite for good. */
export interface Sanction {
  readonly key: IdentityKey;
  readonly nick: string;
  readonly by: IdentityKey;
  readonly until: number;
  /** How long it was given for; undefined: for good. */
  readonly ms: number | undefined;
  readonly reason: string | undefined;
}
export type Sanctions = ReadonlyMap<IdentityKey, Sanction>;

/** What operators have set for everybody. */
export interface RoomRules {
  /** Seconds between two messages of one member. */
  readonly slow: number;
  /** What members may not send. */
  readonly filters: readonly Filter[];
  /** Shown to whoever comes in. */
  readonly motd: string;
}

export const noRules: RoomRules = { slow: 0, filters: [], motd: '' };

export interface RoomPolicy {
  /** Besides the owner, who is never locked out. */
  readonly maxMembers: number;
  readonly posts: BucketPolicy;
}

export interface RoomState {
  readonly room: Uint8Array;
  readonly log: Uint8Array;
  readonly host: IdentityKey;
  readonly title: string;
  readonly topic: string;
  readonly policy: RoomPolicy;
  readonly members: ReadonlyMap<IdentityKey, Member>;
  readonly rules: RoomRules;
  readonly bans: Sanctions;
  readonly mutes: Sanctions;
  /** Operators who left and are operators again when they come back. */
  readonly absentOps: ReadonlySet<IdentityKey>;
  /** When members spoke last, while the room is slow: leaving and coming back must not reset it. Monotonic ms. */
  readonly spoke: ReadonlyMap<IdentityKey, number>;
}

export function emptyRoom(
  fixed: Pick<RoomState, 'room' | 'log' | 'host' | 'title' | 'topic' | 'policy'>,
): RoomState {
  return {
    ...fixed,
    members: new Map(),
    rules: noRules,
    bans: new Map(),
    mutes: new Map(),
    absentOps: new Set(),
    spoke: new Map(),
  };
}

/** A member as the store remembers it. */
export function restoredMember(
  member: Omit<Member, 'posts'>,
  { policy }: Pick<RoomState, 'policy'>,
  now: number,
): Member {
  return { ...member, posts: fullBucket(policy.posts, now) };
}

export function withMember(state: RoomState, member: Member): RoomState {
  return { ...state, members: new Map(state.members).set(member.key, member) };
}

/** The sanction that holds somebody now. */
export function sanctionOf(sanctions: Sanctions, key: IdentityKey, now: number): Sanction | undefined {
  const sanction = sanctions.get(key);
  return sanction && sanction.until > now ? sanction : undefined;
}

export function roleIn(state: RoomState, key: IdentityKey): Role | undefined {
  if (key === state.host) return 'owner';
  return state.members.get(key)?.role ?? (state.absentOps.has(key) ? 'op' : undefined);
}

/** Takes somebody off the roster. The owner stays on it for as long as the room lasts. */
export function withoutMember(state: RoomState, key: IdentityKey, mayReturnAsOp: boolean): RoomState {
  if (key === state.host) return state;
  const members = new Map(state.members);
  const absentOps = new Set(state.absentOps);
  if (mayReturnAsOp && members.get(key)?.role === 'op') absentOps.add(key);
  if (!mayReturnAsOp) absentOps.delete(key);
  members.delete(key);
  return { ...state, members, absentOps };
}
