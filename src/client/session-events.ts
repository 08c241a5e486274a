import type { RefusalCode } from '../shared/errors.ts';
import type { IdentityKey, LogId, MessageId, RelayId, RoomId } from '../shared/ids.ts';
import type { Filter } from '../shared/room/events.ts';
import type { Presence, Role } from '../shared/room/roles.ts';
import type { Via } from '../shared/room/via.ts';

export type { Via } from '../shared/room/via.ts';

/*
 * The vocabulary any user interface of the client handles. Every text in it is sanitised; every `at` and `sentAt` is
 * in ms since 1970 and orders nothing.
 */

/** A person as the roster or the contact list knows them. `tag` is the 4-character key tag. */
export interface Person {
  readonly key: IdentityKey;
  readonly tag: string;
  readonly nick: string;
}

/**
 * What this profile knows of the key behind a name. `verified`: numbers were compared; `known`: written to, or trusted;
 * `changed`: the name is known with another key.
 */
export type Standing = 'new' | 'known' | 'verified' | 'changed';

export interface MemberInfo extends Person {
  readonly role: Role;
  readonly presence: Presence;
  readonly status?: string;
  /** Where it is worth a mark. */
  readonly standing?: 'verified' | 'changed';
  /** This profile wants to see nothing of them. */
  readonly ignored?: true;
  /** Silenced until then, ms since 1970 by the own clock; infinite for good. */
  readonly mutedUntil?: number;
  /** The line they are on, where the room has several. */
  readonly via?: Via;
}

/** A room somebody hosts, from a signed directory entry. */
export interface ListedRoom {
  readonly id: RoomId;
  readonly title: string;
  readonly topic: string;
  readonly host: IdentityKey;
  /** Key tag of the host: `title~tag` names the room where the title alone does not. */
  readonly tag: string;
  readonly members: number;
  /** A join code is needed. */
  readonly code: boolean;
  readonly via: Via;
  readonly relay: string;
}

/** A room this session is in, or is getting into. */
export interface RoomInfo {
  readonly id: RoomId;
  readonly title: string;
  readonly topic: string;
  readonly host: IdentityKey;
  readonly tag: string;
  readonly private: boolean;
  readonly via: Via;
  /** URL of the relay it is reached through. */
  readonly relay: string;
  /** What operators have set for everybody; absent until the host has told. */
  readonly rules?: RoomRules;
}

export interface RoomRules {
  /** Seconds between two messages of one member. */
  readonly slow: number;
  /** What members may not send. */
  readonly filters: readonly Filter[];
  /** Shown to whoever comes in. */
  readonly motd: string;
}

/** Names a line of a room. */
export interface LineRef {
  readonly author: IdentityKey;
  readonly id: MessageId;
}

/** A line that another one replies to. */
export interface Quote {
  readonly by: Person;
  /** What it says now: empty once it was taken back, absent where it is not here. */
  readonly text?: string;
}

/** `emoji` is a name of the table in `shared/emoji.ts`. */
export interface Reaction {
  readonly emoji: string;
  readonly who: readonly Person[];
}

/** What `by` did to the line `of`. */
export type LineChange = { readonly by: Person; readonly of: LineRef } & (
  | { readonly kind: 'edit'; readonly text: string }
  | { readonly kind: 'delete' }
  | { readonly kind: 'react'; readonly emoji: string; readonly on: boolean }
);

/** How far a call to a host is: the relay is asked for it, the host's side has it, the host has picked up. */
export type CallStep = 'dialling' | 'ringing' | 'answered';

export type RoomState = 'connecting' | 'online' | 'reconnecting' | 'host-offline' | 'closed';

/** One line of a room as it is shown, saved and archived. `seq` is absent while it waits for the host. */
export type RoomLine = {
  readonly seq?: number;
  readonly id: MessageId;
  /** When it was received here (own lines: written); of what was said before, when its author says, but not later. */
  readonly at: number;
  /** By its author's clock. */
  readonly sentAt: number;
  readonly by: Person;
} & RoomLineBody;

