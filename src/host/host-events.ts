import type { LinkReason } from '../link/link-state.ts';
import type { RefusalCode } from '../shared/errors.ts';
import type { IdentityKey } from '../shared/ids.ts';
import type { EventKind } from '../shared/room/events.ts';
import type { Presence, Role } from '../shared/room/roles.ts';
import type { Via } from '../shared/room/via.ts';

/** Somebody on the roster; the nick is sanitised. */
export interface HostedMember {
  readonly key: IdentityKey;
  readonly nick: string;
  readonly role: Role;
  readonly presence: Presence;
  /** The line it is on, where the room has several. */
  readonly via?: Via;
}

/** What happens to a hosted room, after it is durable. Texts are sanitised. */
export type HostEvent =
  /** The room is open at the relay; `via` tells which, where the room has several lines. */
  | { readonly type: 'online'; readonly via?: Via }
  /** Out of reach; tried again by itself. */
  | { readonly type: 'offline'; readonly reason: LinkReason; readonly retryMs: number; readonly via?: Via }
  /** The relay would not open the room (`taken`: somebody else hosts it); tried again by itself. */
  | { readonly type: 'refused'; readonly code: LinkReason; readonly retryMs: number; readonly via?: Via }
  /** The end: another host has taken over, or the relay wants no more of this one. */
  | { readonly type: 'stopped'; readonly code: RefusalCode }
  | { readonly type: 'joined'; readonly member: HostedMember; readonly seq: number }
  | {
      readonly type: 'left';
      readonly key: IdentityKey;
      readonly nick: string;
      readonly reason?: string;
      readonly seq: number;
    }
  | {
      readonly type: 'renamed';
      readonly key: IdentityKey;
      readonly nick: string;
      readonly was: string;
      readonly seq: number;
    }
  | { readonly type: 'presence'; readonly key: IdentityKey; readonly presence: Presence; readonly via?: Via }
  /** An operator, or the owner, acted against somebody or changed a role; `event` tells how, as `pipe --json` calls it. */
  | {
      readonly type: 'moderated';
      readonly event: 'kick' | 'ban' | 'unban' | 'mute' | 'role';
      readonly key: IdentityKey;
      readonly nick: string;
      readonly by: IdentityKey;
      readonly seq: number;
      readonly reason?: string;
      /** Absent: for good. 0: no more. */
      readonly ms?: number;
      readonly role?: Role;
    }
  /** A member's event was sequenced; its text is not told. */
  | { readonly type: 'posted'; readonly kind: EventKind; readonly key: IdentityKey; readonly seq: number }
  | { readonly type: 'topic'; readonly topic: string; readonly key: IdentityKey; readonly seq: number }
  /** Events could not be stored and were refused. */
  | { readonly type: 'storage'; readonly message: string };
