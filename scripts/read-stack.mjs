/*
 * Tells where in the source the lines of a stack trace are. Check out the version that the trace is of, and:
 *   node scripts/read-stack.mjs < trace.txt
 * The same source makes the same chunks, so the bundle is made again, with a source map; the name of a chunk ends in a
 * hash of what is in it, and one of another version is not taken for it.
 */
import { SourceMap } from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle, nodeEntries } from './bundle.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const place = /[^\s(]*dist\/node\/([\w.-]+\.js):(\d+):(\d+)/g;

const { chunks } = await bundle(root, { platform: 'node', entries: nodeEntries, sourcemap: true });
const unknown = new Set();
const trace = readFileSync(0, 'utf8').replace(place, (whole, fileName, line, column) => {
  const chunk = chunks.find((each) => each.fileName === fileName);
  if (!chunk) unknown.add(fileName);
  return (chunk?.map && sourceOf(chunk, Number(line), Number(column))) ?? whole;
});
process.stdout.write(trace);
for (const name of unknown)
  console.error(`${name} is of another version; check out the one that chat-tui --version names.`);
process.exitCode = unknown.size > 0 ? 1 : 0;

/** `line` and `column` count from 1, as in a trace. */
function sourceOf({ code, edits, map }, line, column) {
  const lineStart = code.split('\n', line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  let longer = 0;
  let inLine = 0;
  for (const edit of edits) {
    const at = edit.at + longer;
    if (at >= lineStart + column - 1) break;
    longer += edit.longer;
    if (at >= lineStart) inLine += edit.longer;
  }
  const found = new SourceMap(map).findEntry(line - 1, column - 1 - inLine);
  if (found.originalSource === undefined) return undefined;
  const file = found.originalSource.replace(/^(\.\.\/)+(.*(?=node_modules\/))?/, '');
  return `${file}:${found.originalLine + 1}:${found.originalColumn + 1}`;
}
