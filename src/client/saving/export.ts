import { counted } from '../../shared/counted.ts';
import { assertNever } from '../../shared/errors.ts';
import { jsonText } from '../../shared/json-text.ts';
import { MAX_TIME_MS } from '../../shared/limits.ts';
import { fileNamePart } from '../../shared/text.ts';
import { isMessage, type SavedLine } from './collect.ts';
import { actFields, lineFields } from './line-fields.ts';
import { noticeWords, saidWords } from '../words/line-words.ts';
import type { Person, RoomInfo } from '../session-events.ts';
import { fullName } from '../words/full-name.ts';
import { taggedLines } from './tagged-lines.ts';

export const saveFormats = ['txt', 'md', 'json'] as const;
export type SaveFormat = (typeof saveFormats)[number];

/** Minutes east of UTC at a moment: the local zone, unless a test brings its own. */
export type Zone = (at: number) => number;
const localZone: Zone = (at) => -new Date(at).getTimezoneOffset();

/** A room, or the whispers with one person. */
export type SavedFrom = { readonly room: Pick<RoomInfo, 'id' | 'title'> } | { readonly person: Person };

export type ExportHead = SavedFrom & { readonly savedAt: number };

export function titleOf(of: SavedFrom): string {
  return 'room' in of ? of.room.title : of.person.nick;
}

/** The whole file in parts. Every part ends with a newline. */
export function exported(
  format: SaveFormat,
  head: ExportHead,
  lines: readonly SavedLine[],
  zone: Zone = localZone,
): Iterable<string> {
  switch (format) {
    case 'txt':
      return asText(head, taggedLines(lines), zone);
    case 'md':
      return asMarkdown(head, taggedLines(lines), zone);
    case 'json':
      return asJson(head, lines);
    default:
      return assertNever(format);
  }
}

/** `<room>-<date>-<time>.<format>`, by local time. */
export function defaultFileName(head: ExportHead, format: SaveFormat, zone = localZone): string {
  const [date, time] = dateAndTime(head.savedAt, zone);
  return `${fileNamePart(titleOf(head))}-${date}-${time.replaceAll(':', '')}.${format}`;
}

const stampWidth = '[2026-11-20 17:58:03] '.length;

/** One line as `/save` and `pipe` write it, without its newline. Further lines of a message are indented to the first. */
export function textLine(saved: SavedLine, zone: Zone = localZone): string {
  const stamp = dateAndTime(sentAt(saved), zone).join(' ');
  return `[${stamp}] ${indented(words(saved), ' '.repeat(stampWidth))}`;
}

function* asText(head: ExportHead, lines: readonly SavedLine[], zone: Zone): Generator<string> {
  yield `# ${headingOf(head)} · ${savedWords(head, lines, zone)}\n`;
  for (const line of lines) yield `${textLine(line, zone)}\n`;
}

/** A heading a day and a list item a line, so that nothing written in a message reaches beyond its own item. */
function* asMarkdown(head: ExportHead, lines: readonly SavedLine[], zone: Zone): Generator<string> {
  const savedLine = savedWords(head, lines, zone);
  yield `# ${plainMarkdown(headingOf(head))}\n\n${savedLine.charAt(0).toUpperCase()}${savedLine.slice(1)}\n`;
  let day = '';
  for (const line of lines) {
    const [date, time] = dateAndTime(sentAt(line), zone);
    if (date !== day) yield `\n## ${date}\n\n`;
    day = date;
    yield `- ${time} ${indented(markdownWords(line), '  ')}\n`;
  }
}

function* asJson(of: ExportHead, lines: readonly SavedLine[]): Generator<string> {
  const name =
    'room' in of ? { room: of.room.title, roomId: of.room.id } : { nick: of.person.nick, key: of.person.key };
  const head = { ...name, savedAt: iso(of.savedAt), messages: messageCount(lines) };
  yield `${jsonText(head).slice(0, -1)},"lines":[\n`;
  for (const [at, line] of lines.entries()) {
    yield `${jsonText(jsonLine(line))}${at < lines.length - 1 ? ',' : ''}\n`;
  }
  yield ']}\n';
}

function headingOf(head: ExportHead): string {
  return 'room' in head ? head.room.title : `Whispers with ${fullName(head.person)}`;
}

/** Date and time to the minute, by local time. */
export function stampOf(at: number, zone: Zone = localZone): string {
  const [date, time] = dateAndTime(at, zone);
  return `${date} ${time.slice(0, 5)}`;
}

