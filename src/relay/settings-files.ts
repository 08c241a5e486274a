import { readFileSync } from 'node:fs';
import { UnusableFileError } from '../files/unusable-file.ts';
import { codeOf } from '../shared/error-code.ts';
import { parseIdentityKey, type IdentityKey } from '../shared/ids.ts';
import { MAX_TERMS_BYTES, MAX_TERMS_LINES } from '../shared/limits.ts';
import { sanitize } from '../shared/text.ts';
import { checkPair } from './certificate.ts';
import { limitName } from './limit-ranges.ts';
import { defaultLimits, limitsOfStart, type RelayLimits } from './limits.ts';
import type { RelaySettings } from './relay-options.ts';
import type { TlsFiles } from './tls-files.ts';

/** People on the list of a private relay. */
export const MAX_ALLOWED = 10_000;

/** Paths where they are files. */
interface SettingSources {
  readonly name?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly terms?: string | undefined;
  readonly privateRelay?: string | undefined;
  readonly limits?: Partial<RelayLimits> | undefined;
}

/** Everything that may be changed while a relay runs, its files read. Throws `UnusableFileError` naming what cannot be used. */
export function readSettings(sources: SettingSources): RelaySettings {
  const { name, terms, privateRelay, limits } = sources;
  return {
    name,
    limits,
    tls: tlsFiles(sources),
    terms: terms === undefined ? undefined : readTerms(terms),
    allowed: privateRelay === undefined ? undefined : readAllowed(privateRelay),
  };
}

/** What a relay is started with and keeps. */
interface Foundation {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly publicUrl?: string | undefined;
  readonly trustProxy?: number | undefined;
  readonly metrics?: { readonly host: string; readonly port: number } | undefined;
}

const foundations: readonly (readonly [
  option: string,
  of: (options: Foundation & SettingSources) => unknown,
])[] = [
  ['listen', ({ host, port }) => `${host}:${port}`],
  ['data', ({ dataDir }) => dataDir],
  ['public-url', ({ publicUrl }) => publicUrl],
  ['trust-proxy', ({ trustProxy = 0 }) => trustProxy],
  ['metrics', ({ metrics }) => metrics && `${metrics.host}:${metrics.port}`],
  ['tls-cert', ({ tlsCert }) => tlsCert === undefined],
];

/** What is not as it was and takes effect with the next start only, as options are called. */
export function needRestart(
  before: Foundation & SettingSources,
  now: Foundation & SettingSources,
): readonly string[] {
  const limit = (name: keyof RelayLimits, { limits }: SettingSources) =>
    limits?.[name] ?? defaultLimits[name];
  return [
    ...foundations.filter(([, of]) => of(before) !== of(now)).map(([option]) => option),
    ...limitsOfStart.filter((name) => limit(name, before) !== limit(name, now)).map(limitName),
  ];
}

function tlsFiles({ tlsCert, tlsKey }: SettingSources): TlsFiles | undefined {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  const pair = { cert: read(tlsCert, 'tls-cert'), key: read(tlsKey, 'tls-key') };
  checkPair(pair, tlsCert, tlsKey);
  return pair;
}

function readTerms(path: string): string {
  const text = sanitize(read(path, 'terms')).trim();
  if (Buffer.byteLength(text) > MAX_TERMS_BYTES || text.split('\n').length > MAX_TERMS_LINES)
    throw new UnusableFileError(
      `${path} is too long for terms: at most ${MAX_TERMS_BYTES} bytes in ${MAX_TERMS_LINES} lines; shorten it, or link to the whole.`,
    );
  if (text === '') throw new UnusableFileError(`${path} is empty: write the terms, or leave --terms away.`);
  return text;
}

/** One identity key a line; what follows a `#` is for people. */
function readAllowed(path: string): ReadonlySet<IdentityKey> {
  const allowed = new Set<IdentityKey>();
  for (const [index, line] of read(path, 'private-relay').split('\n').entries()) {
    const [text = ''] = line.split('#');
    if (text.trim() === '') continue;
    const key = parseIdentityKey(text.trim());
    if (!key)
      throw new UnusableFileError(
        `${path} line ${index + 1} is no identity key: write the 52 characters that "chat-tui doctor" prints.`,
      );
    allowed.add(key);
  }
  if (allowed.size > MAX_ALLOWED)
    throw new UnusableFileError(`${path} names more than ${MAX_ALLOWED} people: take some out.`);
  return allowed;
}

function read(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UnusableFileError(`${path} cannot be read (${codeOf(error)}): check --${option}.`, {
      cause: error,
    });
  }
}
