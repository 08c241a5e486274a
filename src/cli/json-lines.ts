/** Where each key of an object stands, by its path (`limits.connections`), and keys that are there twice. */
export interface JsonLines {
  readonly lines: ReadonlyMap<string, number>;
  readonly twice: readonly string[];
}

const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:\n]|[^\s{}[\],:"]+/g;

/** Of text that `JSON.parse` takes; elements of arrays have no names. */
export function jsonLines(text: string): JsonLines {
  const lines = new Map<string, number>();
  const twice: string[] = [];
  const path: string[] = [];
  const kinds: ('{' | '[')[] = [];
  let line = 1;
  let last = '';
  for (const [token] of text.matchAll(tokens)) {
    if (token === '\n') line += 1;
    else if (token === '{' || token === '[') {
      kinds.push(token);
      path.push('');
    } else if (token === '}' || token === ']') {
      kinds.pop();
      path.pop();
    } else if (token === ':' && kinds.at(-1) === '{') {
      path[path.length - 1] = String(JSON.parse(last));
      const key = path.join('.');
      if (lines.has(key)) twice.push(key);
      else lines.set(key, line);
    } else if (token.startsWith('"')) {
      last = token;
    }
  }
  return { lines, twice };
}
