// Writes the tables and the plots of docs/performance.md, and what a relay carries in docs/operations.md, from bench/results.
// With --check it only says whether they are current.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { isMet } from '../bench/report.ts';
import { boundOf, measured, percent, ratioOf, short, spaced, spread, table } from './performance-figures.mjs';
import { plots } from './performance-plots.mjs';
import { targets } from './performance-targets.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const documents = ['docs/performance.md', 'docs/operations.md'].map((path) => join(root, path));
const check = process.argv.includes('--check');
const stale = [];

const benches = ['relay', 'connections', 'growth', 'host', 'client', 'tui', 'tui-500', 'tui-20', 'start-up'];
const results = Object.fromEntries(
  benches.map((name) => [name, JSON.parse(readFileSync(join(root, `bench/results/${name}.json`), 'utf8'))]),
);
const rowsOf = (bench) => results[bench].rows;

const sections = {
  machine,
  targets: targetTable,
  relay: () => relayTables(({ target }) => target !== undefined),
  'relay, more': () => relayTables(({ target }) => target === undefined),
  connections: () =>
    [
      table(['idle members', 'KiB each', 'relay to it'], byRows('connections', /^idle/, ['KiB each'])),
      table(
        ['accepts', 'a second', 'relay to it', 'CPU µs each', 'relay to it'],
        byRows('connections', /^accepts/, ['connections/s', 'server CPU µs each']),
      ),
    ].join('\n\n'),
  'worst cases': worstTable,
  capacity,
  host: () =>
    [
      table(
        ['', 'posts/s, saturated', 'CPU µs each', '✓ at 1 000/s: p50 ms', 'p99 ms', 'come back: ms each'],
        sizes('host', /posts/).map((by) => [
          spaced(by),
          ...[
            ['durable posts, saturated', 'posts/s'],
            ['durable posts, saturated', 'CPU µs each'],
            ['post to ✓ at 1 000/s', 'ms p50'],
            ['post to ✓ at 1 000/s', 'ms p99'],
            ['all come back', 'ms each'],
          ].map(([work, unit]) => cell('host', work, by, unit)),
        ]),
      ),
      bySizes('host', /^catching up/, 'served to one who catches up with'),
    ].join('\n\n'),
  client: () =>
    [
      bySizes('client', /^history/, 'history of'),
      bySizes('client', /^(page|search|archive)/, 'archive of; ms: p50, p99', ['ms', 'ms p99']),
    ].join('\n\n'),
  tui: () => bySizes('tui', /./, ''),
  'tui, more': () =>
    [bySizes('tui-500', /./, '500 messages a second'), bySizes('tui-20', /./, '20 messages a second')].join(
      '\n\n',
    ),
  'start-up': startTable,
};

for (const document of documents) {
  const after = readFileSync(document, 'utf8').replace(
    /(<!-- bench: ([\w, -]+) -->\n).*?(<!-- end of bench -->)/gs,
    (_, start, name, end) => `${start}\n${sections[name]()}\n\n${end}`,
  );
  put(document, await format(after, { ...(await resolveConfig(document)), parser: 'markdown' }));
}
for (const [name, draw] of Object.entries(plots)) put(join(root, 'docs/performance', name), draw(rowsOf));
if (stale.length > 0) {
  console.error(`Not current: ${stale.join(', ')}; run "node scripts/performance-tables.mjs"`);
  process.exitCode = 1;
}