export type RoomLineBody =
  | {
      readonly kind: 'text' | 'me';
      /** Empty once it was taken back. */
      readonly text: string;
      /** The line it replies to. */
      readonly re?: LineRef;
      /** What that line is, where `re` names one. */
      readonly quoted?: Quote;
      /** Rewritten by its author. */
      readonly edited?: true;
      /** By whom it was taken back. */
      readonly deleted?: Person;
      readonly reactions?: readonly Reaction[];
    }
  | { readonly kind: 'opened'; readonly title: string; readonly topic: string }
  | { readonly kind: 'topic'; readonly topic: string }
  | { readonly kind: 'nick'; readonly was: string; readonly nick: string }
  | { readonly kind: 'join'; readonly who: Person; readonly role: Role }
  | { readonly kind: 'leave'; readonly who: Person; readonly reason?: string }
  | { readonly kind: 'kick'; readonly who: Person; readonly reason?: string }
  /** `ms` absent: for good. */
  | { readonly kind: 'ban'; readonly who: Person; readonly ms?: number; readonly reason?: string }
  | { readonly kind: 'unban'; readonly who: Person }
  /** Silenced; `ms` absent: for good, 0: no more. */
  | { readonly kind: 'mute'; readonly who: Person; readonly ms?: number }
  | { readonly kind: 'role'; readonly who: Person; readonly role: Role }
  | { readonly kind: 'slow'; readonly seconds: number }
  | { readonly kind: 'filter'; readonly filter: Filter; readonly on: boolean }
  | { readonly kind: 'motd'; readonly motd: string };

/** A private line between two people. */
export interface WhisperLine {
  readonly id: MessageId;
  readonly at: number;
  readonly sentAt: number;
  readonly with: Person;
  readonly mine: boolean;
  readonly text: string;
  /** Own whispers only. */
  readonly state?: WhisperState;
  /** One that its sender sent before has not come. */
  readonly gap?: true;
  /** Its sender was neither met in a room nor written to. */
  readonly stranger?: true;
}

/**
 * `waiting` in the local outbox, `stored` at the relay, `delivered` when the recipient has made it durable; `refused` by
 * the relays, or `expired` before anybody fetched it.
 */
export type WhisperState = 'waiting' | 'stored' | 'delivered' | 'refused' | 'expired';

export type RelayState = 'connecting' | 'online' | 'reconnecting' | 'closed';

export interface RelayInfo {
  readonly url: string;
  readonly via: Via;
  readonly state: RelayState;
  readonly id?: RelayId;
  readonly name?: string;
  /** Last measured round trip. */
  readonly ms?: number;
  /** Why it is not online; `changed-key`: whoever answers there is not the relay of the first time. */
  readonly reason?: RefusalCode | 'unreachable' | 'timeout' | 'changed-key';
}

export type ResumeReason = 'new_log' | 'trimmed' | 'diverged';

