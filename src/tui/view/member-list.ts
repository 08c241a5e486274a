import type { MemberInfo } from '../../client/session-events.ts';
import { byRank } from '../../client/people/member-order.ts';
import type { Presence } from '../../shared/room/roles.ts';
import { textWidth } from '../../shared/text.ts';
import { nickTone, type Tone } from '../theme/theme.ts';
import { gapBeside } from './direction.ts';
import type { NameOf } from './row-style.ts';
import { fit, printableLine, span, spansWidth, type Row, type Span } from './span.ts';
import { presenceMarks, roleMarks, viaWords } from './words.ts';

const presenceTones: Readonly<Record<Presence, Tone>> = { online: 'good', away: 'warn', offline: 'dim' };

export interface MemberLook {
  readonly self: string;
  readonly nameOf: NameOf;
  readonly nickColors: boolean;
}

/** The pane at the right: who is here, hosts first, those out of reach last. */
export function memberListRows(
  members: readonly MemberInfo[],
  look: MemberLook,
  width: number,
  height: number,
): readonly Row[] {
  if (width <= 0) return [];
  const here = members.filter(({ presence }) => presence !== 'offline').length;
  // Nobody at all: the host has not told yet.
  const many = members.length > 0 ? `Here ${here}` : 'Here';
  const head: Row = { key: 'head', spans: [span(fit(many, width), 'dim')] };
  const room = Math.max(0, height - 1);
  const sorted = members.toSorted(byReach);
  const shown = sorted.length > room ? sorted.slice(0, Math.max(0, room - 1)) : sorted;
  const rows = shown.map((member) => ({ key: member.key, spans: memberRow(member, look, width) }));
  if (sorted.length <= room) return [head, ...rows];
  return [
    head,
    ...rows,
    { key: 'more', spans: [span(fit(`  and ${sorted.length - shown.length} more`, width), 'dim')] },
  ];
}

function memberRow(
  member: MemberInfo,
  { self, nameOf, nickColors }: MemberLook,
  width: number,
): readonly Span[] {
  const gone = member.presence === 'offline' || member.ignored === true;
  const role = roleMarks[member.role];
  const end = [
    ...(member.standing === 'verified' ? [span(' ✓', 'good')] : []),
    ...(member.standing === 'changed' ? [span(' !', 'bad')] : []),
    ...(role === '' ? [] : [span(` ${role}`, 'accent')]),
    ...(member.via === 'lan' ? [span(` ${viaWords.lan}`, 'dim')] : []),
  ];
  const room = width - 2 - spansWidth(end);
  const name = printableLine(nameOf(member));
  const said = printableLine(member.status ?? '');
  // In parentheses, so that nobody's own words say that they are you, or ignored.
  const own = said === '' ? (member.key === self ? 'you' : '') : `(${said})`;
  const status = member.ignored ? 'ignored' : own;
  // Half a `you` tells nobody anything.
  const whole = own !== 'you' || textWidth(name) + 4 <= room;
  const label = status === '' || !whole ? name : `${name} ${status}`;
  const shown = fit(label, room);
  const names: Span[] = [
    {
      ...span(shown.slice(0, name.length), gone ? 'dim' : nickColors ? nickTone(member.key) : 'text'),
      bold: !gone,
    },
  ];
  if (shown.length > name.length) names.push(span(shown.slice(name.length), 'dim'));
  const mark = span(presenceMarks[member.presence], presenceTones[member.presence]);
  return [mark, span(gapBeside(names)), ...names, ...end];
}

/** Those out of reach are last, whoever they are. */
function byReach(a: MemberInfo, b: MemberInfo): number {
  return Number(a.presence === 'offline') - Number(b.presence === 'offline') || byRank(a, b);
}
