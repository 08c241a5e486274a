import type { Role } from '../../shared/room/roles.ts';
import type { RoomRules } from '../room/room-state.ts';

/** What makes a room the same room after a restart. */
export interface RoomRecord {
  readonly room: Uint8Array;
  readonly nonce: Uint8Array;
  readonly log: Uint8Array;
  readonly title: string;
  readonly topic: string;
  readonly private: boolean;
  readonly code: Uint8Array | undefined;
  /** No key epoch above it was ever used. */
  readonly kepoch: number;
  /** Of the last directory entry signed. */
  readonly rev: number;
}

export interface StoredEvent {
  readonly seq: number;
  readonly author: Uint8Array;
  readonly id: Uint8Array;
  /** h_seq of the chain. */
  readonly hash: Uint8Array;
  /** `encodeSignedEvent` of the event. */
  readonly signed: Uint8Array;
}

/** Somebody who is or was on the roster: what they may read and have posted outlives their being there. */
export interface MemberRecord {
  readonly key: Uint8Array;
  readonly nick: string;
  readonly role: Role;
  /** The first seq the member may read. */
  readonly floor: number;
  readonly counter: number;
  readonly onRoster: boolean;
  /** Put out, and not back since: what was said meanwhile is not for it. */
  readonly kicked: boolean;
}

/** Somebody kept out or silenced, whether on the roster or not. */
export interface SanctionRecord {
  readonly type: 'ban' | 'mute';
  readonly key: Uint8Array;
  /** What the key was called then. */
  readonly nick: string;
  readonly by: Uint8Array;
  /** Ms since 1970; undefined: for good. */
  readonly until: number | undefined;
  /** How long it was given for; undefined: for good, or by an earlier program. */
  readonly ms: number | undefined;
  readonly reason: string | undefined;
}

/** A way in that was made for somebody: a join code of its own, limited in time or to one person, perhaps spoken as words. */
export interface InviteRecord {
  readonly n: number;
  readonly code: Uint8Array;
  /** The secret of the words that lead to it. */
  readonly words: Uint8Array | undefined;
  /** For one person only. */
  readonly once: boolean;
  /** Ms since 1970; undefined: for good. */
  readonly expires: number | undefined;
  readonly by: Uint8Array;
  /** Who came in by it, or is just coming; of several the last. */
  readonly usedBy: Uint8Array | undefined;
  readonly revoked: boolean;
}

/** What was done to a line: how often it was rewritten and reacted to, and whether it was taken back. */
export interface LineMarks {
  readonly edits: number;
  readonly reactions: number;
  readonly deleted: boolean;
}
export const noMarks: LineMarks = { edits: 0, reactions: 0, deleted: false };
export interface MarkedLine {
  readonly seq: number;
  readonly mark: 'edited' | 'reacted' | 'deleted';
}

/** What becomes durable together, or not at all. Events follow the last stored one without a hole. */
export interface Batch {
  readonly events: readonly StoredEvent[];
  readonly members: readonly MemberRecord[];
  readonly topic?: string;
  readonly rules?: RoomRules;
  readonly sanctions?: readonly SanctionRecord[];
  /** Sanctions that are over. */
  readonly lifted?: readonly Pick<SanctionRecord, 'type' | 'key'>[];
  readonly marks?: readonly MarkedLine[];
}

/** One room's log and what belongs to it. Synchronous; whatever changes it is durable when it returns. */
export interface History {
  /** Undefined for a room that was never begun. */
  record(): RoomRecord | undefined;
  begin(record: RoomRecord, start: Uint8Array): void;
  update(change: Partial<Pick<RoomRecord, 'code' | 'private' | 'kepoch' | 'rev'>>): void;
  /** Throws `StorageError` when it cannot be made durable. */
  append(batch: Batch): void;
  /** The last event's seq and hash; `{0, h_0}` when there is none. */
  head(): { readonly seq: number; readonly hash: Uint8Array };
  /** The first seq that is still there, or would be. */
  first(): number;
  /** Undefined for what was trimmed and what never was; the event before `first` still has one. */
  hashAt(seq: number): Uint8Array | undefined;
  /** Events from `from` on, at most `limit` and none above `to`. */
  read(from: number, to: number, limit: number): readonly StoredEvent[];
  seqOf(author: Uint8Array, id: Uint8Array): number | undefined;
  member(key: Uint8Array): MemberRecord | undefined;
  roster(): readonly MemberRecord[];
  /** Operators who are not on the roster. */
  absentOps(): readonly Uint8Array[];
  rules(): RoomRules;
  sanctions(): readonly SanctionRecord[];
  marks(seq: number): LineMarks;
  /** By number. */
  invites(): readonly InviteRecord[];
  /** Replaces the one with this number. Throws `StorageError`. */
  keepInvite(invite: InviteRecord): void;
  dropInvite(n: number): void;
  /** Forgets all but the last `keep` events. */
  trim(keep: number): void;
  close(): void;
}

/** The store could not be opened or written; `full`: for want of space. */
export class StorageError extends Error {
  readonly reason: 'full' | 'locked' | 'unusable';
  constructor(reason: StorageError['reason'], message: string) {
    super(message);
    this.name = 'StorageError';
    this.reason = reason;
  }
}

/** False when the store would not take it; what was there before is still there. */
export function tookIt(write: () => void): boolean {
  try {
    write();
    return true;
  } catch (error) {
    if (error instanceof StorageError) return false;
    throw error;
  }
}
