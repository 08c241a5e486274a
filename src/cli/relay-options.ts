import { join, resolve } from 'node:path';
import { parseDuration } from '../shared/durations.ts';
import { UnusableFileError } from '../files/unusable-file.ts';
import { limitNames, limitProblem } from '../relay/limit-ranges.ts';
import type { RelayLimits } from '../relay/limits.ts';
import { nearest } from '../shared/nearest.ts';
import { DEFAULT_RELAY_PORT } from '../shared/ports.ts';
import { printable, UsageError, type CommandLine, type OptionValues } from './parse.ts';
import { profileFolders } from './profile-folders.ts';
import { readConfigFile, type FileSetting } from './relay-config-file.ts';

const MAX_PROXIES = 8;
const DEFAULT_LISTEN = `0.0.0.0:${DEFAULT_RELAY_PORT}`;

/** Settings of one value, as `--check-config` lists them. */
const plainSettings = [
  'listen',
  'data',
  'public-url',
  'name',
  'metrics',
  'trust-proxy',
  'tls-cert',
  'tls-key',
  'terms',
  'private-relay',
] as const;
type PlainSetting = (typeof plainSettings)[number];

/** One value and where it comes from; `wrong` makes the error that says so. */
interface Setting {
  readonly text: string;
  readonly origin: string;
  readonly wrong: (problem: string) => Error;
}

/** The relay's plain values: flag before environment before file before default. Throws `UsageError` and `UnusableFileError`. */
export function relayOptions({ options }: CommandLine, version?: string) {
  const settings = new RelaySettingSources(options);
  const listen = settings.get('listen');
  const metrics = settings.get('metrics');
  const [tlsCert, tlsKey] = [settings.get('tls-cert'), settings.get('tls-key')];
  const lone = tlsCert && !tlsKey ? tlsCert : tlsKey && !tlsCert ? tlsKey : undefined;
  if (lone) throw lone.wrong('is alone: --tls-cert and --tls-key belong together; give both or neither');
  return {
    ...(listen ? listenAddress(listen) : { host: '0.0.0.0', port: DEFAULT_RELAY_PORT }),
    dataDir: settings.get('data')?.text ?? join(profileFolders(options).data, 'relay'),
    publicUrl: publicUrl(settings.get('public-url')),
    name: settings.get('name')?.text,
    tlsCert: tlsCert?.text,
    tlsKey: tlsKey?.text,
    terms: settings.get('terms')?.text,
    privateRelay: settings.get('private-relay')?.text,
    trustProxy: proxies(settings.get('trust-proxy')),
    metrics: metrics && listenAddress(metrics, '127.0.0.1'),
    limits: limitsOf(settings),
    verbose: options.switch('verbose'),
    version,
  };
}

/** What a command to a relay that runs is told. Throws `UsageError` and `UnusableFileError`. */
export function operatorOptions(line: CommandLine) {
  const { options, words } = line;
  const [command = '', argument] = words;
  const duration = options.text('for');
  const forMs = duration === undefined ? undefined : parseDuration(duration);
  if (duration !== undefined && forMs === undefined)
    throw new UsageError(`--for wants a time like 30m, 2h or 7d, not "${printable(duration)}"`);
  return {
    command,
    argument,
    dataDir: resolve(relayOptions(line).dataDir),
    forMs,
    reason: options.text('reason'),
    json: options.switch('json') === true,
    once: options.switch('once') === true,
  };
}

/** Every setting that is given, and from where; for a person. */
export function settingRows({ options }: CommandLine): readonly (readonly [string, string, string])[] {
  return new RelaySettingSources(options).rows();
}

class RelaySettingSources {
  readonly #options: OptionValues;
  readonly #file: ReadonlyMap<string, FileSetting>;

  constructor(options: OptionValues) {
    const file = options.text('config');
    this.#options = options;
    this.#file = file === undefined ? new Map() : readConfigFile(file);
  }

