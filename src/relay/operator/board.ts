import { textWidth, truncate } from '../../shared/text.ts';
import type { RelayStatus } from '../status.ts';

/** One look at a relay; `at` is monotonic ms. */
export interface Sample {
  readonly at: number;
  readonly status: RelayStatus;
}

export interface BoardSize {
  readonly columns: number;
  readonly rows: number;
  readonly color: boolean;
}

const LABEL = 12;
const NARROW = 64;
const LOW = 18;
const TALLEST_CHART = 8;
const MOST_REASONS = 8;
const BARS = ' ▁▂▃▄▅▆▇█';
const style = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

type Style = keyof typeof style;
type Span = string | readonly [text: string, style: Style];

/** The operator's board: at most `rows` lines of at most `columns` cells. `samples` are the latest looks, the newest last. */
export function board(samples: readonly Sample[], size: BoardSize): string[] {
  const latest = samples.at(-1);
  if (!latest) return [];
  const parts: Parts = {
    status: latest.status,
    rates: ratesOf(samples),
    samples,
    size,
    narrow: size.columns < NARROW,
    low: size.rows < LOW,
  };
  const gap: Span[][] = parts.low ? [] : [[]];
  const warnings = (latest.status.warnings ?? []).map((text): Span[] => [[`! ${text}`, 'yellow']]);
  const top = [...head(parts), ...warnings, ...gap, ...traffic(parts)];
  const bottom = [...gap, ...store(parts), ...gap, ...blindness(parts)];
  const left = size.rows - top.length - bottom.length - gap.length - (parts.low ? 0 : 1);
  const reasons = refusals(parts, Math.max(1, Math.min(MOST_REASONS, left)));
  const height = Math.min(TALLEST_CHART, left - reasons.length - 1);
  const lines = [...top, ...(height > 1 ? [...chart(parts, height), ...gap] : gap), ...reasons, ...bottom];
  if (!parts.low) {
    while (lines.length < size.rows - 1) lines.push([]);
    lines.push([['q leaves', 'dim']]);
  }
  return lines.slice(0, size.rows).map((line) => painted(line, size));
}

