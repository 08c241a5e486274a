/* oxlint-disable no-control-regex -- control characters are what this file is about */
import stringWidth from 'string-width';
import { utf8 } from './bytes.ts';
import {
  MAX_NICK_BYTES,
  MAX_NICK_GRAPHEMES,
  MAX_REASON_BYTES,
  MAX_TEXT_LINES,
  MAX_TITLE_BYTES,
  MAX_TITLE_GRAPHEMES,
} from './limits.ts';

/** Combining marks on one character, and code points in one grapheme; more is an attack on the screen. */
const MAX_MARKS = 4;
const MAX_GRAPHEME_CODE_POINTS = 16;
const TAB = '    ';
const REPLACEMENT = '\ufffd';

const printableAscii = /^[\x20-\x7e]*$/;
const printableAsciiLines = /^[\x20-\x7e\n]*$/;

// Sequences end at a line break at the latest, so that an unterminated one cannot swallow a whole message.
const oscSequence = /(?:\x1b\]|\x9d)[^\x07\x1b\x9c\r\n]*(?:\x07|\x1b\\|\x9c)?/g;
const stringSequence = /(?:\x1b[PX^_k]|[\x90\x98\x9e\x9f])[^\x1b\x9c\r\n]*(?:\x1b\\|\x9c)?/g;
const csiSequence = /(?:\x1b\[|\x9b)[\x30-\x3f]*[\x20-\x2f]*[\x40-\x7e]?/g;
const escapeSequence = /\x1b[\x20-\x2f]*[\x30-\x7e]?/g;
const lineBreak = /\r\n|[\r\v\f\x85\u2028\u2029]/g;
const control = /[^\P{Cc}\n]/gu;
/** Everything without a shape of its own, bidi controls and tags included, but for the two that emoji are made with. */
const invisible = /(?!\u200d|\ufe0f)[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;
const strayJoiner =
  /(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}]\ufe0f?)\u200d|\u200d(?!\p{Extended_Pictographic})/gu;
