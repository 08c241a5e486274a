/** What a hostile peer may put where a person reads: each entry says what it tries, `text` is what it sends. */
export interface Attack {
  readonly what: string;
  readonly text: string;
}

const ESC = '\u001b';
const BEL = '\u0007';
const ST = `${ESC}\\`;
const C1 = {
  csi: '\u009b',
  osc: '\u009d',
  st: '\u009c',
  dcs: '\u0090',
  sos: '\u0098',
  pm: '\u009e',
  apc: '\u009f',
};

const controls = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => `${String.fromCharCode(from + index)}x`).join('');

/** Sequences, each as it is, without its end, and with the 8-bit introducer. */
const sequences: readonly Attack[] = [
  ['CSI', `${ESC}[`, C1.csi, '31;41;5;8mred', ''],
  ['CSI cursor', `${ESC}[`, C1.csi, '7;7Hover there', ''],
  ['CSI scroll', `${ESC}[`, C1.csi, '3Twent', ''],
  ['CSI report', `${ESC}[`, C1.csi, '6nreply', ''],
  ['CSI mode', `${ESC}[`, C1.csi, '?1003hmouse', ''],
  ['CSI paste end', `${ESC}[`, C1.csi, '201~quit', ''],
  ['OSC 0', `${ESC}]`, C1.osc, '0;owned', BEL],
  ['OSC 2', `${ESC}]`, C1.osc, '2;owned', ST],
  ['OSC 8', `${ESC}]`, C1.osc, '8;;http://evil.example', ST],
  ['OSC 9', `${ESC}]`, C1.osc, '9;alarm', BEL],
  ['OSC 52', `${ESC}]`, C1.osc, '52;c;b3duZWQ=', BEL],
  ['OSC 1337', `${ESC}]`, C1.osc, '1337;File=inline=1:AAAA', C1.st],
  ['DCS', `${ESC}P`, C1.dcs, '+q544e', ST],
  ['APC', `${ESC}_`, C1.apc, 'Gf=24;AAAA', ST],
  ['PM', `${ESC}^`, C1.pm, 'private', C1.st],
  ['SOS', `${ESC}X`, C1.sos, 'string', ST],
].flatMap(([what = '', seven = '', eight = '', body = '', end = '']) => [
  { what: `${what}, 7 bit`, text: `a${seven}${body}${end}z` },
  { what: `${what}, 8 bit`, text: `a${eight}${body}${end}z` },
  { what: `${what}, unterminated`, text: `a${seven}${body}` },
  { what: `${what}, cut off at its beginning`, text: `a${seven}` },
]);

/** Two messages that make a sequence when they are written one after the other. */
const halves: readonly Attack[] = [
  { what: 'first half of a sequence', text: `split ${ESC}` },
  { what: 'second half of a sequence', text: '[2J]0;owned' },
  { what: 'first half of an OSC', text: `split ${ESC}]0;ow` },
  { what: 'second half of an OSC', text: `ned${BEL} split` },
  { what: 'end of a paste', text: `${ESC}[200~paste${ESC}[201~/quit` },
];

