// Writes the tables and the plots of docs/performance.md from bench/results.
// With --check it only says whether they are current.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { isMet } from '../bench/report.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const document = join(root, 'docs/performance.md');
const plots = join(root, 'docs/performance');
const check = process.argv.includes('--check');
const stale = [];

const before = readFileSync(document, 'utf8');
const marked = /(<!-- bench: ([\w-]+) -->\n).*?(<!-- end of bench -->)/gs;
let after = before.replace(marked, (whole, start, name, end) => {
  const report = read(name);
  return report ? `${start}\n${table(report)}\n\n${end}` : whole;
});
after = await format(after, { ...(await resolveConfig(document)), parser: 'markdown' });
put(document, after);
for (const [name, plot, draw] of [
  ['relay', 'fan-out.svg', fanOut],
  ['growth', 'growth.svg', growth],
]) {
  const report = read(name);
  if (report) put(join(plots, plot), draw(report));
}
if (stale.length > 0) {
  console.error(`Not current: ${stale.join(', ')}; run "node scripts/performance-tables.mjs"`);
  process.exitCode = 1;
}

/** Undefined where that bench has no result yet. */
function read(name) {
  const file = join(root, `bench/results/${name}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

function put(path, text) {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  if (check) return void stale.push(path.slice(root.length + 1));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function table({ rows, machine, node, date }) {
  const lines = rows.map((row) => {
    const { name, value, unit, ratio, baseline, target } = row;
    const bound = target ? [sign('≤', target.most), sign('≥', target.least)].filter(Boolean).join(' ') : '';
    const met = isMet(row);
    const compared = ratio === undefined ? '' : `${ratio} (${baseline})`;
    const kept = met === undefined ? '' : met ? 'yes' : '**no**';
    return `| ${name.replaceAll('|', '/')} | ${value.toLocaleString('en').replaceAll(',', ' ')} | ${unit} | ${compared} | ${bound} | ${kept} |`;
  });
  return [
    `${machine}; Node ${node}; ${date.slice(0, 10)}.`,
    '',
    '| what | value | unit | ratio | target | met |',
    '| --- | --: | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

function sign(mark, value) {
  return value === undefined ? '' : `${mark} ${value}`;
}

/** Deliveries a second of each server, on a logarithmic scale. */
function fanOut({ rows }) {
  const work = 'fan-out to 1 000, saturated, 200 B · ';
  const bars = rows
    .filter(({ name, unit }) => name.startsWith(work) && unit === 'deliveries/s')
    .map(({ name, value }) => ({ name: name.slice(work.length), value }))
    .toSorted((a, b) => b.value - a.value);
  const [low, high] = [4.5, 7.2];
  const x = (value) => 130 + ((Math.log10(value) - low) / (high - low)) * 420;
  const marks = [1e5, 1e6, 1e7]
    .filter((mark) => Math.log10(mark) < high)
    .map(
      (mark) =>
        `<line x1="${n(x(mark))}" y1="34" x2="${n(x(mark))}" y2="${44 + bars.length * 26}" stroke="#bbb"/>` +
        text(x(mark), 58 + bars.length * 26, mark >= 1e6 ? `${mark / 1e6} M` : `${mark / 1e3} k`, 'middle'),
    );
  const drawn = bars.map(({ name, value }, index) => {
    const y = 40 + index * 26;
    const fill = name === 'relay' ? '#2f6fab' : '#9aa5b1';
    return (
      text(122, y + 14, name, 'end') +
      `<rect x="130" y="${y}" width="${n(x(value) - 130)}" height="18" fill="${fill}"/>` +
      text(x(value) + 6, y + 14, `${(value / 1e6).toFixed(2)} M`, 'start')
    );
  });
  return svg(640, 70 + bars.length * 26, 'Deliveries a second to 1 000 members, saturated, 200 B', [
    ...marks,
    ...drawn,
  ]);
}

/** Cost of a delivery over the size of a room, or their number; both scales logarithmic. */
function growth({ rows }) {
  const series = Map.groupBy(
    rows.filter(({ unit }) => unit === 'CPU µs a delivery'),
    ({ name }) => name.split(' · ')[0],
  );
  const colours = ['#2f6fab', '#b5532c', '#4a8f3c', '#7a4fa3'];
  const x = (size) => 60 + ((Math.log10(size) - 1) / 2.8) * 520;
  const y = (cost) => 260 - ((Math.log10(cost) + 2) / 3.3) * 220;
  const parts = [0.01, 0.1, 1, 10].flatMap((cost) => [
    `<line x1="60" y1="${n(y(cost))}" x2="580" y2="${n(y(cost))}" stroke="#ddd"/>`,
    text(52, y(cost) + 4, `${cost} µs`, 'end'),
  ]);
  for (const size of [10, 100, 1_000, 5_000]) parts.push(text(x(size), 280, String(size), 'middle'));
  let index = 0;
  for (const [name, points] of series) {
    const colour = colours[index % colours.length];
    const at = points.map(({ name: full, value }) => [x(Number(/ · (\d+) /.exec(full)?.[1])), y(value)]);
    parts.push(
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${at.map((p) => p.map(n).join(',')).join(' ')}"/>`,
      ...at.map(([px, py]) => `<circle cx="${n(px)}" cy="${n(py)}" r="3" fill="${colour}"/>`),
      `<rect x="62" y="${298 + index * 18}" width="12" height="4" fill="${colour}"/>`,
      text(82, 304 + index * 18, name, 'start'),
    );
    index++;
  }
  return svg(
    640,
    312 + index * 18,
    'CPU of the relay for one delivery, by members, rooms or circuits',
    parts,
  );
}

function svg(width, height, title, parts) {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="sans-serif" font-size="12" role="img"><title>${title}</title>` +
    `<rect width="100%" height="100%" fill="#fff"/>${text(16, 20, title, 'start')}\n${parts.join('\n')}\n</svg>\n`
  );
}

function text(x, y, words, anchor) {
  return `<text x="${n(x)}" y="${n(y)}" text-anchor="${anchor}" fill="#222">${words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`;
}

function n(value) {
  return Number(value.toFixed(1));
}
