import type { Person, RoomLine } from '../../client/session-events.ts';
import type { IdentityKey } from '../../shared/ids.ts';
import { truncate } from '../../shared/text.ts';
import { noticeWords, type NoticeLine } from '../../client/words/line-words.ts';
import { nickSpan, under, type RowStyle } from './row-style.ts';
import { printableLine, span, type Span } from './span.ts';

/** Names of a folded row; whoever comes after them is counted. */
const MAX_NAMED = 3;
/** Of each reason there. */
const MAX_REASON_CELLS = 40;

/** What happened in the room without anybody saying it. */
export function happeningRows(at: number, line: NoticeLine, style: RowStyle): (readonly Span[])[] {
  return under(at, [span('·', 'dim')], happened(line, style), style);
}

type Move = 'join' | 'leave';
interface Moved {
  readonly who: Person;
  readonly first: Move;
  readonly last: Move;
  readonly why: string;
}

/** By what somebody did first and last. */
const moveWords: readonly (readonly [first: Move, last: Move, words: string])[] = [
  ['join', 'join', ' joined'],
  ['leave', 'join', ' left and came back'],
  ['leave', 'leave', ' left'],
  ['join', 'leave', ' joined and left'],
];

/** "ada, bob and 3 others joined, cleo left", at the time of the last; everybody once, so that it says who is there. */
export function foldRows(at: number, lines: readonly RoomLine[], style: RowStyle): (readonly Span[])[] {
  const moves = new Map<IdentityKey, Moved>();
  for (const line of lines) {
    if (line.kind !== 'join' && line.kind !== 'leave') continue;
    const { kind: last, who } = line;
    moves.set(who.key, {
      who,
      first: moves.get(who.key)?.first ?? last,
      last,
      why: whyLeft(line, MAX_REASON_CELLS),
    });
  }
  const parts = moveWords.flatMap(([first, last, words]) => {
    const moved = [...moves.values()].filter((each) => each.first === first && each.last === last);
    return moved.length === 0 ? [] : [[...crowd(moved, style), span(words, 'dim')]];
  });
  const body = parts.flatMap((part, index) => (index === 0 ? part : [span(', ', 'dim'), ...part]));
  return under(at, [span('·', 'dim')], body, style);
}

/** Whoever said why they leave is named before others. */
function crowd(all: readonly Moved[], style: RowStyle): Span[] {
  const people = all.toSorted((a, b) => Number(a.why === '') - Number(b.why === ''));
  const named = people.length > MAX_NAMED + 1 ? people.slice(0, MAX_NAMED) : people;
  const rest = people.length - named.length;
  return named.flatMap(({ who, why }, index): Span[] => {
    const isLast = index === named.length - 1 && rest === 0;
    const gap = index === 0 ? [] : [span(isLast ? ' and ' : ', ', 'dim')];
    const more = index === named.length - 1 && rest > 0 ? [span(` and ${rest} others`, 'dim')] : [];
    return [...gap, nickSpan(who, style), span(why, 'dim'), ...more];
  });
}

function happened(line: NoticeLine, style: RowStyle): Span[] {
  const by = nickSpan(line.by, style);
  switch (line.kind) {
    case 'opened':
      return [by, span(' opened the room', 'dim')];
    case 'topic':
      return [
        by,
        span(
          line.topic === '' ? ' cleared the topic' : ` set the topic: ${printableLine(line.topic)}`,
          'dim',
        ),
      ];
    case 'nick':
      return [span(`${printableLine(line.was)} is now `, 'dim'), { ...by, text: printableLine(line.nick) }];
    case 'join':
      return [nickSpan(line.who, style), span(' joined', 'dim')];
    case 'leave':
      return [nickSpan(line.who, style), span(` left${whyLeft(line)}`, 'dim')];
    default:
      return [span(printableLine(noticeWords(line, style.nameOf)), 'dim')];
  }
}

function whyLeft(line: RoomLine, cells = Number.POSITIVE_INFINITY): string {
  const reason = line.kind === 'leave' ? printableLine(line.reason ?? '') : '';
  // None ends before its end: what is said of others behind it is ours.
  return reason === '' ? '' : ` (${truncate(reason, cells).replaceAll(/\)(?=.)/g, ']')})`;
}
