import { textWidth } from './text.ts';

const GAP = '  ';

/** Rows of cells as aligned lines, by the cells a terminal takes; the last cell of a row is not padded. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, textWidth(cell));
  }
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - textWidth(cell)))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}
