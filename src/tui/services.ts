import type { ChatClient } from '../client/api.ts';
import type { Settings } from '../client/profile/settings.ts';
import type { CommandContext, Hosting } from '../commands/context.ts';
import type { IdentityKey, LogId, RoomId } from '../shared/ids.ts';
import type { Env } from '../shared/env.ts';
import type { PersonId } from './store/state.ts';

/** Texts that were written and not sent, by buffer (a room's id, or `lobby`), from one run of the program to the next. */
export interface Drafts {
  load(): ReadonlyMap<string, string>;
  /** Must not throw: it is also called while the program goes down. */
  save(drafts: ReadonlyMap<string, string>): void;
}

/** The room or person's window that is in front, from one run of the program to the next; undefined: the lobby. */
export interface FrontRoom {
  load(): RoomId | PersonId | undefined;
  /** Must not throw: it is also called while the program goes down. */
  save(front: RoomId | PersonId | undefined): void;
}

/** A room was read up to this line; the number is of this log. */
export interface ReadPosition {
  readonly log: LogId;
  readonly seq: number;
}

export interface ReadPositions {
  /** Those that moved last are last. */
  readonly rooms: ReadonlyMap<RoomId, ReadPosition>;
  /** People whose windows are open, in their order; what is unread there, their whispers tell. */
  readonly people: readonly IdentityKey[];
}

/** How far everything was read, from one run of the program to the next. */
export interface ReadPositionsStore {
  /** As the run before has left it. */
  load(): ReadPositions;
  /** Must not throw: it is also called while the program goes down. */
  save(positions: ReadPositions): void;
}

/** A profile in use. */
export interface OpenedProfile {
  readonly client: ChatClient;
  /** Rooms this process keeps open, as whoever `client` is. */
  readonly hosting: Hosting;
  /** Shown in the lobby. */
  readonly notices: readonly string[];
  readonly drafts: Drafts;
  readonly frontRoom: FrontRoom;
  /** Absent for a guest, who is somebody else the next time. */
  readonly readPositions?: ReadPositionsStore | undefined;
}

/** What the program composes for the screen. */
export interface Services {
  /** Opens the profile under this nickname, and closes the one before. Rejects when the profile cannot be used. */
  open(nick: string): Promise<OpenedProfile>;
  /** Undefined: nobody has used this profile yet, so a name is asked for. */
  readonly knownNick: string | undefined;
  /** Offered to somebody new. */
  readonly suggestedNick: string;
  /** What became of the settings; shown where a name is asked for. */
  readonly notices: readonly string[];
  /** A room or an invite to join at once. */
  readonly join?: string;
  /** The join code of that room. */
  readonly code?: string;
  readonly savedRelays: CommandContext['savedRelays'];
  readonly settings: Settings;
  /** False with `--no-lan`. */
  readonly near: boolean;
  readonly place: CommandContext['place'];
  readonly version: string;
  /** Keeps what is known of a fault of ours; the terminal has been given back by then. */
  readonly crashed?: (error: unknown) => void;
  readonly io: {
    readonly stdin: NodeJS.ReadStream;
    readonly stdout: NodeJS.WriteStream;
    readonly stderr: { write(text: string): unknown };
    readonly env: Env;
  };
}