  get(name: PlainSetting): Setting | undefined {
    const text = this.#options.text(name);
    if (text === undefined) return inFile(this.#file.get(name));
    return given(text, this.#options.origin(name));
  }

  /** Limit by limit: what a flag or the environment names wins, the others of the file stay. */
  limits(): ReadonlyMap<string, Setting> {
    const all = new Map<string, Setting>();
    for (const [name, setting] of this.#file) {
      const found = name.startsWith('limits.') ? inFile(setting) : undefined;
      if (found) all.set(name.slice('limits.'.length), found);
    }
    const origin = this.#options.origin('limits');
    for (const part of (this.#options.text('limits') ?? '').split(',')) {
      if (part.trim() === '') continue;
      const [name = '', text = '', ...rest] = part.split('=').map((word) => word.trim());
      if (name === '' || text === '' || rest.length > 0)
        throw new UsageError(`${origin} wants NAME=N,NAME=N, not "${printable(part)}"`);
      all.set(name, given(text, `${origin}: ${printable(name)}`));
    }
    return all;
  }

  rows(): readonly (readonly [string, string, string])[] {
    const found = plainSettings.flatMap((name) => {
      const setting = this.get(name);
      return setting ? [[name, setting] as const] : [];
    });
    return [...found, ...this.limits()].map(([name, { text, origin }]) => [name, text, origin]);
  }
}

function given(text: string, origin: string): Setting {
  return { text, origin, wrong: (problem) => new UsageError(`${origin} ${problem}`) };
}

function inFile(setting: FileSetting | undefined): Setting | undefined {
  if (!setting) return undefined;
  return { ...setting, wrong: (problem) => new UnusableFileError(`${setting.origin} ${problem}.`) };
}

function limitsOf(settings: RelaySettingSources): Partial<RelayLimits> {
  const limits: Partial<Record<keyof RelayLimits, number>> = {};
  for (const [name, { text, wrong }] of settings.limits()) {
    const limit = limitNames.get(name);
    if (!limit) {
      const near = nearest(name, [...limitNames.keys()]);
      throw wrong(
        `is not a limit${near === undefined ? '; docs/operations.md lists them' : `, but "${near}" is`}`,
      );
    }
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    const problem = limitProblem(limit, value);
    if (problem !== undefined) throw wrong(`${problem}, not "${printable(text)}"`);
    limits[limit] = value;
  }
  return limits;
}

function proxies(setting: Setting | undefined): number | undefined {
  if (!setting) return undefined;
  const { text, wrong } = setting;
  if (/^\d$/.test(text) && Number(text) <= MAX_PROXIES) return Number(text);
  throw wrong(`wants a whole number from 0 to ${MAX_PROXIES}, not "${printable(text)}"`);
}

/** As it was written: for people, who may pass it on. */
function publicUrl(setting: Setting | undefined): string | undefined {
  if (!setting || /^wss?:$/.test(URL.parse(setting.text)?.protocol ?? '')) return setting?.text;
  throw setting.wrong(
    `wants what callers type, like wss://chat.example.org, not "${printable(setting.text)}"`,
  );
}

/** `ADDR:PORT`, an IPv6 address in brackets; with `alone` a port by itself, on that address. */
function listenAddress({ text, wrong }: Setting, alone?: string): { host: string; port: number } {
  const groups = /^(?:\[(?<six>[0-9a-f:.]+)\]|(?<host>[^:[\]\s]+)):(?<port>\d{1,5})$/i.exec(text)?.groups;
  const only = alone !== undefined && /^\d{1,5}$/.test(text) ? alone : undefined;
  const host = groups?.['six'] ?? groups?.['host'] ?? only;
  const port = Number(groups?.['port'] ?? text);
  if (host === undefined || port > 65_535)
    throw wrong(`wants ADDR:PORT like ${DEFAULT_LISTEN} or [::]:1878, not "${printable(text)}"`);
  return { host, port };
}
