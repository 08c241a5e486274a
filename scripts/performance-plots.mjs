// The plots of docs/performance.md. They bring their own background, and follow whoever reads in the dark.
import { spaced } from './performance-figures.mjs';

const COLOURS = ['a', 'b', 'c', 'd', 'e', 'f'];
const STYLE =
  'svg{--ink:#24292f;--back:#fff;--line:#d8dee4;--other:#9aa5b1;' +
  '--a:#2f6fab;--b:#b5532c;--c:#3d8236;--d:#7a4fa3;--e:#8a6d00;--f:#0f7f83}' +
  '@media (prefers-color-scheme:dark){svg{--ink:#e6edf3;--back:#0d1117;--line:#30363d;--other:#6e7681;' +
  '--a:#6cb6ff;--b:#f0883e;--c:#7ee787;--d:#d2a8ff;--e:#e3b341;--f:#56d4dd}}' +
  'text{fill:var(--ink)}';

const WIDTH = 680;
const LEFT = 70;
const RIGHT = 640;
const TOP = 40;
const BOTTOM = 270;

/** By file name; each takes what gives the rows of a bench. */
export const plots = {
  'fan-out.svg': fanOut,
  'growth-delivery.svg': (rowsOf) =>
    curves(
      'CPU of the relay for one delivery, µs',
      { label: 'members, rooms or circuits', places: [10, 100, 1_000, 5_000], heights: [0.1, 1, 10] },
      all(rowsOf('growth'), 'CPU µs a delivery'),
    ),
  'growth-member.svg': (rowsOf) =>
    curves(
      'For each member',
      { label: 'members', places: [10, 100, 1_000, 5_000], heights: [1, 10, 100, 1_000] },
      [
        one(rowsOf('growth'), /^idle members/, 'KiB each', 'KiB of the relay for one who is there'),
        one(rowsOf('growth'), /^idle members/, 'CPU µs each', 'CPU µs of the relay for one who comes'),
        one(rowsOf('host'), /^all come back/, 'ms each', 'µs for one who comes back when all do', 1_000),
        one(
          rowsOf('growth'),
          /^all come back at once/,
          'CPU ms each, host',
          'CPU µs of the host for one who comes back to relay and host',
          1_000,
        ),
        one(rowsOf('host'), /^durable posts/, 'CPU µs each', 'CPU µs of the host for a post'),
      ],
    ),
  'growth-message.svg': (rowsOf) =>
    curves(
      'For each message that is stored',
      {
        label: 'messages stored',
        places: [1_000, 10_000, 100_000, 1_000_000],
        heights: [0.1, 1, 10, 100, 1_000],
      },
      [
        one(rowsOf('client'), /^history/, 'CPU µs each', 'CPU µs to take and verify one'),
        one(
          rowsOf('host'),
          /^catching up/,
          'lines/s served',
          'µs of the host to serve one',
          (rate) => 1e6 / rate,
        ),
        one(rowsOf('client'), /^archive/, 'bytes a line', 'bytes of the archive for one'),
        one(rowsOf('client'), /^page of 50, anywhere/, 'ms', 'ms for 50 of them, anywhere'),
        one(rowsOf('client'), /^search, a word of one line/, 'ms', 'ms to find the one with a word'),
        one(rowsOf('client'), /^search, two words/, 'ms', 'ms to find those with two words'),
      ],
    ),
  'growth-room.svg': (rowsOf) =>
    curves(
      'For each room of two',
      { label: 'rooms', places: [10, 100, 1_000], heights: [1, 10, 100, 1_000] },
      [
        one(
          rowsOf('growth'),
          /^rooms of 2, one message/,
          'CPU µs a delivery',
          'CPU µs of the relay for one delivery',
        ),
        one(rowsOf('growth'), /^idle rooms/, 'KiB each', 'KiB of the relay for one that is there'),
        one(rowsOf('growth'), /^idle rooms/, 'CPU µs each', 'CPU µs of the relay for one that is opened'),
      ],
    ),
};

/** Deliveries a second of each server, on a logarithmic scale. */
function fanOut(rowsOf) {
  const bars = rowsOf('relay')
    .filter(({ work, unit }) => work === 'fan-out to 1 000, saturated, 200 B' && unit === 'deliveries/s')
    .toSorted((a, b) => b.median - a.median);
  const x = scale(Math.min(4.5, Math.log10(bars.at(-1).median) - 0.3), 7.6, 130, 560);
  const bottom = 44 + bars.length * 26;
  const parts = [1e5, 1e6, 1e7].flatMap((mark) => [
    line(x(mark), 34, x(mark), bottom),
    text(x(mark), bottom + 16, mark >= 1e6 ? `${mark / 1e6} M` : `${mark / 1e3} k`, 'middle'),
  ]);
  for (const [index, { by, median, least, most }] of bars.entries()) {
    const y = 40 + index * 26;
    parts.push(
      text(122, y + 14, by, 'end'),
      `<rect x="130" y="${y}" width="${n(x(median) - 130)}" height="18" fill="var(--${by === 'relay' ? 'a' : 'other'})"/>`,
      `<path d="M${n(x(least))} ${y + 9}H${n(x(most))}" stroke="var(--ink)" stroke-width="2"/>`,
      text(x(most) + 6, y + 14, `${(median / 1e6).toFixed(2)} M`, 'start'),
    );
  }
  return svg(bottom + 26, 'Deliveries a second to 1 000 members, saturated, 200 B (logarithmic)', parts);
}

