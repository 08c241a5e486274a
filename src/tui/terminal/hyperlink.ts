import { webPage } from './browser.ts';
import type { Env } from '../../shared/env.ts';

/** Terminals take no longer ones. */
const MAX_URL = 2_000;

/** Whether the terminal may be told which text is a link (OSC 8); nearly all ignore what they do not know. */
export function hasHyperlinks(env: Env): boolean {
  if (env['FORCE_HYPERLINK'] !== undefined) return env['FORCE_HYPERLINK'] !== '0';
  // Windows Terminal has no other name.
  return !['dumb', 'linux'].includes(env['TERM'] ?? env['WT_SESSION'] ?? 'dumb');
}

/**
 * `text` as a link for the terminal: pieces of one that goes on in the next row belong together. Only a page of the web, as the
 * URL parser writes it, is put into the sequence; anything else stays text.
 */
export function hyperlink(text: string, url: string): string {
  const page = webPage(url);
  if (page === undefined || page.length > MAX_URL || !/^[\x21-\x7e]+$/.test(page)) return text;
  return `\x1b]8;id=${nameOf(page)};${page}\x07${text}\x1b]8;;\x07`;
}

/** The same for the same page. */
function nameOf(page: string): string {
  let hash = 5_381;
  for (let at = 0; at < page.length; at++) hash = (hash * 33 + page.charCodeAt(at)) % 0x7f_ff_ff_ff;
  return hash.toString(36);
}
