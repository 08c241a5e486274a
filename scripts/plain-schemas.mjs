const pipe = 'v.SchemaWithPipe<readonly [';
/** What checks a value and leaves its type alone; whatever else stands in a pipe stays. */
const check = /^v\.(Check|Integer|MinValue|MaxValue|MinLength|MaxLength|MaxBytes|Bytes|Length|Regex)Action</;

/**
 * Declarations in which a schema with checks behind it is declared as the schema: it is one, and a tenth of the text.
 * A number from 0 to 9 is a `NumberSchema` to whoever reads the types.
 */
export function plainSchemas(text) {
  const at = text.indexOf(pipe);
  if (at < 0) return text;
  const inside = at + pipe.length;
  const items = itemsFrom(text, inside);
  const rest = text.slice(items.end + ']>'.length);
  const [first = '', ...behind] = items.found;
  const plain = behind.every((each) => check.test(each));
  const schema = plain ? plainSchemas(first) : `${pipe}${items.found.map(plainSchemas).join(', ')}]>`;
  return text.slice(0, at) + schema + plainSchemas(rest);
}

/** The items of a tuple, up to the bracket that closes it. */
function itemsFrom(text, start) {
  const found = [];
  let depth = 0;
  let from = start;
  for (let at = start; ; at++) {
    const character = text[at];
    if (character === undefined)
      throw new Error(`a tuple that does not end: ${text.slice(start, start + 80)}`);
    if ('<([{'.includes(character)) depth += 1;
    else if (depth === 0 && (character === ']' || character === ',')) {
      found.push(text.slice(from, at).trim());
      from = at + 1;
      if (character === ']') return { found, end: at };
    } else if (')]}'.includes(character) || (character === '>' && text[at - 1] !== '=')) depth -= 1;
  }
}
