import type { Command } from './command.ts';
import { findCommand, nearestName } from './find.ts';
import { defined } from '../shared/defined.ts';

export type ParsedLine =
  /** For the room, as one message, newlines included. */
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'command'; readonly command: Command; readonly args: string }
  /** `near` is the closest name of the table, where one is close. */
  | { readonly type: 'unknown'; readonly name: string; readonly near?: string };

/**
 * What a typed line means. `/x` and `\x` are commands, also after spaces: a mistyped space must not show a whisper to
 * the room. `//` and `\\` send one slash or backslash. A `\` before anything that could be no command's name is text.
 */
export function parseLine(typed: string, table: readonly Command[]): ParsedLine {
  const line = typed.trimStart();
  if (line.startsWith('//') || line.startsWith('\\\\')) return { type: 'text', text: line.slice(1) };
  if (line.startsWith('/')) return parseCommand(line, table);
  if (/^\\(?:[a-z][a-z0-9-]*|\?)(?:\s|$)/i.test(line)) return parseCommand(line, table);
  return { type: 'text', text: typed };
}

function parseCommand(line: string, table: readonly Command[]): ParsedLine {
  const match = /^.(\S*)\s?([^]*)$/.exec(line);
  const name = (match?.[1] ?? '').toLowerCase();
  const args = match?.[2] ?? '';
  const command = findCommand(name, table);
  if (command) return { type: 'command', command, args };
  const near = nearestName(name, table);
  return { type: 'unknown', name, ...defined({ near }) };
}
