import type { Refusal, Result, RoomSession } from '../client/api.ts';
import { sentence, type RefusalDetail } from '../client/words/refusal-words.ts';
import { sanitize, sanitizeLine, truncate } from '../shared/text.ts';
import type { Person } from '../client/session-events.ts';
import type { MessageId } from '../shared/ids.ts';
import type { OptionSpec } from './arguments.ts';
import type { CommandContext, CommandOutcome } from './context.ts';
import { defined } from '../shared/defined.ts';

export const areas = [
  'basics',
  'rooms',
  'hosting',
  'people',
  'whispers',
  'account',
  'messages',
  'moderation',
  'noise',
  'screen',
  'export',
  'line',
] as const;
export type Area = (typeof areas)[number];

/** What a command's first argument names, for completion. */
export type ArgumentKind = 'command' | 'nick' | 'room' | 'relay' | 'topic' | 'window';

interface CommandBase {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly area: Area;
  /** With its slash: `/join ROOM|INVITE`. */
  readonly usage: string;
  /** Whoever is less may still run it without arguments, which only shows. */
  readonly who: 'everyone' | 'operators' | 'owner';
  readonly help: string;
  /** A list names the words themselves. */
  readonly complete?: ArgumentKind | readonly string[];
  /** Words that may follow the first one. */
  readonly completeNext?: (first: string) => readonly string[];
  readonly options?: OptionSpec;
  /** What the command's own help says besides, in rows of name and meaning. */
  readonly notes?: readonly (readonly [name: string, meaning: string])[];
}

/** One row of the table. `args` is what follows the name, as typed, without the space between. */
export type Command = CommandBase &
  (
    | {
        readonly where: 'anywhere' | 'hosting';
        readonly run: (args: string, ctx: CommandContext) => Promise<CommandOutcome>;
      }
    | {
        readonly where: 'room';
        readonly run: (args: string, ctx: CommandContext, room: RoomSession) => Promise<CommandOutcome>;
        /** In a window for this person; absent where it is for rooms only. */
        readonly withPerson?: (args: string, ctx: CommandContext, person: Person) => Promise<CommandOutcome>;
      }
  );

export const done: CommandOutcome = { type: 'done' };

/** Answers and refusals repeat what was typed, and a pipe's lines may come from anywhere: both are made safe to print. */
export function answer(text: string): CommandOutcome {
  return { type: 'answer', text: sanitize(text) };
}

/** A list of ours to look something up in. */
export function helpAnswer(text: string): CommandOutcome {
  return { type: 'answer', text, help: true };
}

/** `code` is a refusal of the client, or one of the commands' own: `usage`, `unknown-command`, `no-room`, …. */
export function refuse(code: string, text: string): CommandOutcome {
  return { type: 'refused', code, text: sanitize(text) };
}

export function refuseUsage(usage: string, why?: string): CommandOutcome {
  return refuse('usage', why === undefined ? `Usage: ${usage}` : `${why} Usage: ${usage}`);
}

/** Puts a client's refusal into words. */
export function refused(failure: Omit<Refusal, 'ok'>, detail: RefusalDetail = {}): CommandOutcome {
  const { code, text, ...told } = failure;
  const name = detail.name === undefined ? {} : { name: shortened(detail.name) };
  return refuse(code, text ?? sentence(code, { ...detail, ...told, ...name }));
}

/** What became of something handed to the room: its events tell the rest. */
export function said(handed: Result<MessageId>): CommandOutcome {
  return handed.ok ? { type: 'said', id: handed.value } : refused(handed);
}

/** The caller's own id of this line, for what is handed to the session. */
export function ownRef({ ref }: Pick<CommandContext, 'ref'>): { readonly ref?: string } {
  return defined({ ref });
}

/** Longest piece of what was typed that an answer repeats, in cells. */
const MAX_REPEATED = 60;

export function shortened(typed: string): string {
  return truncate(sanitizeLine(typed), MAX_REPEATED);
}