function put(path, text) {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  if (check) return void stale.push(path.slice(root.length + 1));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Where all of them are of one run this is one line. */
function machine() {
  const lines = benches.map((bench) => {
    const { machine: where, node, date, rows } = results[bench];
    // What is the same however often one looks was looked at once.
    const several = rows.map(({ rounds }) => rounds).filter((rounds) => rounds > 1);
    const fewest = several.length > 0 ? Math.min(...several) : 1;
    const line = `${where.replace(/, load .*/, '')}, Node ${node}, ${date.slice(0, 10)}`;
    return { bench, line, rounds: `${fewest} ${fewest === 1 ? 'round' : 'rounds'}` };
  });
  const load = benches.map((bench) => /load ([\d.]+)/.exec(results[bench].machine)?.[1]).map(Number);
  const where = [...new Set(lines.map(({ line }) => line))].join('; ');
  const rounds = Map.groupBy(lines, ({ rounds: of }) => of);
  const each = [...rounds].map(([of, some]) =>
    rounds.size === 1 ? of : `${of} of ${some.map(({ bench }) => bench).join(', ')}`,
  );
  return `${where}. ${each.join('; ')} at least. Load before it began: at most ${Math.max(...load)}.`;
}

function targetTable() {
  const lines = targets.flatMap(({ what, bench, work, by, unit, missed }) => {
    const rows = rowsOf(bench).filter(
      (row) => row.work === work && row.unit === unit && row.target && (by === undefined || row.by === by),
    );
    if (rows.length === 0) throw new Error(`no target of ${bench}: ${work}, ${unit}`);
    return rows.map((row, index) => {
      const { ratio } = row;
      const to = !ratio ? unit : ratio.of === 'relay to it' ? row.by.split(',')[0] : ratio.of;
      const got = ratio ? `${short(ratio.median)}${spread(ratio, row.rounds)} ×` : measured(row);
      const met = isMet(row);
      const why = met ? '' : (missed[row.by] ?? '**not explained yet**');
      if (!met && !missed[row.by]) console.error(`missed, and nobody says why: ${work} · ${row.by}`);
      const whose = row.by.endsWith('new profile') ? `${what} of a new profile` : index > 0 ? '' : what;
      return [whose, `${boundOf(row)} ${to}`, got, met ? 'yes' : '**no**', why];
    });
  });
  return table(['what', 'promised', 'measured', 'met', 'why not'], lines, [
    '---',
    '---',
    '--:',
    '---',
    '---',
  ]);
}

/** One table for each work, the server's and the load's share of a core in the last column. */
function relayTables(wanted) {
  const works = Map.groupBy(rowsOf('relay'), ({ work }) => work);
  const chosen = [...works].filter(([, rows]) =>
    wanted({ target: rows.find(({ target }) => target)?.target }),
  );
  return chosen
    .map(([work, rows]) => {
      const servers = [...new Set(rows.map(({ by }) => by))];
      const paced = rows.some(({ unit }) => unit === 'ms p99');
      const figure = (by, unit) => rows.find((row) => row.by === by && row.unit === unit);
      const to = (by, unit) => ratioOf(figure(by, unit));
      const busy = (by) =>
        ['of a core, server', 'of a core, load'].map((unit) => percent(figure(by, unit)?.median)).join(' / ');
      const head = paced ? ['p50 ms', 'p99 ms', 'relay to it'] : ['deliveries/s', 'relay to it'];
      const first = (by) =>
        paced
          ? [measured(figure(by, 'ms p50')), measured(figure(by, 'ms p99')), to(by, 'ms p99')]
          : [measured(figure(by, 'deliveries/s')), to(by, 'deliveries/s')];
      const lines = servers.map((by) => [
        by === 'relay' ? '**relay**' : by,
        ...first(by),
        measured(figure(by, 'CPU s per million')),
        to(by, 'CPU s per million'),
        busy(by),
      ]);
      return table([work, ...head, 'CPU s a million', 'relay to it', '% of a core: server / load'], lines);
    })
    .join('\n\n');
}

function startTable() {
  const rows = rowsOf('start-up');
  return table(
    ['', 'bare node, or the least package', 'chat-tui', 'ratio', 'of a new profile', 'ratio'],
    [...Map.groupBy(rows, ({ work }) => work)].map(([work, figures]) => {
      const least = figures.find(({ by }) => !by.startsWith('chat-tui'));
      const [ours, fresh] = ['chat-tui', 'chat-tui, new profile'].map((name) =>
        figures.find(({ by }) => by === name),
      );
      const unit = figures[0].unit;
      return [
        `${work}, ${unit}`,
        measured(least),
        measured(ours),
        ratioOf(ours),
        measured(fresh),
        ratioOf(fresh),
      ];
    }),
  );
}

/** The median of a figure that must be there. */
function of(bench, work, by, unit) {
  const row = rowsOf(bench).find((each) => each.work === work && each.by === by && each.unit === unit);
  if (!row) throw new Error(`${bench} has no ${work}, ${by}, ${unit}`);
  return row.median;
}

function capacity() {
  const relay = (work, unit) => of('relay', work, 'relay', unit);
  const alone = 'fan-out to 1 000, one at a time, 200 B';
  const lone = relay(alone, 'deliveries/s');
  const [small, large] = ['200 B', '1 KiB'].map((size) =>
    relay(`fan-out to 1 000, saturated, ${size}`, 'deliveries/s'),
  );
  const people = (count) => `${short(Number((lone / count).toPrecision(2)))} to ${spaced(String(count))}`;
  const kib = of('connections', 'idle connection, 5000 of them', 'relay', 'KiB each');
  const host = (work, unit, by = '100 members') => of('host', work, by, unit);
  const figures = [
    [
      'deliveries, each message by itself',
      `${short(lone)} a second: of messages ${people(1_000)} people, or ${people(100)}`,
      `CPU: ${relay(alone, 'CPU s per million').toPrecision(2)} µs a delivery, the price of one system call`,
    ],
    [
      'deliveries, messages that come together',
      `${short(small)} a second of 200 bytes, ${short(large)} of 1 KiB`,
      'CPU, then the network',
    ],
    [
      'connections',
      `${kib.toPrecision(2)} KiB each; 10 000, the default limit, take ${short((kib * 10_000) / 1_024)} MiB beside the 60 of the program`,
      'memory; the limit of open files',
    ],
    ['connections in 256 MB', 'about 10 000', 'memory'],
    [
      'logins',
      `${short(of('connections', 'accepts', 'relay, with login', 'connections/s'))} a second`,
      'CPU: two signatures each',
    ],
    ['rooms', "nothing of their own but their host's connection", 'connections'],
    ['mail that waits', '2 MiB for each recipient at most', 'disk: nothing is stored from 90 % on'],
  ];
  const back = ['100 members', '1000 members'].map((by) => short(host('all come back', 'ms each', by)));
  const words =
    `A host on the same machine makes 1 000 lines a second durable with a 99th percentile of ` +
    `${short(host('post to ✓ at 1 000/s', 'ms p99'))} ms, ${short(host('durable posts, saturated', 'posts/s'))} at most, ` +
    `and takes ${back[0]} ms for each of 100 who come back at once, ${back[1]} for each of 1 000.`;
  return `${table(['what', 'figure', 'what ends it'], figures, ['---', '---', '---'])}\n\n${words}`;
}

function worstTable() {
  const delivery = (work, by) => {
    const micros = of('growth', work, by, 'CPU µs a delivery');
    return `${short(micros)} µs of CPU a delivery, ${short(1e6 / micros)} a second on a core`;
  };
  const storm = rowsOf('growth').find(
    ({ work, by, unit }) =>
      work === 'all come back at once' && by === '1000 members' && unit === 's until all are in',
  );
  const behind = 10_000;
  const [served, taken] = [
    behind / of('host', 'catching up', `${behind} lines`, 'lines/s served'),
    behind / of('client', 'history', `${behind} messages`, 'messages/s'),
  ];
  return table(
    ['worst cases', ''],
    [
      [
        'one room of 5 000, one message at a time',
        delivery('one room, one message at a time', '5000 members'),
      ],
      ['1 000 rooms of 2', delivery('rooms of 2, one message each at a time', '1000 rooms')],
      [
        '1 000 log in to a relay at once',
        `${short(1_000 / of('connections', 'accepts', 'relay, with login', 'connections/s'))} s until all are in`,
      ],
      [
        '1 000 come back to a host at once',
        `${short(of('host', 'all come back', '1000 members', 's until all are in'))} s until all are in`,
      ],
      ...(storm
        ? [['1 000 come back to a relay and a host at once', `${short(storm.median)} s until all are in`]]
        : []),
      ['a member 10 000 messages behind', `${short(served)} s of the host, ${short(taken)} s of the member`],
    ],
    ['---', '---'],
  );
}

/** A line for each of whom the rows are; after each figure the ratio to it where there is any. */
function byRows(bench, works, units) {
  const rows = rowsOf(bench).filter(({ work }) => works.test(work));
  return [...Map.groupBy(rows, ({ by }) => by)].map(([by, figures]) => [
    by,
    ...units.flatMap((unit) => {
      const row = figures.find((each) => each.unit === unit);
      return [measured(row), ratioOf(row)];
    }),
  ]);
}

/** A line for each work, a column for each size; the units in `pair` share a cell. */
function bySizes(bench, works, head, pair = []) {
  const rows = rowsOf(bench).filter(({ work }) => works.test(work));
  const columns = [...new Set(rows.map(({ by }) => by))];
  const units = (work) => {
    const found = [...new Set(rows.filter((row) => row.work === work).map(({ unit }) => unit))];
    return found.some((unit) => pair.includes(unit)) ? [found] : found.map((unit) => [unit]);
  };
  const lines = [...new Set(rows.map(({ work }) => work))].flatMap((work) =>
    units(work).map((shared) => {
      const promised = rows.find((row) => row.work === work && shared.includes(row.unit) && row.target);
      const name = shared.length > 1 ? work : `${work}, ${shared[0]}`;
      return [
        spaced(name),
        ...columns.map((by) => {
          const [first, ...others] = shared.map((unit) =>
            rows.find((row) => row.work === work && row.by === by && row.unit === unit),
          );
          return [measured(first), ...others.map((row) => short(row.median))].join(', ');
        }),
        promised ? `${boundOf(promised)}${promised.ratio ? ` ${promised.ratio.of}` : ''}` : '',
      ];
    }),
  );
  const promised = lines.some((line) => line.at(-1) !== '');
  return table(
    [head, ...columns.map(spaced), ...(promised ? ['target'] : [])],
    promised ? lines : lines.map((line) => line.slice(0, -1)),
  );
}

function sizes(bench, works) {
  return [...new Set(rowsOf(bench).flatMap(({ work, by }) => (works.test(work) ? [by] : [])))];
}

function cell(bench, work, by, unit) {
  return measured(rowsOf(bench).find((row) => row.work === work && row.by === by && row.unit === unit));
}
