import type { ClientRefusal, RoomSession } from '../client/api.ts';
import { sentence, type RefusalDetail } from '../client/words/refusal-words.ts';
import { sanitize, sanitizeLine, truncate } from '../shared/text.ts';
import type { OptionSpec } from './arguments.ts';
import type { CommandContext, CommandOutcome } from './context.ts';

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
export type ArgumentKind = 'command' | 'nick' | 'room' | 'relay';

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
export function refused(
  failure: {
    readonly code: ClientRefusal;
    readonly retryMs?: number;
    readonly names?: readonly string[];
    readonly about?: 'person' | 'room' | 'relay' | 'invite';
    readonly limit?: number;
    readonly text?: string;
  },
  detail: RefusalDetail = {},
): CommandOutcome {
  const { code, retryMs, limit, names, about, text } = failure;
  const known = {
    ...(about === undefined ? {} : { about }),
    ...(detail.name === undefined ? {} : { name: shortened(detail.name) }),
    ...(retryMs === undefined ? {} : { retryMs }),
    ...(names === undefined ? {} : { names }),
    ...(limit === undefined ? {} : { limit }),
  };
  return refuse(code, text ?? sentence(code, { ...detail, ...known }));
}

/** Longest piece of what was typed that an answer repeats, in cells. */
const MAX_REPEATED = 60;

export function shortened(typed: string): string {
  return truncate(sanitizeLine(typed), MAX_REPEATED);
}
