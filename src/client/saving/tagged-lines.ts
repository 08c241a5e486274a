import type { SavedLine } from './collect.ts';
import { Names } from '../people/person-names.ts';
import type { Person, RoomLine } from '../session-events.ts';

/** The same lines with key tags in every name that could be taken for somebody else's in them. */
export function taggedLines(lines: readonly SavedLine[]): readonly SavedLine[] {
  const people = new Map<string, Person>();
  for (const person of lines.flatMap(peopleOf)) people.set(`${person.key} ${person.nick}`, person);
  const names = new Names([...people.values()]);
  return lines.map((line) => taggedLine(line, names));
}

/** For text that names people and has no room for their keys. */
export function taggedLine(saved: SavedLine, names: Names): SavedLine {
  if (saved.type === 'whisper') {
    const { whisper } = saved;
    return { type: 'whisper', whisper: { ...whisper, with: tagged(whisper.with, names) } };
  }
  return { type: 'line', line: taggedRoomLine(saved.line, names) };
}

function taggedRoomLine(line: RoomLine, names: Names): RoomLine {
  const by = tagged(line.by, names);
  if ('who' in line) return { ...line, by, who: tagged(line.who, names) };
  if (line.kind !== 'text' || !line.quoted) return { ...line, by };
  return { ...line, by, quoted: { ...line.quoted, by: tagged(line.quoted.by, names) } };
}

function tagged(person: Person, names: Names): Person {
  return { ...person, nick: names.show(person) };
}

function peopleOf(saved: SavedLine): readonly Person[] {
  if (saved.type === 'whisper') return [saved.whisper.with];
  const { line } = saved;
  if (line.kind === 'text' && line.quoted) return [line.by, line.quoted.by];
  return 'who' in line ? [line.by, line.who] : [line.by];
}
