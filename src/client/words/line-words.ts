import { emojiShown } from '../../shared/emoji.ts';
import { assertNever } from '../../shared/errors.ts';
import { SECOND } from '../../shared/limits.ts';
import type { Person, RoomLine, WhisperLine } from '../session-events.ts';
import { quoteWords } from './quotes.ts';
import { period } from '../../shared/durations.ts';

export type SaidLine = Extract<RoomLine, { readonly kind: 'text' | 'me' }>;
export type NoticeLine = Exclude<RoomLine, { readonly kind: 'text' | 'me' }>;

/** Somebody typed it. */
export function isSaid(line: RoomLine): line is SaidLine {
  return line.kind === 'text' || line.kind === 'me';
}

/** What a line that nobody typed says: `cleo joined`. `nameOf` tells what somebody is called. */
export function noticeWords(
  line: NoticeLine,
  nameOf: (person: Person) => string = ({ nick }) => nick,
): string {
  const by = nameOf(line.by);
  switch (line.kind) {
    case 'opened':
      return `${by} opened ${line.title}${line.topic === '' ? '' : `: ${line.topic}`}`;
    case 'topic':
      return line.topic === '' ? `${by} cleared the topic` : `${by} changed the topic to: ${line.topic}`;
    case 'nick':
      return `${line.was} is now ${line.nick}`;
    case 'join':
      return `${nameOf(line.who)} joined`;
    case 'leave':
      return `${nameOf(line.who)} left${because(line)}`;
    case 'kick':
      return `${by} put ${nameOf(line.who)} out${because(line)}`;
    case 'ban':
      return `${by} banned ${nameOf(line.who)} ${howLong(line.ms)}${because(line)}`;
    case 'unban':
      return `${by} lifted the ban of ${nameOf(line.who)}`;
    case 'mute':
      return line.ms === 0
        ? `${by} lets ${nameOf(line.who)} speak again`
        : `${by} silenced ${nameOf(line.who)} ${howLong(line.ms)}`;
    case 'role':
      return `${by} made ${nameOf(line.who)} ${line.role === 'op' ? 'an operator' : 'a member like others'}`;
    case 'slow':
      return line.seconds === 0
        ? `${by} ended slow mode`
        : `${by} set slow mode: one message in ${period(line.seconds * SECOND)}`;
    case 'filter':
      return `${by} ${line.on ? 'keeps' : 'does not keep'} ${line.filter} out${line.on ? '' : ' any more'}`;
    case 'motd':
      return line.motd === ''
        ? `${by} cleared the message of the day`
        : `${by} set the message of the day: ${line.motd.replaceAll('\n', ' ')}`;
    default:
      return assertNever(line);
  }
}

/** What its author does, where a whisper is `/me` and that; older programs show it as it is. */
export function actionOf({ text }: Pick<WhisperLine, 'text'>): string | undefined {
  return text.startsWith('/me ') ? text.slice(4) : undefined;
}

/** What is said instead of a line that was taken back. */
export function deletedWords(
  { by, deleted }: Pick<SaidLine, 'by' | 'deleted'>,
  nameOf: (person: Person) => string = ({ nick }) => nick,
): string | undefined {
  if (!deleted) return undefined;
  return deleted.key === by.key ? '(taken back)' : `(taken back by ${nameOf(deleted)})`;
}

/** `👍 2  🎉 1`; empty without reactions. */
export function reactionWords({ reactions = [] }: Pick<SaidLine, 'reactions'>): string {
  return reactions.map(({ emoji, who }) => `${emojiShown(emoji)} ${who.length}`).join('  ');
}

/** A line's text with what it replies to and what was done to it since, in one string. */
export function saidWords(line: SaidLine): string {
  const deleted = deletedWords(line);
  if (deleted !== undefined) return deleted;
  const reactions = reactionWords(line);
  const quote = line.quoted ? `> ${quoteWords(line.quoted)}\n` : '';
  return `${quote}${line.text}${line.edited ? ' (edited)' : ''}${reactions === '' ? '' : ` [${reactions}]`}`;
}

/** `for 2 h`, `for good`. */
export function howLong(ms: number | undefined): string {
  return ms === undefined ? 'for good' : `for ${period(ms)}`;
}

function because({ reason }: { readonly reason?: string }): string {
  return reason === undefined || reason === '' ? '' : ` (${reason})`;
}
