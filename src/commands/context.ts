import type { Check } from './doctor.ts';
import type { ChatClient, Result, RoomSession } from '../client/api.ts';
import type { Settings } from '../client/profile/settings.ts';
import type { Place } from '../client/saving/save-file.ts';
import type { CallStep, Person, WhisperLine } from '../client/session-events.ts';
import type { MessageId, RoomId } from '../shared/ids.ts';
import type { RoomPolicy } from '../shared/room-policy.ts';

/** A room this process keeps open. */
export interface HostedRoom {
  readonly room: RoomId;
  readonly title: string;
  /** The link that lets somebody in, join code included where there is one. */
  readonly invite: string;
  /** The relay where it is open, or to be; absent: only that of this machine. */
  readonly relay?: string;
  /** The relay that could not be reached: the room is open on the local network only, until it can. */
  readonly missing?: string;
  /** It is open nowhere yet: another process hosts it, or its relay is out of reach; that is waited for. */
  readonly waits?: 'taken' | 'unreachable';
  /** Where the file of the room was that had this title before; it is gone, and this is another room. */
  readonly lostFile?: string;
}

export interface HostRequest {
  readonly title: string;
  readonly topic?: string;
  readonly private?: boolean;
  readonly code?: boolean;
  /** What is not the default. */
  readonly policy?: RoomPolicyRequest;
}

export type RoomPolicyRequest = Partial<RoomPolicy>;

/** A room that was hosted when the program ended, on its way to be open again. */
export interface ReopenedRoom {
  readonly room: RoomId;
  readonly title: string;
  readonly opened: Promise<Result<HostedRoom>>;
}

/** Rooms this process hosts; composed by the program, because a screen knows nothing of hosts. */
export interface Hosting {
  /**
   * Opens (or reopens) the room on the connected relay, or on this machine's own where there is none. Absent where no room
   * can be opened.
   */
  open?(request: HostRequest): Promise<Result<HostedRoom>>;
  /** Opens the rooms that were hosted when the program ended, in their order. Absent where none are remembered. */
  reopen?(): readonly ReopenedRoom[];
  /** Nobody wants to be connected to this relay any more: what is hosted there now is not opened there again. */
  relayGivenUp?(url: string): void;
  close(room: RoomId): Promise<void>;
  list(): readonly HostedRoom[];
  /** How it is about the local network, where rooms can be hosted at all. */
  networkChecks?(): Promise<readonly Check[]>;
}

/** What a command may ask of whoever shows things. `pipe` does the few that make sense without a screen. */
export interface Front {
  /** Empties the view of the current buffer; history stays. Absent where there is no screen. */
  clear?(): void;
  /** Shows this room's buffer, or the lobby. */
  show(room: RoomId | undefined): void;
  /** Asks for a secret, masked; undefined when the person gives up or there is nobody to ask. */
  askSecret(question: string): Promise<string | undefined>;
  /** Shows something before a question is asked. */
  tell(text: string): void;
  /** A yes-or-no question; false when there is nobody to ask. */
  confirm(question: string): Promise<boolean>;
  quit(reason?: string): void;
  /** There is one room here, and no way into another. */
  readonly oneRoom?: true;
  /** Shows how far the call to this room is. */
  readonly called?: (name: string, step: CallStep) => void;
  /** Shows how far something is, from 0 to 1. */
  progress?(what: string, done: number): void;
  /** Starts from new as whoever the profile is by now; absent where nothing could go on. */
  readonly reopen?: (nick?: string) => void;
  /** Opens the buffer of what is whispered with this person. Absent where there is no screen. */
  readonly query?: (person: Person) => void;
  /** Absent where there is no screen. */
  readonly screen?: ScreenFront;
}

/** What a command may ask of a screen; each answers for itself. */
export interface ScreenFront {
  /** Opens the search with this text in it; false where there is nothing to search. */
  find(text: string): boolean;
  /** Goes back to the line that has `many` lines below it. */
  back(many: number): Promise<CommandOutcome>;
  /** Puts a line of one's own into the input of this room, to be changed there. */
  rewrite(room: RoomId, of: MessageId, text: string): void;
  /** The list of keys. */
  keys(): string;
  /** The buffer with this number, 0 is the lobby, or whose name is this or begins so; false when there is none. */
  window(which: string): boolean;
  /** Links of the buffer on screen, the newest first. */
  links(): readonly string[];
  /** The newest line somebody else wrote here. */
  newestText(): string | undefined;
  /** False when there is no program that could open it. */
  open(url: string): boolean;
  /** Into the clipboard, by way of the terminal. */
  copy(text: string): void;
  /** What the terminal is, can, and lacks. */
  terminal(): readonly Check[];
}

/** Relays that are connected to by themselves, in the order in which rooms are opened there. */
export interface SavedRelays {
  /** False where as many are saved as can be. */
  add(url: string): boolean;
  remove(url: string): void;
  /** Puts it first, where it is saved or there is room for it. */
  prefer(url: string): void;
}

/** Everything a command can reach. One is made per typed line. */
export interface CommandContext {
  readonly client: ChatClient;
  /** The room on screen, or the one a pipe is in. */
  readonly room: RoomSession | undefined;
  /** Whom the buffer on screen is for: what is typed there are whispers. */
  readonly person?: Person;
  readonly hosting: Hosting;
  readonly front: Front;
  readonly version: string;
  /** The caller's own id of this line (`pipe --json`). */
  readonly ref?: string;
  /** Relays this program connects to by itself next time. */
  readonly savedRelays: SavedRelays;
  readonly settings: Settings;
  /** Where files named without a folder go. */
  readonly place: Place;
  /** The wall clock, ms since 1970. */
  readonly now: () => number;
}

/**
 * What became of a typed line. `said` and `whispered` lines are answered later by the session's events; `refused` leaves
 * the typed text where it was.
 */
export type CommandOutcome =
  | { readonly type: 'said'; readonly id: MessageId }
  | { readonly type: 'whispered'; readonly whisper: WhisperLine }
  /**
   * `figure` (a QR code) is for a screen with room for it; without it the answer is complete. `said`: lines that are on their
   * way because of it. `help`: to look something up in; a screen can close it again.
   */
  | {
      readonly type: 'answer';
      readonly text: string;
      readonly figure?: string;
      readonly said?: readonly MessageId[];
      readonly help?: true;
    }
  | { readonly type: 'done' }
  | { readonly type: 'refused'; readonly code: string; readonly text: string };
