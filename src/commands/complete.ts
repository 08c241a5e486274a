import type { Person, RoomLine } from '../client/session-events.ts';
import type { IdentityKey } from '../shared/ids.ts';
import type { ArgumentKind, Command } from './command.ts';
import { emojiBeginning } from './emoji.ts';
import { findCommand, namesOf } from './find.ts';

/** What can be completed right now. */
export interface CompletionSource {
  readonly table: readonly Command[];
  /** Most recently heard first, as `nicksByRecency` gives them. */
  readonly nicks: readonly string[];
  readonly rooms: readonly string[];
  readonly relays: readonly string[];
  /** Rooms and people in the list on the left. */
  readonly windows: readonly string[];
  /** What the room is about now; may be empty. */
  readonly topic: string;
}

/** Each candidate replaces `text.slice(from, to)`. */
export interface Completion {
  readonly from: number;
  readonly to: number;
  readonly candidates: readonly string[];
}

/** `cursor` is an index into `text`; only what stands before it counts. */
export function complete(text: string, cursor: number, source: CompletionSource): Completion {
  const before = text.slice(0, cursor);
  const name = /^\s*[/\\](\S*)$/.exec(before);
  if (name && !before.trimStart().startsWith('//')) {
    return found(cursor - (name[1] ?? '').length, cursor, commandNames(name[1] ?? '', source.table));
  }
  const from = wordStart(before);
  // In what a command is given, too: a reaction, a whisper, an edit.
  const picture = /^:([a-z0-9_+-]+):?$/i.exec(before.slice(from))?.[1];
  if (picture !== undefined) return found(from, cursor, emojiBeginning(picture));
  const command = /^\s*[/\\]([^\s/\\]+)\s+/.exec(before);
  const known = command && findCommand(command[1] ?? '', source.table);
  if (command && known) return completeArgument(before, command[0].length, known, source);
  const first = before.slice(0, from).trim() === '';
  // Behind a word, Tab alone names nobody: it may be the second press, or the indentation of code.
  if (!first && from === cursor) return found(from, cursor, []);
  return found(from, cursor, nicks(before.slice(from), source, first ? ': ' : ''));
}

function completeArgument(
  before: string,
  argsFrom: number,
  command: Command,
  source: CompletionSource,
): Completion {
  const word = wordStart(before);
  const option = before.slice(word);
  if (option.startsWith('--')) {
    const names = Object.entries(command.options ?? {});
    const fitting = names.filter(([name]) => `--${name}`.startsWith(option)).map(([name]) => `--${name} `);
    return found(word, before.length, fitting);
  }
  // A room's title may hold spaces: everything after the command is its beginning.
  const from = command.complete === 'room' || command.complete === 'window' ? argsFrom : word;
  const typed = before.slice(from);
  if (command.complete === 'topic' && before.length === argsFrom)
    return found(from, before.length, source.topic === '' ? [] : [source.topic]);
  const first = before.slice(argsFrom).split(/\s+/);
  if (command.completeNext && first.length === 2) {
    return found(word, before.length, beginningWith(option, command.completeNext(first[0] ?? '')));
  }
  if (command.complete !== undefined && from === argsFrom) {
    return found(from, before.length, argumentCandidates(command.complete, typed, source));
  }
  return found(from, before.length, typed === '' ? [] : nicks(typed, source, ''));
}

function argumentCandidates(
  kind: ArgumentKind | readonly string[],
  typed: string,
  source: CompletionSource,
): string[] {
  if (typeof kind !== 'string') return beginningWith(typed, kind);
  switch (kind) {
    case 'nick':
      return nicks(typed, source, ' ');
    case 'room':
      return beginningWith(typed, source.rooms);
    case 'window':
      return beginningWith(typed, source.windows);
    case 'topic':
      return nicks(typed, source, '');
    case 'relay':
      return relays(typed, source.relays);
    case 'command':
      return beginningWith(
        typed.replace(/^[/\\]/, ''),
        source.table.map(({ name }) => name),
      );
  }
}

/** Names before aliases; a space follows where the command takes something. */
function commandNames(typed: string, table: readonly Command[]): string[] {
  const named = (names: (command: Command) => readonly string[]): string[] =>
    table.flatMap((command) =>
      beginningWith(typed, names(command)).map((name) => (command.usage.includes(' ') ? `${name} ` : name)),
    );
  return [...named(({ name }) => [name]), ...named((command) => namesOf(command).slice(1))];
}

function nicks(typed: string, source: CompletionSource, ending: string): string[] {
  return beginningWith(typed.replace(/^@/, ''), source.nicks).map((nick) => nick + ending);
}

/** A relay is recognised by its host too, because nobody begins with `wss://`. */
function relays(typed: string, urls: readonly string[]): string[] {
  const wanted = typed.toLowerCase();
  return urls.filter((url) => url.startsWith(wanted) || url.replace(/^wss?:\/\//, '').startsWith(wanted));
}

function beginningWith(typed: string, all: readonly string[]): string[] {
  const wanted = typed.toLowerCase();
  return all.filter((each) => each.toLowerCase().startsWith(wanted));
}

function wordStart(before: string): number {
  return before.length - (/\S*$/.exec(before)?.[0].length ?? 0);
}

function found(from: number, to: number, candidates: readonly string[]): Completion {
  return { from, to, candidates: [...new Set(candidates)] };
}

/** Most lines looked back through for who spoke last. */
const RECENT_LINES = 200;

/** Everybody but oneself: who spoke last first, then the silent ones by name. `lines` are oldest first. */
export function nicksByRecency(
  members: readonly Pick<Person, 'key' | 'nick'>[],
  lines: readonly Pick<RoomLine, 'by'>[],
  self: IdentityKey,
): string[] {
  const lastSpoke = new Map<IdentityKey, number>();
  for (const [at, { by }] of lines.slice(-RECENT_LINES).entries()) lastSpoke.set(by.key, at);
  return members
    .filter(({ key }) => key !== self)
    .toSorted(
      (a, b) => (lastSpoke.get(b.key) ?? -1) - (lastSpoke.get(a.key) ?? -1) || (a.nick < b.nick ? -1 : 1),
    )
    .map(({ nick }) => nick);
}
