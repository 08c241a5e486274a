// How figures, ratios and bounds are written in the tables of docs/performance.md.

/** The median, and how far half of the way between the extremes is from it. */
export function measured(row) {
  return row ? `${short(row.median)}${spread(row, row.rounds)}` : '';
}

export function spread({ median, least, most }, rounds) {
  if (rounds === 1 || median === 0) return '';
  return ` ±${Math.round(((most - least) / 2 / median) * 100)}%`;
}

export function ratioOf(row) {
  return row?.ratio ? `${short(row.ratio.median)} ×` : '';
}

/** Three digits. */
export function short(value) {
  if (value >= 1e6) return `${(value / 1e6).toPrecision(3)} M`;
  if (value >= 1e4) return `${(value / 1e3).toPrecision(3)} k`;
  return spaced(value >= 100 ? value.toFixed(0) : value.toPrecision(3));
}

export function percent(share) {
  return share === undefined ? '' : String(Math.round(share * 100));
}

/** Whole numbers in threes. */
export function spaced(words) {
  return words.replaceAll(/(?<![.\d])\d{4,}/g, (digits) => digits.replaceAll(/\B(?=(\d{3})+$)/g, ' '));
}

export function boundOf({ target, ratio }) {
  const signs = [
    ['≥', target.least],
    ['≤', target.most],
  ].flatMap(([mark, value]) => (value === undefined ? [] : [`${mark} ${spaced(String(value))}`]));
  return `${signs.join(' ')}${ratio ? ' ×' : ''}`;
}

export function table(head, lines, aligned = head.map((_, index) => (index === 0 ? '---' : '--:'))) {
  return [head, aligned, ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n');
}
