import type { RoomSession } from '../../client/api.ts';
import type {
  ClientEvent,
  Person,
  RoomInfo,
  RoomLine,
  RoomSessionEvent,
  WhisperLine,
} from '../../client/session-events.ts';
import type { RoomState } from '../../client/session-events.ts';
import type { LogId, RoomId } from '../../shared/ids.ts';
import type { Preferences } from '../../client/profile/preferences.ts';
import type { UnreadLines } from '../unread-lines.ts';
import type { Anchor, BufferId, Finding, NoticeTone, PersonId, Prompt } from './state.ts';

/** What the screen itself does; everything a person or an answer causes. */
export type UiAction =
  | {
      readonly type: 'room-opened';
      readonly info: RoomInfo;
      readonly state: RoomState;
      readonly reason?: RoomSession['reason'];
      /** The log that the archive's lines are of. */
      readonly log?: LogId | undefined;
      /** What the archive and the outbox had before anything new came. */
      readonly archived: readonly RoomLine[];
      /** What of the archive was not read; absent: nobody knows. */
      readonly unread?: UnreadLines | undefined;
      readonly pending: readonly RoomLine[];
    }
  | { readonly type: 'buffer-closed'; readonly room: RoomId | PersonId }
  | {
      readonly type: 'person-opened';
      readonly person: Person;
      /** What was whispered before, oldest first. */
      readonly archived: readonly WhisperLine[];
      /** Those of them that were not read. */
      readonly unread?: readonly WhisperLine[];
    }
  /** `newest`: instead of what was in memory. */
  | {
      readonly type: 'whispers-loaded';
      readonly person: PersonId;
      readonly whispers: readonly WhisperLine[];
      readonly where: 'older' | 'newer' | 'newest';
    }
  | { readonly type: 'acquainted'; readonly known: readonly Person[] }
  | { readonly type: 'shown'; readonly buffer: BufferId }
  | { readonly type: 'scrolled'; readonly buffer: BufferId; readonly anchor: Anchor | undefined }
  | {
      readonly type: 'older-loaded';
      readonly room: RoomId;
      readonly lines: readonly RoomLine[];
      readonly complete: boolean;
    }
  | { readonly type: 'loading'; readonly room: RoomId; readonly loading: boolean }
  | { readonly type: 'newer-loaded'; readonly room: RoomId; readonly lines: readonly RoomLine[] }
  /** Back at the end: the newest lines of the archive instead of what was in memory. */
  | {
      readonly type: 'reloaded';
      readonly room: RoomId;
      readonly lines: readonly RoomLine[];
      readonly pending: readonly RoomLine[];
    }
  /** Lines from the middle of the archive instead of what was in memory. */
  | { readonly type: 'placed'; readonly room: RoomId; readonly lines: readonly RoomLine[] }
  /** Lines of the archive that were hidden take their place among those in memory. */
  | { readonly type: 'filled-in'; readonly room: RoomId; readonly lines: readonly RoomLine[] }
  | { readonly type: 'found'; readonly buffer: BufferId; readonly key: string | undefined }
  /** Links get numbers while one is chosen; undefined: no more. */
  | { readonly type: 'numbered'; readonly links: readonly string[] | undefined }
  | { readonly type: 'finding'; readonly finding: Finding | undefined }
  | { readonly type: 'focused'; readonly focused: boolean }
  | { readonly type: 'preferred'; readonly preferences: Preferences; readonly muted: readonly string[] }
  | { readonly type: 'cleared'; readonly buffer: BufferId }
  | {
      readonly type: 'noticed';
      readonly buffer: BufferId;
      readonly text: string;
      readonly tone: NoticeTone;
      readonly at: number;
    }
  | { readonly type: 'help-closed'; readonly buffer: BufferId }
  | { readonly type: 'selected'; readonly room: RoomId | undefined }
  | { readonly type: 'asked'; readonly prompt: Prompt }
  | { readonly type: 'answered'; readonly prompt: number }
  | { readonly type: 'started'; readonly id: number; readonly text: string }
  | { readonly type: 'finished'; readonly id: number }
  | { readonly type: 'hinted'; readonly hint: string | undefined }
  | { readonly type: 'measured'; readonly room: RoomId; readonly ms: number | undefined }
  | { readonly type: 'typing-expired'; readonly before: number };

/** `at` is when it was received, for what carries no time of its own. */
export type Action =
  { readonly type: 'event'; readonly event: ClientEvent | RoomSessionEvent; readonly at: number } | UiAction;