function savedWords({ savedAt }: ExportHead, lines: readonly SavedLine[], zone: Zone): string {
  const count = messageCount(lines);
  const stamp = dateAndTime(savedAt, zone).join(' ');
  return `saved ${stamp} ${offset(zone(savedAt))} · ${counted(count, 'message')}`;
}

function words(saved: SavedLine): string {
  if (saved.type === 'whisper') {
    const { mine, text, with: other } = saved.whisper;
    return `${mine ? `you -> ${other.nick}` : `${other.nick} -> you`} (whisper): ${text}`;
  }
  const { line } = saved;
  switch (line.kind) {
    case 'text':
      return `<${line.by.nick}> ${saidWords(line)}`;
    case 'me':
      return `* ${line.by.nick} ${saidWords(line)}`;
    default:
      return `-- ${noticeWords(line)}`;
  }
}

function markdownWords(saved: SavedLine): string {
  if (saved.type === 'whisper') {
    const { mine, text, with: other } = saved.whisper;
    const nick = plainMarkdown(other.nick);
    return `${mine ? `you → **${nick}**` : `**${nick}** → you`} (whisper): ${withoutHtml(text)}`;
  }
  const { line } = saved;
  switch (line.kind) {
    case 'text':
      return `**${plainMarkdown(line.by.nick)}:** ${withoutHtml(saidWords(line))}`;
    case 'me':
      return `*${plainMarkdown(line.by.nick)}* ${withoutHtml(saidWords(line))}`;
    default:
      return `— ${plainMarkdown(noticeWords(line))}`;
  }
}

/** Fields as in `pipe --json`, with the times of the file's lines. */
function jsonLine(saved: SavedLine): object {
  if (saved.type === 'whisper') {
    const { id, mine, text, with: other, state } = saved.whisper;
    return {
      event: 'whisper',
      id,
      sentAt: iso(saved.whisper.sentAt),
      nick: other.nick,
      key: other.key,
      mine,
      text,
      state,
    };
  }
  const { line } = saved;
  const head = { seq: line.seq, id: line.id, sentAt: iso(line.sentAt) };
  const by = { nick: line.by.nick, key: line.by.key };
  switch (line.kind) {
    case 'text':
    case 'me':
      return { event: 'message', ...head, ...by, kind: line.kind, text: line.text, ...lineFields(line) };
    case 'opened':
      return { event: 'opened', ...head, ...by, title: line.title, topic: line.topic };
    case 'topic':
      return { event: 'topic', ...head, ...by, topic: line.topic };
    case 'nick':
      return { event: 'nick', ...head, was: line.was, nick: line.nick, key: line.by.key };
    case 'join':
      return { event: 'join', ...head, nick: line.who.nick, key: line.who.key, role: line.role };
    case 'leave':
      return { event: 'leave', ...head, nick: line.who.nick, key: line.who.key, reason: line.reason };
    default:
      return { ...actFields(line), ...head };
  }
}

/** The author's clock: the one time that does not depend on when a line was fetched. */
function sentAt(saved: SavedLine): number {
  return saved.type === 'whisper' ? saved.whisper.sentAt : saved.line.sentAt;
}

function messageCount(lines: readonly SavedLine[]): number {
  return lines.reduce((count, line) => count + (isMessage(line) ? 1 : 0), 0);
}

/** A continuation line never begins where a line's own time does, so no message can pretend to be two. */
function indented(text: string, indent: string): string {
  return text.includes('\n') ? text.replaceAll('\n', `\n${indent}`) : text;
}

function plainMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>#!|~]/g, String.raw`\$&`);
}

/** Markdown of a message stays, since screens show it; markup that a browser would run does not. */
function withoutHtml(text: string): string {
  return text.replaceAll('<', String.raw`\<`);
}

function iso(at: number): string {
  return new Date(Math.min(at, MAX_TIME_MS)).toISOString();
}

function dateAndTime(at: number, zone: Zone): readonly [date: string, time: string] {
  const [date = '', time = ''] = iso(at + zone(Math.min(at, MAX_TIME_MS)) * 60_000).split('T');
  return [date, time.slice(0, 8)];
}

function offset(minutes: number): string {
  const size = Math.abs(minutes);
  const [hours, rest] = [Math.floor(size / 60), size % 60];
  return `${minutes < 0 ? '-' : '+'}${two(hours)}:${two(rest)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
