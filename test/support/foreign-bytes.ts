/* oxlint-disable no-control-regex -- what a terminal is sent begins with escapes */

/** Looks our themes and Ink use; conceal and blink are not among them. */
const sgr = String.raw`\x1b\[(?:(?:0|1|2|3|4|7|22|23|24|27|3[0-79]|4[0-79]|9[0-7]|10[0-7]|[34]8;5;\d{1,3})?(?:;|(?=m)))*m`;
const cursor = String.raw`\x1b\[\d{0,4}[ABCDEFG]|\x1b\[(?:\d{1,4};\d{1,4})?H`;
const erase = String.raw`\x1b\[[0-2]?[JK]`;
const modes = String.raw`\x1b\[\?(?:7|25|1000|1004|1006|1049|2004|2026)[hl]|\x1b\[2[23];2t|\x1b\]11;\?\x07|\x1b\[\?u|\x1b\[[<>=]\d*u`;
const title = String.raw`\x1b\]0;(?<title>[^\x00-\x1f\x7f-\x9f]*)\x07`;
/** Links of the web, and their end. */
const link = String.raw`\x1b\]8;(?:id=[a-z0-9]+;https?:\/\/[\x21-\x7e]+|;)\x07`;
const own = new RegExp(`${link}|${sgr}|${cursor}|${erase}|${modes}|${title}`, 'gu');

/** All that may not be written of what others sent; ZWJ within an emoji, and at most four marks, may. */
const unprintable =
  /(?![\r\n\x07])\p{Cc}|\p{Cs}|\p{Co}|\p{Zl}|\p{Zp}|\p{Noncharacter_Code_Point}|(?!\u200d|\ufe0f)\p{Default_Ignorable_Code_Point}|[\ufff9-\ufffb]|(?<!\p{Extended_Pictographic}[\ufe0f\p{Emoji_Modifier}]*)\u200d|\p{M}{5}/gu;

export interface Written {
  /** Everything that is neither printable nor a sequence the program may write, with what stands around it. */
  readonly foreign: readonly string[];
  readonly titles: readonly string[];
  readonly bells: number;
}

/** What a program wrote to a terminal, apart from the sequences of its own (a closed list). */
export function readWritten(raw: string): Written {
  const titles: string[] = [];
  const text = raw.replace(own, (...found) => {
    const groups = found.at(-1) as { readonly title?: string };
    if (groups.title !== undefined) titles.push(groups.title);
    return '';
  });
  return { foreign: unprintableIn(text), titles, bells: text.split('\x07').length - 1 };
}

/** What text for people (a line of a file, a sentence) may not hold; line ends are its own. */
export function unprintableIn(text: string): readonly string[] {
  return Array.from(text.matchAll(unprintable), ({ 0: found, index }) =>
    JSON.stringify(text.slice(Math.max(0, index - 12), index + found.length + 12)),
  );
}
