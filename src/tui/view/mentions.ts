import type { Span } from './span.ts';

/** Whether `nick` stands in `text` as a word of its own, in any case. */
export function mentions(text: string, nick: string): boolean {
  return nick !== '' && wordOf(nick).test(text);
}

/** The same spans with each mention of `nick` in its own tone. */
export function markMentions(spans: readonly Span[], nick: string): readonly Span[] {
  const word = wordOf(nick);
  return spans.flatMap((each) => {
    if (each.tone === 'code' || !word.test(each.text)) return [each];
    return each.text
      .split(new RegExp(`(${word.source})`, 'giu'))
      .filter((text) => text !== '')
      .map((text): Span =>
        text.toLowerCase() === nick.toLowerCase() ? { ...each, text, tone: 'mention' } : { ...each, text },
      );
  });
}

function wordOf(nick: string): RegExp {
  return new RegExp(
    `(?<![\\p{L}\\p{N}_])${nick.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}(?![\\p{L}\\p{N}_])`,
    'iu',
  );
}