/** The same for a file or a pipe: everything, once, without colours. */
export function plainBoard({ status }: Sample): string {
  const { now, total } = status;
  const rows: (readonly [string, string | number])[] = [
    ['relay', status.name === '' ? status.url : `${status.name} ${status.url}`],
    ['id', status.relayId],
    ['version', status.version],
    ['state', stateOf(status)],
    ...(status.warnings ?? []).map((text) => ['warning', text] as const),
    ['up', age(now.upSeconds)],
    ['lines', `${count(now.connections)} of ${count(now.connectionLimit)}`],
    ['members', count(now.members)],
    ['hosts', count(now.hosts)],
    ['rooms', `${count(now.rooms)}, ${count(now.listed)} listed`],
    ['circuits', count(now.circuits)],
    ['frames in', count(sum(total.framesReceived))],
    ['bytes in', bytes(sum(total.bytesReceived))],
    ['bytes out', bytes(total.bytesSent)],
    ['logins', count(total.logins)],
    ['queued', `${bytes(now.queuedBytes)}, ${count(now.queuedFrames)} frames`],
    ['slow', `${count(now.stalled)} now, ${count(total.closes['4005'] ?? 0)} closed`],
    [
      'mail',
      `${count(now.mails)} whispers, ${bytes(now.mailBytes)}${now.writable ? '' : ', the disk is full'}`,
    ],
    ['commits', `${count(now.commits.count)}, ${milliseconds(mean(now.commits))} each`],
    ['loop lag', milliseconds(now.loopLagSeconds)],
    ['memory', bytes(now.residentBytes)],
    ['bans', count(now.bans)],
    ...refused(status).map(([code, times]) => [`refused ${code}`, count(times)] as const),
    ['cannot see', unseen.join(', ')],
    ['can see', seen.join(', ')],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return `${rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`).join('\n')}\n`;
}

const unseen = ['what is said', 'nicks', 'private titles', 'codes', 'passwords', 'history'];
const seen = ['keys', 'addresses', 'who is in which room', 'when', 'how much'];

interface Parts {
  readonly status: RelayStatus;
  readonly rates: Rates;
  readonly samples: readonly Sample[];
  readonly size: BoardSize;
  readonly narrow: boolean;
  readonly low: boolean;
}

interface Rates {
  readonly frames: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly logins: number;
  readonly commits: number;
  readonly refusals: number;
  /** Share of one core. */
  readonly cpu: number;
}

function head({ status, size, narrow }: Parts): Span[][] {
  const { now } = status;
  const name = status.name === '' ? 'chat-tui relay' : status.name;
  const right = `${stateOf(status)} · up ${age(now.upSeconds)}`;
  const room = size.columns - textWidth(right) - 3;
  const address = ` ${status.url}`;
  const shown = truncate(name, room);
  const left = room - textWidth(shown);
  const url = narrow ? '' : truncate(address, Math.max(0, left));
  const gap = ' '.repeat(
    Math.max(1, size.columns - textWidth(shown) - textWidth(url) - textWidth(right) - 1),
  );
  const used = now.connections / Math.max(1, now.connectionLimit);
  const full: Style = used > 0.9 ? 'red' : used > 0.7 ? 'yellow' : 'green';
  const lines = `${count(now.connections)} of ${count(now.connectionLimit)}`;
  const who = `${many(now.members, 'member')} · ${many(now.hosts, 'host')}`;
  return [
    [[shown, 'bold'], [url, 'dim'], gap, [right, status.draining ? 'yellow' : 'dim']],
    [['─'.repeat(size.columns), 'dim']],
    [
      ...label('lines'),
      ...(narrow ? [] : [[gauge(used, 20), full] as const, '  ']),
      [lines, narrow ? full : 'bold'],
      narrow ? '' : `   ${who}`,
    ],
    [
      ...label('rooms'),
      [count(now.rooms), 'bold'],
      ` · ${count(now.listed)} listed`,
      narrow ? '' : ` · ${many(now.circuits, 'line')} in them · ${many(now.watchers, 'reader')} of the list`,
    ],
  ];
}

function traffic({ rates, narrow, low }: Parts): Span[][] {
  const rate: Span = [`${count(Math.round(rates.frames))} frames/s`, 'bold'];
  const flow = `in ${bytes(rates.bytesIn)}/s${narrow ? '' : ' ·'} out ${bytes(rates.bytesOut)}/s`;
  const logins = `${rates.logins.toFixed(1)} logins/s · ${rates.refusals.toFixed(1)} refusals/s`;
  if (!narrow) return [[...label('traffic'), rate, ` · ${flow}`], ...(low ? [] : [[...label(''), logins]])];
  return [[...label('traffic'), rate], [...label(''), flow], ...(low ? [] : [[...label(''), logins]])];
}

/** Frames a second since the board is open, the newest at the right; the number is the most there were. */
function chart({ samples, size }: Parts, height: number): Span[][] {
  const width = size.columns - LABEL;
  const values = framesPerSecond(samples).slice(-width);
  const most = Math.max(1, ...values);
  return Array.from({ length: height }, (_, row): Span[] => {
    const floor = (height - 1 - row) / height;
    const cells = values.map((value) => {
      const filled = Math.ceil((value / most - floor) * height * 8);
      return BARS[Math.max(0, Math.min(8, filled))] ?? ' ';
    });
    const scale = row === 0 ? `${count(most)}/s`.padStart(LABEL - 2).padEnd(LABEL) : ' '.repeat(LABEL);
    return [
      [scale, 'dim'],
      [cells.join('').padStart(width), 'cyan'],
    ];
  });
}

function refusals({ status, narrow }: Parts, most: number): Span[][] {
  const all = refused(status);
  if (all.length === 0) return [[...label('refused'), ['nothing yet', 'dim']]];
  const rows = all
    .slice(0, most)
    .map(([code, times], index): Span[] => [
      ...label(index === 0 ? 'refused' : ''),
      [count(times).padStart(narrow ? 5 : 8), 'yellow'],
      ` ${code}`,
    ]);
  const more = all.length - rows.length;
  const last = rows.at(-1);
  if (more > 0 && last) last.push([`  and ${more} other reasons`, 'dim']);
  return rows;
}

function store({ status, rates, narrow }: Parts): Span[][] {
  const { now, total } = status;
  const closed = total.closes['4005'] ?? 0;
  const disk: Span = now.writable ? '' : [' · DISK FULL', 'red'];
  const commits = narrow
    ? ''
    : ` · ${rates.commits.toFixed(0)} commits/s, ${milliseconds(mean(now.commits))} each`;
  const slow: Span = [`${count(now.stalled)} slow`, now.stalled > 0 ? 'yellow' : 'dim'];
  const lag: Span = [`lag ${milliseconds(now.loopLagSeconds)}`, now.loopLagSeconds > 0.1 ? 'red' : 'dim'];
  return [
    [...label('mail'), `${count(now.mails)} waiting · ${bytes(now.mailBytes)}${commits}`, disk],
    [
      ...label('queues'),
      `${bytes(now.queuedBytes)} · `,
      slow,
      narrow ? '' : ` · ${count(closed)} closed for that · ${many(now.bans, 'ban')}`,
    ],
    [
      ...label('process'),
      lag,
      ` · CPU ${(rates.cpu * 100).toFixed(0)} %${narrow ? '' : ` · memory ${bytes(now.residentBytes)}`}`,
    ],
  ];
}

/** What a relay is for is also what it does not know. */
function blindness({ size, low }: Parts): Span[][] {
  const row = (name: string, color: Style, items: readonly string[]): Span[] => [
    [name.padEnd(LABEL), color],
    fitting(items, size.columns - LABEL),
  ];
  const cannot = row('cannot see', 'green', unseen);
  return low ? [cannot] : [cannot, row('does see', 'yellow', seen)];
}

/** As many as there is room for. */
function fitting(items: readonly string[], width: number): string {
  let text = '';
  for (const item of items) {
    const longer = text === '' ? item : `${text} · ${item}`;
    if (textWidth(longer) > width) break;
    text = longer;
  }
  return text;
}

function stateOf({ draining, private: closed, now }: RelayStatus): string {
  if (draining) return 'draining';
  if (!now.writable) return 'disk full';
  return closed ? 'private' : 'open';
}

/** Over the last five looks, so that figures can be read. */
function ratesOf(samples: readonly Sample[]): Rates {
  const last = samples.at(-1);
  const first = samples.at(-Math.min(samples.length, 6));
  const seconds = last && first ? (last.at - first.at) / 1_000 : 0;
  const per = (of: (status: RelayStatus) => number): number =>
    last && first && seconds > 0 ? Math.max(0, (of(last.status) - of(first.status)) / seconds) : 0;
  return {
    frames: per(({ total }) => sum(total.framesReceived)),
    bytesIn: per(({ total }) => sum(total.bytesReceived)),
    bytesOut: per(({ total }) => total.bytesSent),
    logins: per(({ total }) => total.logins),
    commits: per(({ now }) => now.commits.count),
    refusals: per(({ total }) => sum(total.refusals)),
    cpu: per(({ now }) => now.cpuSeconds),
  };
}

function framesPerSecond(samples: readonly Sample[]): number[] {
  return samples.slice(1).map((sample, index) => {
    const before = samples[index] ?? sample;
    const seconds = (sample.at - before.at) / 1_000;
    const frames = sum(sample.status.total.framesReceived) - sum(before.status.total.framesReceived);
    return seconds > 0 ? Math.max(0, Math.round(frames / seconds)) : 0;
  });
}

function refused({ total }: RelayStatus): (readonly [string, number])[] {
  return Object.entries(total.refusals).toSorted(([, a], [, b]) => b - a);
}

function gauge(share: number, cells: number): string {
  const filled = Math.min(cells, Math.ceil(share * cells));
  return `${'█'.repeat(filled)}${'░'.repeat(cells - filled)}`;
}

function label(text: string): Span[] {
  return [[text.padEnd(LABEL), 'dim']];
}

function painted(line: readonly Span[], { columns, color }: BoardSize): string {
  let left = columns;
  let text = '';
  for (const span of line) {
    const [words, name] = typeof span === 'string' ? [span, undefined] : span;
    const fitting = textWidth(words) <= left ? words : truncate(words, left);
    left -= textWidth(fitting);
    text += name && color && fitting !== '' ? `\u001b[${style[name]}m${fitting}\u001b[0m` : fitting;
  }
  return text;
}

function sum(counts: Readonly<Record<string, number | undefined>>): number {
  return Object.values(counts).reduce<number>((total, one) => total + (one ?? 0), 0);
}

function mean({ count: times, seconds }: { readonly count: number; readonly seconds: number }): number {
  return times === 0 ? 0 : seconds / times;
}

function many(value: number, thing: string): string {
  return `${count(value)} ${thing}${Math.round(value) === 1 ? '' : 's'}`;
}

function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ' ');
}

function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let rest = value;
  let unit = 0;
  for (; rest >= 1_000 && unit < units.length - 1; unit++) rest /= 1_024;
  return `${unit === 0 || rest >= 100 ? Math.round(rest) : rest.toFixed(1)} ${units[unit] ?? ''}`;
}

function milliseconds(seconds: number): string {
  const ms = seconds * 1_000;
  return `${ms >= 10 ? Math.round(ms) : ms.toFixed(1)} ms`;
}

function age(seconds: number): string {
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3_600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min` : `${seconds} s`;
}
