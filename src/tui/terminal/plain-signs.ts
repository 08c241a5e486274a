/** Signs of the screen that the console of Linux has no picture of, and what it shows instead; a cell each. */
const instead: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '●': '•',
    '◐': '-',
    '★': '*',
    '✓': '√',
    '✗': 'x',
    '›': '>',
    '▎': '▌',
    '▏': '│',
    '…': '.',
    '∅': '#',
    '↳': '└',
    '–': '-',
    '’': "'",
    '\u2800': ' ',
  }),
);
const signs = new RegExp(`[${[...instead.keys()].join('')}]`, 'gu');

export function inPlainSigns(written: string): string {
  return written.replace(signs, (sign) => instead.get(sign) ?? sign);
}
