/** The classes of UAX #9 that text without control characters has. */
type BidiClass = 'L' | 'R' | 'AL' | 'EN' | 'ES' | 'ET' | 'AN' | 'CS' | 'NSM' | 'WS' | 'ON';

const classes: readonly (readonly [BidiClass, RegExp])[] = [
  ['NSM', /^[\p{Mn}\p{Me}]/u],
  ['AN', /^[\u0600-\u0605\u0660-\u0669\u066b\u066c\u06dd]/u],
  ['ET', /^[#$%\u00a2-\u00a5\u00b0\u00b1\u066a\u2030-\u2034\u20a0-\u20cf]/u],
  ['AL', /^[\u0600-\u07bf\u0860-\u08ff\ufb50-\ufdff\ufe70-\ufefe\u{1ec70}-\u{1efff}]/u],
  ['R', /^[\u0590-\u05ff\u07c0-\u085f\ufb1d-\ufb4f\u{10800}-\u{10fff}\u{1e800}-\u{1ec6f}]/u],
  ['EN', /^[0-9\u06f0-\u06f9\u00b2\u00b3\u00b9\u2070-\u2079\u2080-\u2089]/u],
  ['ES', /^[+\-\u2212]/u],
  ['CS', /^[,./:\u00a0\u060c]/u],
  ['WS', /^\s/u],
  ['L', /^[\p{L}\p{Mc}\p{Nl}\u2800-\u28ff]/u],
];

function classOf(cell: string): BidiClass {
  return classes.find(([, what]) => what.test(cell))?.[0] ?? 'ON';
}

/**
 * Where a terminal that reorders puts the cells of a row, by UAX #9 without controls and brackets: `visual[i]` is the
 * index of the cell that is shown at column i. `base` auto: by the first strong letter, as some terminals choose it.
 */
export function reordered(cells: readonly string[], base: 'left-to-right' | 'auto'): number[] {
  const types = cells.map((cell) => classOf(cell === '' ? ' ' : cell));
  const first = types.find((type) => type === 'L' || type === 'R' || type === 'AL');
  const level = base === 'auto' && first !== undefined && first !== 'L' ? 1 : 0;
  const levels = implicitLevels(resolved(types, level), level);
  trailingBlanks(types, levels, level);
  return visualOrder(levels);
}

function resolved(types: readonly BidiClass[], level: number): BidiClass[] {
  const edge: BidiClass = level === 1 ? 'R' : 'L';
  const out = [...types];
  // W1
  out.forEach((type, at) => {
    if (type === 'NSM') out[at] = out[at - 1] ?? edge;
  });
  // W2, W3
  let strong: BidiClass = edge;
  out.forEach((type, at) => {
    if (type === 'L' || type === 'R' || type === 'AL') strong = type;
    if (type === 'EN' && strong === 'AL') out[at] = 'AN';
  });
  out.forEach((type, at) => {
    if (type === 'AL') out[at] = 'R';
  });
  // W4
  out.forEach((type, at) => {
    const [before, after] = [out[at - 1], out[at + 1]];
    if (before === undefined || before !== after) return;
    if ((type === 'ES' || type === 'CS') && before === 'EN') out[at] = 'EN';
    if (type === 'CS' && before === 'AN') out[at] = 'AN';
  });
  // W5, W6
  for (const [from, to] of runs(out, (type) => type === 'ET')) {
    const joins = out[from - 1] === 'EN' || out[to] === 'EN';
    out.fill(joins ? 'EN' : 'ON', from, to);
  }
  out.forEach((type, at) => {
    if (type === 'ES' || type === 'CS') out[at] = 'ON';
  });
  // W7
  strong = edge;
  out.forEach((type, at) => {
    if (type === 'L' || type === 'R') strong = type;
    if (type === 'EN' && strong === 'L') out[at] = 'L';
  });
  // N1, N2
  for (const [from, to] of runs(out, (type) => type === 'WS' || type === 'ON')) {
    const [left, right] = [out[from - 1], out[to]].map((type) =>
      type === undefined ? edge : type === 'L' ? 'L' : 'R',
    );
    out.fill(left !== undefined && left === right ? left : edge, from, to);
  }
  return out;
}

function implicitLevels(types: readonly BidiClass[], level: number): number[] {
  return types.map((type) => {
    if (level === 0) return type === 'R' ? 1 : type === 'L' ? 0 : 2;
    return type === 'R' ? 1 : 2;
  });
}

/** L1 */
function trailingBlanks(types: readonly BidiClass[], levels: number[], level: number): void {
  for (let at = types.length - 1; at >= 0 && types[at] === 'WS'; at--) levels[at] = level;
}

/** L2 */
function visualOrder(levels: readonly number[]): number[] {
  const order = levels.map((_, at) => at);
  for (let level = Math.max(0, ...levels); level > 0; level--) {
    for (const [from, to] of runs(levels, (each) => each >= level))
      order.splice(from, to - from, ...order.slice(from, to).toReversed());
  }
  return order;
}

function runs<Each>(all: readonly Each[], fits: (each: Each) => boolean): [from: number, to: number][] {
  const found: [number, number][] = [];
  all.forEach((each, at) => {
    const last = found.at(-1);
    if (!fits(each)) return;
    if (last?.[1] === at) last[1] = at + 1;
    else found.push([at, at + 1]);
  });
  return found;
}
