import type { Tone } from '../theme/theme.ts';
import type { Span } from './span.ts';

// A delimiter opens before a character and closes after one, and never inside a word, so that snake_case and 2*3*4 stay.
// Lengths are bounded: a hostile line must not make the search quadratic.
const inline =
  /(?<![\p{L}\p{N}`])`(?<code>[^`\n]{1,400})`(?!`)|(?<![\p{L}\p{N}*])\*\*(?<strong>\S(?:[^\n]{0,400}?\S)?)\*\*(?![\p{L}\p{N}*])|(?<![\p{L}\p{N}*])\*(?<star>[^\s*](?:[^\n*]{0,400}?[^\s*])?)\*(?![\p{L}\p{N}*])|(?<![\p{L}\p{N}_])_(?<under>[^\s_](?:[^\n_]{0,400}?[^\s_])?)_(?![\p{L}\p{N}_])|(?<link>https?:\/\/(?![.,;:!?)\]}])[^\s<>"'`]+)/gu;
const closing: ReadonlyMap<string, string> = new Map([
  [')', '('],
  [']', '['],
  ['}', '{'],
]);
/** What ends a sentence behind a link, and not the link. */
const stop = /[.,;:!?。、，！？；：]/u;
const fence = /^\s*```/;
const quote = /^> ?/;

/** Bold, italic, code, fenced code, quotes and links as looks; whatever is not plainly one of these stays as typed. */
export function markdownSpans(text: string, tone: Tone = 'text'): Span[] {
  // Most lines have none of it.
  if (!/[`*_>]|https?:/.test(text)) return [{ text, tone }];
  const spans: Span[] = [];
  const lines = text.split('\n');
  const fences = lines.filter((line) => fence.test(line)).length;
  let toPair = fences - (fences % 2);
  let code = false;
  let first = true;
  for (const line of lines) {
    if (toPair > 0 && fence.test(line)) {
      toPair -= 1;
      code = !code;
      continue;
    }
    if (!first) spans.push({ text: '\n', tone });
    first = false;
    if (code) spans.push({ text: line, tone: 'code' });
    else if (quote.test(line))
      spans.push({ text: '▏', tone: 'accent' }, ...inlineSpans(line.replace(quote, ''), 'dim'));
    else spans.push(...inlineSpans(line, tone));
  }
  return spans;
}

/** Links of a text, in order. */
export function linksOf(text: string): string[] {
  if (!/https?:/.test(text)) return [];
  return markdownSpans(text).flatMap(({ link }) => (link === undefined ? [] : [link]));
}

/** A link without the marks behind it; a bracket that was opened in the link belongs to it. */
function withoutEnd(link: string): string {
  const count = (sign: string): number => link.split(sign).length - 1;
  const spare = new Map([...closing].map(([close, open]) => [close, count(close) - count(open)] as const));
  let end = link.length;
  for (; end > 0; end--) {
    const last = link.charAt(end - 1);
    const left = spare.get(last);
    if (left === undefined ? !stop.test(last) : left <= 0) break;
    if (left !== undefined) spare.set(last, left - 1);
  }
  return link.slice(0, end);
}

function inlineSpans(text: string, tone: Tone): Span[] {
  const spans: Span[] = [];
  let done = 0;
  for (const match of text.matchAll(inline)) {
    if (match.index > done) spans.push({ text: text.slice(done, match.index), tone });
    const { code, strong, star, under, link: written } = match.groups ?? {};
    const link = written === undefined ? undefined : withoutEnd(written);
    done = match.index + (link ?? match[0]).length;
    if (code !== undefined) spans.push({ text: code, tone: 'code' });
    else if (strong !== undefined) spans.push({ text: strong, tone, bold: true });
    else if (link !== undefined) spans.push({ text: link, tone: 'link', link });
    else spans.push({ text: star ?? under ?? match[0], tone, italic: true });
  }
  if (done < text.length) spans.push({ text: text.slice(done), tone });
  return spans;
}
