import type { LineRef, Person, Quote, RoomLine } from '../../client/session-events.ts';
import { isSaid, type SaidLine } from '../../client/words/line-words.ts';
import type { MessageId } from '../../shared/ids.ts';
import { mentions } from '../view/mentions.ts';
import { MAX_ENTRIES, seqOf, type Entry, type EntryOf, type LineStatus } from './state.ts';

export function whisperKey(id: MessageId): string {
  return `whisper ${id}`;
}

export function lineKey(id: MessageId): string {
  return `line ${id}`;
}

/** Whose lines are one's own, and what a mention of oneself looks like. */
export type Oneself = Pick<Person, 'key' | 'nick'>;

export function lineEntry(line: RoomLine, self: Oneself, status?: LineStatus): EntryOf<'line'> {
  return {
    key: lineKey(line.id),
    at: line.at,
    type: 'line',
    line,
    mine: line.by.key === self.key,
    mention: isMention(line, self),
    ...(status ? { status } : {}),
  };
}

/** Somebody else has said it. */
export function isNews(line: RoomLine, self: Oneself): boolean {
  return isSaid(line) && line.by.key !== self.key;
}

/** Somebody else names one in it. */
export function isMention(line: RoomLine, self: Oneself): boolean {
  return isSaid(line) && isNews(line, self) && mentions(line.text, self.nick);
}

/** What somebody wrote; empty where nobody did. */
export function textOf(entry: Entry): string {
  if (entry.type === 'whisper') return entry.whisper.text;
  return entry.type === 'line' && isSaid(entry.line) ? entry.line.text : '';
}

/** Number of the oldest line in memory that has one. */
export function oldestSeq(entries: readonly Entry[]): number | undefined {
  return seqOf(entries.find((entry) => seqOf(entry) !== undefined));
}

/** Of the newest one. */
export function newestSeq(entries: readonly Entry[]): number | undefined {
  return seqOf(entries.findLast((entry) => seqOf(entry) !== undefined));
}

/** Puts a line where its number says; a line already there (its echo, or a copy) is replaced. Numberless ones go last. */
export function placeLine(entries: readonly Entry[], entry: EntryOf<'line'>): readonly Entry[] {
  const known = indexOfKey(entries, entry.key);
  const rest = known < 0 ? entries : entries.toSpliced(known, 1);
  const { seq } = entry.line;
  if (seq === undefined) return [...rest, entry];
  let at = rest.length;
  while (at > 0) {
    const before = rest[at - 1];
    const follows = isWaiting(before) || (seqOf(before) ?? 0) > seq;
    if (!follows) break;
    at -= 1;
  }
  return at === rest.length ? [...rest, entry] : rest.toSpliced(at, 0, entry);
}

/**
 * Puts a line between those before and after it by number, among what only this screen has by time; one already there says
 * what it says now.
 */
export function fillIn(entries: readonly Entry[], entry: EntryOf<'line'>): readonly Entry[] {
  const { line, at, key } = entry;
  if (indexOfKey(entries, key) >= 0)
    return changeEntry(entries, key, (known) => (known.type === 'line' ? { ...known, line } : known));
  const { seq } = line;
  if (seq === undefined) return entries;
  let index = entries.findLastIndex((each) => (seqOf(each) ?? Number.POSITIVE_INFINITY) < seq) + 1;
  const told = (each: Entry | undefined): boolean =>
    each !== undefined && seqOf(each) === undefined && !isWaiting(each) && each.at < at;
  while (told(entries[index])) index += 1;
  return entries.toSpliced(index, 0, entry);
}

/** Older lines in front; those already there are left out. */
export function prependLines(entries: readonly Entry[], older: readonly EntryOf<'line'>[]): readonly Entry[] {
  const known = new Set(entries.map(({ key }) => key));
  const added = older.filter(({ key }) => !known.has(key));
  return added.length === 0 ? entries : [...added, ...entries];
}

/** Puts what only this screen has back among lines, by its time. */
export function mixIn(lines: readonly Entry[], local: readonly Entry[]): readonly Entry[] {
  const mixed: Entry[] = [];
  let next = 0;
  for (const line of lines) {
    for (let each = local[next]; each && each.at < line.at; each = local[next]) {
      mixed.push(each);
      next += 1;
    }
    mixed.push(line);
  }
  return [...mixed, ...local.slice(next)];
}

export function changeEntry(
  entries: readonly Entry[],
  key: string,
  change: (entry: Entry) => Entry,
): readonly Entry[] {
  const at = indexOfKey(entries, key);
  const entry = entries[at];
  return entry ? entries.with(at, change(entry)) : entries;
}

/** Lines that reply say what the lines they reply to say now. */
export function requoted(entries: readonly Entry[], changed: readonly RoomLine[]): readonly Entry[] {
  const said = new Map(
    changed.flatMap((line) => (isSaid(line) ? [[`${line.by.key} ${line.id}`, line] as const] : [])),
  );
  if (said.size === 0 || !entries.some(isReply)) return entries;
  return entries.map((entry) => {
    if (!isReply(entry)) return entry;
    const { line } = entry;
    const now = said.get(`${line.re.author} ${line.re.id}`);
    return now && now.text !== line.quoted.text
      ? { ...entry, line: { ...line, quoted: { by: now.by, text: now.text } } }
      : entry;
  });
}

type Reply = EntryOf<'line'> & {
  readonly line: SaidLine & {
    readonly re: LineRef;
    readonly quoted: Quote;
  };
};

function isReply(entry: Entry): entry is Reply {
  return (
    entry.type === 'line' &&
    entry.line.kind === 'text' &&
    entry.line.re !== undefined &&
    entry.line.quoted !== undefined
  );
}

/** The notice that said the same before, where nothing but notices has come since. */
export function sameNotice(
  entries: readonly Entry[],
  { text, tone }: EntryOf<'notice'>,
): EntryOf<'notice'> | undefined {
  for (const entry of entries.toReversed()) {
    if (entry.type !== 'notice') return undefined;
    if (entry.text === text && entry.tone === tone) return entry;
  }
  return undefined;
}

/** Keeps the newest `MAX_ENTRIES`. */
export function dropOldest(entries: readonly Entry[]): readonly Entry[] {
  return entries.length > MAX_ENTRIES ? entries.slice(-MAX_ENTRIES) : entries;
}

/** Keeps the oldest `MAX_ENTRIES`. */
export function dropNewest(entries: readonly Entry[]): readonly Entry[] {
  return entries.length > MAX_ENTRIES ? entries.slice(0, MAX_ENTRIES) : entries;
}

/** Most changes are near the end. */
export function indexOfKey(entries: readonly Entry[], key: string): number {
  return entries.findLastIndex((entry) => entry.key === key);
}

function isWaiting(entry: Entry | undefined): boolean {
  return entry?.type === 'line' && entry.status?.type === 'waiting';
}
