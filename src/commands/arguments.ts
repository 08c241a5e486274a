/** `flag` takes nothing, `value` the next word, `text` every word up to the next option. */
export type OptionSpec = Readonly<Record<string, 'flag' | 'value' | 'text'>>;

export type Arguments =
  | {
      readonly ok: true;
      readonly words: readonly string[];
      /** By name without dashes; a flag that is there has the value `''`. */
      readonly options: ReadonlyMap<string, string>;
    }
  /** One sentence. */
  | { readonly ok: false; readonly why: string };

interface Word {
  readonly text: string;
  /** A quoted word is never an option. */
  readonly quoted: boolean;
}

/**
 * Splits what follows a command's name. Quotes, single or double, keep spaces together where a word begins with one, so
 * that `it's` needs none; backslashes are letters, for the sake of Windows paths.
 */
export function parseArguments(args: string, spec: OptionSpec = {}): Arguments {
  const split = splitWords(args);
  if (!split) return { ok: false, why: 'A quote is not closed.' };
  const words: string[] = [];
  const options = new Map<string, string>();
  for (let at = 0; at < split.length; at++) {
    const word = split[at];
    if (!word) break;
    if (!isOption(word)) {
      words.push(word.text);
      continue;
    }
    const [name = '', ...rest] = word.text.slice(2).split('=');
    const kind = Object.hasOwn(spec, name) ? spec[name] : undefined;
    if (kind === undefined) return { ok: false, why: `There is no option --${name}.` };
    const values = rest.length > 0 ? [rest.join('=')] : [];
    while (kind !== 'flag' && at + 1 < split.length && (values.length === 0 || kind === 'text')) {
      const next = split[at + 1];
      if (!next || isOption(next)) break;
      values.push(next.text);
      at += 1;
    }
    if (kind === 'flag' && values.length > 0) return { ok: false, why: `--${name} takes no value.` };
    if (kind !== 'flag' && values.length === 0) return { ok: false, why: `--${name} needs a value.` };
    options.set(name, values.join(' '));
  }
  return { ok: true, words, options };
}

/** The first word and the rest exactly as typed. */
export function firstWord(args: string): readonly [word: string, rest: string] {
  const match = /^(\S*)\s?([^]*)$/.exec(args.trimStart());
  return [match?.[1] ?? '', match?.[2] ?? ''];
}

function isOption({ text, quoted }: Word): boolean {
  return !quoted && text.startsWith('--') && text.length > 2;
}

/** Undefined when a quote stays open. */
function splitWords(args: string): Word[] | undefined {
  const words: Word[] = [];
  const matcher = /\s*(?:"([^"]*)"(?=\s|$)|'([^']*)'(?=\s|$)|(\S+))/gy;
  for (const match of args.trimEnd().matchAll(matcher)) {
    const quoted = match[1] ?? match[2];
    const bare = match[3] ?? '';
    if (quoted === undefined && /^["']/.test(bare)) return undefined;
    words.push({ text: quoted ?? bare, quoted: quoted !== undefined });
  }
  return words;
}
