// Draws a screen of @xterm/headless as SVG: cells as they are, so that columns stay columns in any monospaced font.

const CELL = { width: 8.4, height: 18, font: 14, base: 13.5 };
const PAD = 14;
const segmenter = new Intl.Segmenter();
const BAR = 30;
const DEFAULTS = {
  dark: { back: '#1e1e1e', fore: '#d4d4d4', bar: '#333337', title: '#cccccc' },
  light: { back: '#ffffff', fore: '#2b2b2b', bar: '#e4e4e7', title: '#444444' },
};
const ANSI = [
  ['#1e1e1e', '#cd5c5c', '#6abf69', '#d0a94e', '#5a9bd8', '#c678b8', '#4fb3bf', '#d4d4d4'],
  ['#7a7a7a', '#ff7b72', '#7fd88f', '#f2cc60', '#79b8ff', '#e29ad6', '#76d9e6', '#ffffff'],
].flat();

/**
 * @param {import('@xterm/headless').Terminal} terminal
 * @param {{ title: string, paper?: 'dark' | 'light', cursor?: boolean }} options
 */
export function terminalSvg(terminal, { title, paper = 'dark', cursor = true }) {
  const colours = DEFAULTS[paper];
  const { cols, rows } = terminal;
  const buffer = terminal.buffer.active;
  const width = Math.ceil(cols * CELL.width + 2 * PAD);
  const height = Math.ceil(rows * CELL.height + 2 * PAD + BAR);
  const shapes = [];
  for (let y = 0; y < rows; y++) {
    const line = buffer.getLine(buffer.viewportY + y);
    for (const run of runsOf(line, cols, colours)) shapes.push(...draw(run, y));
  }
  if (cursor) {
    const [x, y] = [PAD + buffer.cursorX * CELL.width, BAR + PAD + buffer.cursorY * CELL.height];
    shapes.push(
      `<rect x="${n(x)}" y="${n(y)}" width="${CELL.width}" height="${CELL.height}" fill="${colours.fore}"/>`,
    );
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(title)}">
<rect width="${width}" height="${height}" rx="9" fill="${colours.back}"/>
<path d="M0 ${BAR}V9a9 9 0 0 1 9-9H${width - 9}a9 9 0 0 1 9 9V${BAR}Z" fill="${colours.bar}"/>
<circle cx="18" cy="15" r="5.5" fill="#ff5f57"/><circle cx="37" cy="15" r="5.5" fill="#febc2e"/><circle cx="56" cy="15" r="5.5" fill="#28c840"/>
<text x="${width / 2}" y="20" text-anchor="middle" font-family="system-ui,sans-serif" font-size="13" fill="${colours.title}">${escape(title)}</text>
<g font-family="'DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',monospace" font-size="${CELL.font}">
${shapes.join('\n')}
</g>
</svg>
`;
}

/** Cells of one look that stand side by side. */
function runsOf(line, cols, colours) {
  const runs = [];
  for (let x = 0; line && x < cols; x++) {
    const cell = line.getCell(x);
    if (!cell || cell.getWidth() === 0) continue;
    const look = lookOf(cell, colours);
    const text = cell.getChars() || ' ';
    const last = runs.at(-1);
    // A wide character is a run of its own: no font has it exactly two cells wide.
    const joins = last && last.key === look.key && cell.getWidth() === 1 && !last.wide;
    if (joins) {
      last.text += text;
      last.cells += 1;
    } else runs.push({ ...look, text, x, cells: cell.getWidth(), wide: cell.getWidth() > 1 });
  }
  return runs;
}

function lookOf(cell, colours) {
  let fore = colourOf(cell, 'Fg') ?? colours.fore;
  let back = colourOf(cell, 'Bg');
  if (cell.isInverse()) [fore, back] = [back ?? colours.back, fore];
  const [bold, italic, underline, dim] = [
    cell.isBold(),
    cell.isItalic(),
    cell.isUnderline(),
    cell.isDim(),
  ].map(Boolean);
  return { fore, back, bold, italic, underline, dim, key: [fore, back, bold, italic, underline, dim].join() };
}

function colourOf(cell, which) {
  if (cell[`is${which}Default`]()) return undefined;
  const value = cell[`get${which}Color`]();
  if (cell[`is${which}RGB`]()) return `#${value.toString(16).padStart(6, '0')}`;
  if (value < 16) return ANSI[value];
  if (value >= 232) return `#${(8 + (value - 232) * 10).toString(16).padStart(2, '0').repeat(3)}`;
  const level = (part) => (part === 0 ? 0 : 55 + part * 40).toString(16).padStart(2, '0');
  const cube = value - 16;
  return `#${level(Math.floor(cube / 36))}${level(Math.floor(cube / 6) % 6)}${level(cube % 6)}`;
}

function draw({ text, x, cells, fore, back, bold, italic, underline, dim }, y) {
  const [left, top, width] = [PAD + x * CELL.width, BAR + PAD + y * CELL.height, cells * CELL.width];
  const shapes = [];
  if (back)
    shapes.push(
      `<rect x="${n(left)}" y="${n(top)}" width="${n(width)}" height="${CELL.height}" fill="${back}"/>`,
    );
  if (/^[─│ ]+$/.test(text)) return [...shapes, ...lines(text, left, top, fore, dim)];
  if (text.trim() === '') return shapes;
  const looks = [
    bold ? ' font-weight="bold"' : '',
    italic ? ' font-style="italic"' : '',
    underline ? ' text-decoration="underline"' : '',
    dim ? ' opacity="0.6"' : '',
  ].join('');
  // Where spaces stand together they are left out: a viewer may make one of them.
  for (const { 0: words, index } of text.matchAll(/\S+(?: \S+)*/g)) {
    const at = left + cellsOf(text.slice(0, index), text, cells) * CELL.width;
    const length = cellsOf(words, text, cells) * CELL.width;
    const fitted = ` textLength="${n(length)}" lengthAdjust="spacingAndGlyphs"`;
    shapes.push(
      `<text x="${n(at)}" y="${n(top + CELL.base)}"${fitted} fill="${fore}"${looks}>${escape(words)}</text>`,
    );
  }
  return shapes;
}

/** Runs are of cells of one width each; one character may be several code points. */
function cellsOf(part, text, cells) {
  const segments = (of) => [...segmenter.segment(of)].length;
  return (segments(part) / segments(text)) * cells;
}

/** Box drawing as lines, so that rows and columns of it join. */
function lines(text, left, top, fore, dim) {
  const [middle, shapes] = [top + CELL.height / 2, []];
  const stroke = ` stroke="${fore}"${dim ? ' opacity="0.6"' : ''}`;
  for (const match of text.matchAll(/─+|│/g)) {
    const x = left + match.index * CELL.width;
    if (match[0] === '│')
      shapes.push(`<path d="M${n(x + CELL.width / 2)} ${n(top)}v${CELL.height}"${stroke}/>`);
    else shapes.push(`<path d="M${n(x)} ${n(middle)}h${n(match[0].length * CELL.width)}"${stroke}/>`);
  }
  return shapes;
}

function n(value) {
  return Number(value.toFixed(2));
}

function escape(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