/** What happened in one room, in the order in which it is to be shown. */
export type RoomEventBody =
  | {
      readonly type: 'state';
      readonly state: RoomState;
      /**
       * `changed-key`: whoever answered is not the relay of the first time, or not the room's host; `left-out`: its relay is
       * none of those that this run is for.
       */
      readonly reason?: RefusalCode | 'unreachable' | 'timeout' | 'changed-key' | 'left-out';
    }
  /** How far a call after an interruption is; `state` follows it. */
  | { readonly type: 'calling'; readonly step: CallStep }
  /** Once per (re)connection, when roster and head are known. */
  | {
      readonly type: 'ready';
      readonly info: RoomInfo;
      readonly log: LogId;
      readonly seq: number;
      readonly me: MemberInfo;
      readonly members: readonly MemberInfo[];
    }
  /**
   * A sequenced line; `history` when it was sequenced before this session joined. `mine` lines replace their echo; to the
   * owner, joins and leaves are `mine` too.
   */
  | {
      readonly type: 'line';
      readonly line: RoomLine & { readonly seq: number };
      readonly history: boolean;
      readonly mine: boolean;
    }
  /** The event with number `seq` changed an earlier line; `line` is what that is now, where it is here. */
  | {
      readonly type: 'changed';
      readonly seq: number;
      readonly change: LineChange;
      readonly line?: RoomLine & { readonly seq: number };
      readonly history: boolean;
    }
  /** The local echo of an own line, durable in the outbox and not yet with the host. */
  | { readonly type: 'echo'; readonly line: RoomLine; readonly ref?: string }
  /** The host has stored it durably under `seq`. `ref` is the caller's own id. */
  | { readonly type: 'sent'; readonly id: MessageId; readonly seq: number; readonly ref?: string }
  | {
      readonly type: 'failed';
      readonly id: MessageId;
      readonly ref?: string;
      readonly code: RefusalCode;
      readonly retryMs?: number;
    }
  /** The roster changed in any way; `members` is the whole of it. */
  | { readonly type: 'members'; readonly members: readonly MemberInfo[] }
  | {
      readonly type: 'presence';
      readonly who: Person;
      readonly presence: Presence;
      readonly status?: string;
      /** The line they are on, where the room has several. */
      readonly via?: Via;
    }
  | { readonly type: 'typing'; readonly who: Person }
  /** A name that is known came with another key than before; once per key, until that is trusted or called otherwise. */
  | { readonly type: 'changed-key'; readonly who: Person; readonly was: readonly Person[] }
  /** A line of somebody ignored: it is in the archive and not shown. */
  | { readonly type: 'hidden'; readonly seq: number; readonly history: boolean }
  | { readonly type: 'info'; readonly info: RoomInfo }
  /** Lines `from`..`to` are missing and could not be had. */
  | { readonly type: 'gap'; readonly from: number; readonly to: number }
  /** Back after an interruption: lines `from`..`to` were fetched. `from > to` when nothing was missed. */
  | {
      readonly type: 'resumed';
      readonly from: number;
      readonly to: number;
      readonly complete: boolean;
      readonly reason?: ResumeReason;
    }
  /** History is being fetched: `done` of `total` lines. */
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  | {
      readonly type: 'removed';
      readonly code: RefusalCode;
      readonly reason?: string;
      readonly retryMs?: number;
    }
  /** A peer sent what cannot be true; it was dropped and counted. */
  | { readonly type: 'suspicious'; readonly what: string; readonly count: number };

export type RoomSessionEvent = RoomEventBody & { readonly room: RoomId };

/** What happened outside any one room. */
export type ClientEvent =
  | { readonly type: 'relays'; readonly relays: readonly RelayInfo[] }
  | { readonly type: 'rooms'; readonly rooms: readonly ListedRoom[] }
  | { readonly type: 'whisper'; readonly whisper: WhisperLine }
  /** Somebody was verified, trusted, ignored, or is not ignored any more. */
  | { readonly type: 'people' }
  | {
      readonly type: 'whisper-state';
      readonly id: MessageId;
      readonly state: WhisperState;
      /** What the recipient was called, where it was refused. */
      readonly nick?: string;
      readonly code?: RefusalCode;
      readonly ref?: string;
    }
  /** Another process signed in with this identity; this one stays quiet. */
  | { readonly type: 'signed-in-elsewhere' }
  /** What the operator of a relay wants read; once for each text. */
  | { readonly type: 'terms'; readonly relay: string; readonly name?: string; readonly text: string }
  /** The archive would not take something, or its index of words is made anew; `text` names the file and what to do. Once for each text. */
  | { readonly type: 'archive-failed'; readonly text: string }
  | { readonly type: 'nick'; readonly nick: string };
