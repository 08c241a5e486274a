import { MAX_PAGE_EVENTS } from '../../shared/limits.ts';
import type { RoomSession } from '../api.ts';
import type { RoomLine, WhisperLine } from '../session-events.ts';

/** Most lines one save takes from the archive; the newest are kept. */
export const MAX_SAVED_LINES = 200_000;
/** Most whispers looked through for one save. */
const MAX_SAVED_WHISPERS = 10_000;

export type SavedLine =
  | { readonly type: 'line'; readonly line: RoomLine }
  | { readonly type: 'whisper'; readonly whisper: WhisperLine };

export interface Selection {
  /** The newest so many messages, with the notices between them. */
  readonly last?: number;
  /** Nothing older, ms since 1970. */
  readonly since?: number;
}

/** Where saved lines come from: a room's archive and this profile's whispers. */
export interface SaveSource {
  readonly room: Pick<RoomSession, 'history' | 'members'>;
  readonly whispers: (limit: number) => readonly WhisperLine[];
}

/** Called after each page with how much of the archive is read, from 0 to 1; what it waits for, the next page waits for. */
export type Pacer = (part: number) => Promise<void> | void;

/** The lines of a room in its order, with the whispers of people seen in it put in by their time. */
export async function collect(
  { room, whispers }: SaveSource,
  { last, since }: Selection = {},
  pacer: Pacer = () => undefined,
): Promise<SavedLine[]> {
  const lines = await archived(room, since, pacer);
  const people = new Set(room.members().map(({ key }) => key));
  for (const line of lines) {
    people.add(line.by.key);
    if (line.kind === 'join' || line.kind === 'leave') people.add(line.who.key);
  }
  const ours = whispers(MAX_SAVED_WHISPERS).filter(
    (whisper) => people.has(whisper.with.key) && whisper.sentAt >= (since ?? 0),
  );
  return newest(merged(lines, ours), last);
}

/** Of what was whispered with one person, oldest first. */
export function whispered(whispers: readonly WhisperLine[], { last, since = 0 }: Selection): SavedLine[] {
  const some = whispers.filter(({ sentAt }) => sentAt >= since);
  return newest(merged([], some), last);
}

/** Lines, me lines and whispers count; joins and the like do not. */
export function isMessage(saved: SavedLine): boolean {
  return saved.type === 'whisper' || saved.line.kind === 'text' || saved.line.kind === 'me';
}

async function archived(
  room: SaveSource['room'],
  since: number | undefined,
  pacer: Pacer,
): Promise<RoomLine[]> {
  const pages: (readonly RoomLine[])[] = [];
  let before: number | undefined;
  let count = 0;
  while (count < MAX_SAVED_LINES) {
    const page = room.history(Math.min(MAX_PAGE_EVENTS, MAX_SAVED_LINES - count), before);
    const first = page[0];
    if (!first) break;
    pages.push(page);
    count += page.length;
    before = first.seq;
    if (before === undefined) break;
    const newest = pages[0]?.at(-1)?.seq ?? count;
    await pacer(Math.min(1, count / Math.min(MAX_SAVED_LINES, newest)));
  }
  const lines = pages.reverse().flat();
  return since === undefined ? lines : lines.filter(({ sentAt }) => sentAt >= since);
}

/** Both lists keep their order, whatever the clocks say; a whisper goes before the first later line. */
function merged(lines: readonly RoomLine[], whispers: readonly WhisperLine[]): SavedLine[] {
  const all: SavedLine[] = [];
  let next = 0;
  for (const line of lines) {
    let whisper = whispers[next];
    while (whisper && whisper.sentAt < line.sentAt) {
      all.push({ type: 'whisper', whisper });
      whisper = whispers[++next];
    }
    all.push({ type: 'line', line });
  }
  for (const whisper of whispers.slice(next)) all.push({ type: 'whisper', whisper });
  return all;
}

function newest(all: SavedLine[], last: number | undefined): SavedLine[] {
  return last === undefined ? all : all.slice(startOfLast(all, last));
}

function startOfLast(all: readonly SavedLine[], last: number): number {
  let wanted = last;
  for (let at = all.length - 1; at >= 0; at--) {
    const saved = all[at];
    if (saved && isMessage(saved)) wanted -= 1;
    if (wanted === 0) return at;
    if (wanted < 0) return at + 1;
  }
  return 0;
}
