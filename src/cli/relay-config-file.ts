import { readFileSync, statSync } from 'node:fs';
import * as v from 'valibot';
import { codeOf } from '../shared/error-code.ts';
import { UnusableFileError } from '../files/unusable-file.ts';
import { KIB } from '../shared/limits.ts';
import { nearest } from '../shared/nearest.ts';
import { jsonLines } from './json-lines.ts';
import { printable } from './parse.ts';

const MAX_CONFIG_BYTES = 64 * KIB;

const text = v.optional(v.string());
const schema = v.strictObject({
  listen: text,
  data: text,
  'public-url': text,
  name: text,
  metrics: text,
  'trust-proxy': v.optional(v.number()),
  'tls-cert': text,
  'tls-key': text,
  terms: text,
  'private-relay': text,
  // A record may be a list.
  limits: v.optional(
    v.pipe(
      v.custom<unknown>((limits) => !Array.isArray(limits)),
      v.record(v.string(), v.number()),
    ),
  ),
});

/** One value of a configuration file, as text; `origin` says where it stands. */
export interface FileSetting {
  readonly text: string;
  readonly origin: string;
}

/** Settings by the names of the options, those of limits as `limits.NAME`. Throws `UnusableFileError` naming file, line and key. */
export function readConfigFile(path: string): ReadonlyMap<string, FileSetting> {
  const source = readText(path);
  const value = parsed(path, source);
  if (Array.isArray(value)) throw notAnObject(path);
  const { lines, twice } = jsonLines(source);
  const at = (key: string): string => `${printable(path)} line ${lines.get(key) ?? 1}`;
  const [double] = twice;
  if (double !== undefined)
    throw unusable(`${at(double)}: "${printable(double)}" is there twice; take one out`);
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    const key = v.getDotPath(issue) ?? '';
    const named = `${at(key)}: "${printable(key)}"`;
    if (issue.expected === 'never') {
      const near = nearest(key, Object.keys(schema.entries));
      const meant = near === undefined ? '; "chat-tui relay --help" lists them' : `, but "${near}" is`;
      throw unusable(`${named} is no setting of a relay${meant}`);
    }
    if (key === '') throw notAnObject(path);
    throw unusable(`${named} wants a ${wanted(issue.expected)}, not ${printable(issue.received)}`);
  }
  const settings = new Map<string, FileSetting>();
  for (const [key, one] of Object.entries(result.output)) {
    if (one === '') throw unusable(`${at(key)}: "${key}" is empty; give it a value, or take it out`);
    if (typeof one === 'object')
      for (const [name, limit] of Object.entries(one))
        settings.set(`limits.${name}`, {
          text: String(limit),
          origin: `${at(`limits.${name}`)}: "${printable(name)}"`,
        });
    else settings.set(key, { text: String(one), origin: `${at(key)}: "${key}"` });
  }
  return settings;
}

function readText(path: string): string {
  try {
    if (!statSync(path).isFile()) throw unusable(`${printable(path)} is not a file; check --config`);
    const source = readFileSync(path, 'utf8');
    if (source.length <= MAX_CONFIG_BYTES) return source;
  } catch (error) {
    if (error instanceof UnusableFileError) throw error;
    throw unusable(`${printable(path)} cannot be read (${codeOf(error)}); check --config`);
  }
  throw unusable(`${printable(path)} is longer than ${MAX_CONFIG_BYTES} bytes; is it the right file?`);
}

function parsed(path: string, source: string): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    const position = /at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    const before = source.slice(0, position === undefined ? source.length : Number(position));
    throw unusable(
      `${printable(path)} line ${before.split('\n').length} is not JSON; mend it, for example a comma or a quote`,
    );
  }
}

function notAnObject(path: string): UnusableFileError {
  return unusable(`${printable(path)} has to be one JSON object: { "listen": "0.0.0.0:1878" }`);
}

function wanted(expected: string | null): string {
  return expected === 'string' ? 'text in quotes' : expected === 'number' ? 'number' : 'group in { }';
}

function unusable(sentence: string): UnusableFileError {
  return new UnusableFileError(`${sentence}.`);
}