/** Every work of that unit. */
function all(rows, unit) {
  return [
    ...Map.groupBy(
      rows.filter((row) => row.unit === unit),
      ({ work }) => work,
    ),
  ].map(([name, points]) => ({ name, points: points.map(pointOf) }));
}

/** `by` is a factor, or makes another figure of it. */
function one(rows, work, unit, name, by = 1) {
  const change = typeof by === 'function' ? by : (value) => value * by;
  const points = rows.filter((row) => work.test(row.work) && row.unit === unit);
  return {
    name,
    points: points.map(pointOf).map(({ size, values }) => ({ size, values: values.map(change) })),
  };
}

/** Least, median and most at a size, which is the number in `by`. */
function pointOf({ by, median, least, most }) {
  return { size: Number(/\d+/.exec(by)?.[0]), values: [least, median, most] };
}

/** Both scales are logarithmic, so that what grows in proportion to something rises, and what is the same for each is level. */
function curves(title, { label, places, heights }, series) {
  const drawn = series.filter(({ points }) => points.length > 0);
  const values = drawn.flatMap(({ points }) => points.flatMap((point) => point.values));
  const [low, high] = [Math.min(...values, heights[0]), Math.max(...values, heights.at(-1))];
  const x = scale(Math.log10(places[0]), Math.log10(places.at(-1)), LEFT + 10, RIGHT);
  const y = scale(Math.log10(low), Math.log10(high), BOTTOM, TOP);
  const parts = heights.flatMap((height) => [
    line(LEFT, y(height), RIGHT, y(height)),
    text(LEFT - 8, y(height) + 4, spaced(String(height)), 'end'),
  ]);
  for (const place of places) parts.push(text(x(place), BOTTOM + 20, spaced(String(place)), 'middle'));
  parts.push(text(RIGHT, BOTTOM + 38, label, 'end'));
  for (const [index, { name, points }] of drawn.entries()) {
    const colour = `var(--${COLOURS[index % COLOURS.length]})`;
    const at = points.map(({ size, values: [least, median, most] }) => ({
      x: n(x(size)),
      y: n(y(median)),
      least: n(y(least)),
      most: n(y(most)),
    }));
    const [first, last] = [points[0], points.at(-1)];
    const from = `${short(first.values[1])} → ${short(last.values[1])}`;
    const legend = BOTTOM + 62 + index * 20;
    parts.push(
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${at.map((p) => `${p.x},${p.y}`).join(' ')}"/>`,
      ...at.map(
        (p) => `<path d="M${p.x} ${p.least}V${p.most}" stroke="${colour}" stroke-width="5" opacity=".4"/>`,
      ),
      ...at.map((p) => `<circle cx="${p.x}" cy="${p.y}" r="3.5" fill="${colour}"/>`),
      `<rect x="${LEFT}" y="${legend - 7}" width="14" height="5" fill="${colour}"/>`,
      text(
        LEFT + 22,
        legend,
        `${name}: ${from} (${spaced(String(first.size))} → ${spaced(String(last.size))})`,
        'start',
      ),
    );
  }
  return svg(BOTTOM + 56 + drawn.length * 20, title, parts);
}

/** From powers of ten to places on the paper. */
function scale(low, high, from, to) {
  return (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from);
}

function svg(height, title, parts) {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" ` +
    `font-family="sans-serif" font-size="13" role="img"><title>${title}</title><style>${STYLE}</style>` +
    `<rect width="100%" height="100%" fill="var(--back)"/>\n${text(16, 22, title, 'start')}\n${parts.join('\n')}\n</svg>\n`
  );
}

function line(x1, y1, x2, y2) {
  return `<path d="M${n(x1)} ${n(y1)}L${n(x2)} ${n(y2)}" stroke="var(--line)"/>`;
}

function text(x, y, words, anchor) {
  return `<text x="${n(x)}" y="${n(y)}" text-anchor="${anchor}">${words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`;
}

function short(value) {
  return spaced(String(Number(value.toPrecision(value >= 1e3 ? 4 : 2))));
}

function n(value) {
  return Number(value.toFixed(1));
}