const characters: readonly Attack[] = [
  { what: 'C0', text: controls(0, 31) },
  { what: 'DEL and C1', text: controls(127, 159) },
  { what: 'bells', text: BEL.repeat(40) },
  { what: 'backspaces', text: `trusted${'\b'.repeat(7)}evil` },
  { what: 'carriage return', text: 'first\rSECOND' },
  { what: 'line ends of all kinds', text: 'a\rb\nc\r\nd\u0085e\u2028f\u2029g\vh\fi' },
  { what: 'tabs', text: 'a\tb\t\tc' },
  { what: 'bidi overrides', text: '\u202eadmin\u202c \u2066isolated\u2069 \u200emark\u200f \u061c' },
  { what: 'bidi that stays open', text: '\u202e\u202d\u2067 txt.exe' },
  { what: 'zero width', text: 'a\u200bd\u200ca\u2060 \u00ad\u180e\ufeffz' },
  { what: 'tag characters', text: `tag${String.fromCodePoint(0xe0001, 0xe0041, 0xe0042, 0xe007f)}ged` },
  { what: 'fillers and blanks', text: 'a\u115f\u1160\u3164\uffa0\u2800\u00a0\u3000z' },
  { what: 'lone surrogates', text: 'a\ud800b\udfffc\udc00\ud83d' },
  { what: 'non-characters and private use', text: 'a\ufffe\uffff\ue000\u{10ffff}\u{f0000}z' },
  { what: 'annotation characters', text: 'a\ufff9b\ufffac\ufffbd' },
  { what: 'many combining marks', text: `Z${'\u0301'.repeat(60)}algo ${'\u0489'.repeat(30)}x` },
  { what: 'a mark without a base', text: '\u0301\u20dd\u0300begins' },
  { what: 'a grapheme of many code points', text: `a${'\u200d👩'.repeat(40)} 👩${'\u200d👩'.repeat(40)}` },
  { what: 'wide characters', text: '漢字仮名交じり文한국어漢字仮名交じり文한국어漢字仮名交じり文' },
  { what: 'ZWJ emoji', text: '👨‍👩‍👧‍👦 👩🏽‍💻 🏳️‍🌈 ❤️‍🔥 🧑🏿‍🤝‍🧑🏻' },
  { what: 'VS16 emoji', text: '❤️ ✔️ ☀️ 1️⃣ #️⃣ ™️ ©️ ☎️' },
  { what: 'regional indicators', text: '🇩🇪🇫🇷🇯 🇺🇸🇬' },
  { what: 'skin tones alone', text: '🏻🏼🏽🏾🏿 👍🏽👍🏿' },
  { what: 'right to left', text: 'שלום עולם مرحبا بالعالم' },
  { what: 'box drawing', text: '│││ ─── ▎▏█ › » · ● ○ ★' },
];

const imitations: readonly Attack[] = [
  { what: 'a fake system line', text: 'hi\n12:00          · ada joined\n▎ You are banned.' },
  { what: 'a fake notice', text: '▎ Your key was stolen; run /trust mallory' },
  { what: 'a fake timestamp', text: 'x\n[2026-11-20 17:58:03] <ada> I agree' },
  { what: 'a fake line of another', text: 'x\n12:00        ada  send me the money' },
  { what: 'a fake whisper', text: 'x\nyou → ada (whisper): yes\nada → you (whisper): no' },
  { what: 'a fake whisper of a file', text: 'x\nyou -> ada (whisper): the code is 1234' },
  { what: 'a fake separator', text: `${'─'.repeat(20)} new since you left ${'─'.repeat(20)}` },
  { what: 'a fake gap', text: 'x\n— 3 messages missing —\n-- cleo joined' },
  {
    what: 'fake markdown',
    text: '# heading\n- 12:00 **ada:** no\n<script>alert(1)</script> [x](javascript:1)',
  },
  { what: 'a fake option', text: '--help $(reboot) `reboot` ; rm -rf ~ | cat' },
  { what: 'fake paths', text: '../../etc/passwd ~/.ssh/id CON nul.txt a/b\\c:d*?"<>|' },
];

const sizes: readonly Attack[] = [
  { what: 'a word of 4 096 bytes', text: 'w'.repeat(4_096) },
  { what: 'a wide word of 4 095 bytes', text: '漢'.repeat(1_365) },
  { what: '64 lines', text: Array.from({ length: 64 }, (_, line) => `line ${line}`).join('\n') },
  { what: 'only line ends', text: '\n'.repeat(60) },
];

/** Clusters of which terminals disagree how wide they are. */
export const contestedWidths = 'क्षि நி กำ ᄀᆞᆨ ﷽ 𝅘𝅥𝅮 ꧅';

/** Every attack that fits a message of 4 096 bytes. */
export const escapeCorpus: readonly Attack[] = [
  ...sequences,
  ...halves,
  ...characters,
  ...imitations,
  ...sizes,
];

/** The attacks on names and other short fields, begun anew so that each has something that passes for a name. */
export const nickCorpus: readonly string[] = [
  'ada',
  'аda',
  'you',
  'You',
  '*',
  '·',
  '»',
  '▎',
  '▎system',
  '--',
  '->',
  '<ada>',
  'ada>',
  '<ada',
  '─────',
  '⠀⠀ada',
  'ada⠀',
  '[12:00]',
  '12:00',
  '12:00⠀ada',
];

/** The beginning of `text` that a field of so many UTF-8 bytes takes. */
export function cutToBytes(text: string, maxBytes: number): string {
  const encoder = new TextEncoder();
  if (encoder.encode(text).length <= maxBytes) return text;
  let kept = '';
  let bytes = 0;
  for (const character of text) {
    bytes += encoder.encode(character).length;
    if (bytes > maxBytes) break;
    kept += character;
  }
  return kept;
}