const strayEmojiSelector = /(?<!\p{Extended_Pictographic})(?<![0-9#*](?=\ufe0f\u20e3))\ufe0f/gu;
const baselessMarks = /(?<!\S)\p{M}+/gu;
const excessMarks = new RegExp(`(?<=\\p{M}{${MAX_MARKS}})\\p{M}+`, 'gu');
const unshowable = /[\p{Co}\p{Noncharacter_Code_Point}]/gu;

/** Makes untrusted text safe to print, in one line or many (`\n`): idempotent, and needed for everything that peers name. */
export function sanitize(text: string): string {
  if (printableAsciiLines.test(text)) return text;
  const shown = text
    .toWellFormed()
    .replace(oscSequence, '')
    .replace(stringSequence, '')
    .replace(csiSequence, '')
    .replace(escapeSequence, '')
    .replace(lineBreak, '\n')
    .replaceAll('\t', TAB)
    .replace(control, '')
    .replace(invisible, '')
    .replace(strayJoiner, '')
    .replace(strayEmojiSelector, '')
    .normalize('NFC')
    .replace(baselessMarks, '')
    .replace(excessMarks, '')
    .replace(unshowable, REPLACEMENT);
  return graphemes(shown).map(ordinaryGrapheme).join('');
}

/** Like `sanitize`, in one line: line breaks become spaces. */
export function sanitizeLine(text: string): string {
  return printableAscii.test(text) ? text : sanitize(text).replace(/\n+/g, ' ');
}

/** Like `sanitize`, in at most `most` lines: whoever writes more than a person may gets the rest into the last one. */
export function sanitizeLines(text: string, most = MAX_TEXT_LINES): string {
  const lines = sanitize(text).split('\n');
  return lines.length > most ? [...lines.splice(0, most - 1), lines.join(' ')].join('\n') : lines.join('\n');
}

/** The first segmenter loads tables for 5 ms, and a first frame needs none. */
function lazySegmenter(): Pick<Intl.Segmenter, 'segment'> {
  let made: Intl.Segmenter | undefined;
  return {
    segment(text) {
      made ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
      return made.segment(text);
    },
  };
}

const segmenter = lazySegmenter();

/** What a reader calls characters. */
export function graphemes(text: string): string[] {
  if (printableAsciiLines.test(text)) return text.split('');
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** Terminal cells of one line. */
export function textWidth(text: string): number {
  return printableAscii.test(text) ? text.length : stringWidth(text);
}

/** At most `cells` wide; ends in `…` where something was cut. */
export function truncate(text: string, cells: number): string {
  if (textWidth(text) <= cells) return text;
  if (cells < 1) return '';
  let kept = '';
  let width = 0;
  for (const grapheme of graphemes(text)) {
    width += textWidth(grapheme);
    if (width > cells - 1) break;
    kept += grapheme;
  }
  return `${kept}…`;
}

export function countLines(text: string): number {
  return text.split('\n').length;
}

const skinTone = /(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}]\ufe0f?)\p{Emoji_Modifier}/gu;
const loneTone = /\p{Emoji_Modifier}/gu;
const keycap = /(?<=[0-9#*][\ufe0f\u20e3]*)\u20e3/gu;

/**
 * Terminals disagree about the width of skin tones, emoji selectors, keycaps and joined emoji (tmux 3.3a and all that count
 * code points); without them columns stay where they are. For the screen only: what is stored and saved keeps them.
 */
export function displayText(text: string): string {
  if (printableAsciiLines.test(text)) return text;
  return text
    .replace(skinTone, '')
    .replace(loneTone, '■')
    .replace(keycap, '')
    .replace(/\u200d|\ufe0f/g, '');
}

/** What a line shows in place of its author where nobody said it is made of other signs (`·`, `»`, `*`, `▎`, `--`). */
const nameSign = /[\p{L}\p{N}\p{Extended_Pictographic}]/u;

/**
 * A nick as it may be used, or undefined: 1 to 20 graphemes without spaces, `~`, `<` or `>`, not beginning like a command,
 * room or person, with a letter, digit or emoji in it, and not "you": screens and files write that of their own person.
 */
export function cleanNick(text: string): string | undefined {
  const nick = sanitizeLine(text).trim();
  if (/[\s\u2800~<>]|^[#/@]|^you$/iu.test(nick) || !nameSign.test(nick)) return undefined;
  return fits(nick, MAX_NICK_GRAPHEMES, MAX_NICK_BYTES) ? nick : undefined;
}

/** A room title as it may be used, or undefined: 1 to 64 graphemes without `~`, which separates title and key tag. */
export function cleanTitle(text: string): string | undefined {
  const title = sanitizeLine(text)
    .replace(/[\s\u2800]+/gu, ' ')
    .trim();
  return !title.includes('~') && fits(title, MAX_TITLE_GRAPHEMES, MAX_TITLE_BYTES) ? title : undefined;
}

/**
 * A reason in one line that fits a message, cut at a character where it does not: made safe, a text may have become
 * longer than it came (a tab is four spaces).
 */
export function cleanReason(text: string): string {
  return startOf(sanitizeLine(text).trim(), MAX_REASON_BYTES);
}

function startOf(text: string, maxBytes: number): string {
  if (utf8(text).length <= maxBytes) return text;
  let start = '';
  let bytes = 0;
  for (const grapheme of graphemes(text)) {
    bytes += utf8(grapheme).length;
    if (bytes > maxBytes) break;
    start += grapheme;
  }
  return start;
}

const MAX_FILE_NAME_PART_BYTES = 64;
const unsafeInFileNames = /[\s\p{C}/\\:*?"<>|'`$~\ufffd]+/gu;
const windowsDevice = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

/** Whether Windows takes the name of this file for a device. */
export function isDeviceName(name: string): boolean {
  return windowsDevice.test(name);
}

/** A piece of a file name on every system: no separators, no leading dot or dash, no device names, never empty. */
export function fileNamePart(text: string): string {
  const safe = sanitizeLine(text).replace(unsafeInFileNames, '-');
  const part = startOf(safe, MAX_FILE_NAME_PART_BYTES).replace(/^[-.\p{M}]+|[-.]+$/gu, '');
  if (part === '') return 'unnamed';
  return isDeviceName(part) ? `_${part}` : part;
}

function fits(text: string, maxGraphemes: number, maxBytes: number): boolean {
  const { length } = graphemes(text);
  return length > 0 && length <= maxGraphemes && utf8(text).length <= maxBytes;
}

function ordinaryGrapheme(grapheme: string): string {
  // A code point is at most two units, so most graphemes need no counting.
  if (grapheme.length <= MAX_GRAPHEME_CODE_POINTS) return grapheme;
  return Array.from(grapheme).length > MAX_GRAPHEME_CODE_POINTS ? REPLACEMENT : grapheme;
}
