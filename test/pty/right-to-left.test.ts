import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reordered } from '../support/bidi.ts';
import { Stage } from '../support/stage.ts';
import type { Terminal } from '../support/terminal.ts';

const stage = new Stage();
afterAll(() => stage.close());

const noa = 'נועה';
const said = [
  'שלום לכולם',
  '12:30 בשעה 5',
  'مرحبا بالعالم ١٢٣',
  'hello שלום',
  `${'תה ירוק עם נענע '.repeat(12)}סוף`,
  '(שלום) 100% │ שלום',
  '── עוד ── 3',
];

beforeAll(async () => {
  await stage.host('host', 'תה ירוק', '--rate', '1000', '--nick', 'משה', '--topic', 'חליטות');
  const pipe = stage.program('bob', 'pipe', 'תה ירוק', '--nick', noa);
  for (const line of said) pipe.send(line);
  pipe.end();
  await pipe.exited;
}, 60_000);

/** Columns of the borders between the panes, from a row that has nothing else. */
function borders(terminal: Terminal): number[] {
  const head = Array.from(terminal.rows()[1] ?? '');
  return head.flatMap((sign, at) => (sign === '│' ? [at] : []));
}

function cells(terminal: Terminal, row: number, columns: number): string[] {
  return Array.from({ length: columns }, (_, column) => terminal.cell(row, column));
}

/** The pane each column belongs to, borders being panes of their own. */
function panes(columns: number, edges: readonly number[]): number[] {
  let pane = 0;
  return Array.from({ length: columns }, (_, column) => {
    const edge = edges.includes(column);
    if (edge || edges.includes(column - 1)) pane += 1;
    return pane;
  });
}

describe.each([
  { columns: 120, rows: 40, across: 3 },
  { columns: 80, rows: 24, across: 3 },
  { columns: 60, rows: 20, across: 2 },
  { columns: 40, rows: 14, across: 1 },
])('in a window of $columns columns whose terminal reorders rows', ({ columns, rows, across }) => {
  it('text from right to left stays in its pane and beside its name', async () => {
    const ada = stage.terminal(`ada${columns}`, ['תה ירוק', '--nick', 'דן'], { columns, rows });
    await ada.see(/Connected/);
    await ada.see(/עוד/);
    const edges = borders(ada);
    expect(edges).toHaveLength(across - 1);
    const paneOf = panes(columns, edges);
    let moved = 0;
    for (let row = 1; row < rows - 2; row++) {
      const line = cells(ada, row, columns);
      for (const base of ['left-to-right', 'auto'] as const) {
        const order = reordered(line, base);
        const shown = order.map((from, column) => [column, from] as const);
        moved += shown.filter(([column, from]) => column !== from).length;
        const strayed = shown.filter(([column, from]) => paneOf[column] !== paneOf[from]);
        expect({ row: line.join(''), base, strayed }).toEqual({ row: line.join(''), base, strayed: [] });
        const clock = /\d\d:\d\d/.exec(line.join(''))?.[0] ?? '';
        const text = order.map((from) => line[from] || ' ').join('');
        expect(text.indexOf(clock)).toBe(line.join('').indexOf(clock));
      }
    }
    // Or else nothing of it was seen.
    expect(moved).toBeGreaterThan(40);
  });
});
