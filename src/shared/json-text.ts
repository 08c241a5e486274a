const printableAscii = /^[\x20-\x7e\n]*$/;

/** JSON of one line in which nothing but printable text stands as itself; whoever parses it gets the value unchanged. */
export function jsonText(value: unknown): string {
  return printableJson(JSON.stringify(value));
}

/** The same for JSON that was written elsewhere. */
export function printableJson(json: string): string {
  if (printableAscii.test(json)) return json;
  // JSON escapes C0 by itself; terminals obey C1 too, and bidi controls turn a line around.
  return json.replace(
    /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}]|(?!\u200d|\ufe0f)\p{Default_Ignorable_Code_Point}|[\ufff9-\ufffb]|(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}]\ufe0f?)\u200d/gu,
    escaped,
  );
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }).join('');
}
