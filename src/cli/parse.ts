import meow from 'meow';
import { nearest } from '../shared/nearest.ts';
import {
  commandSpec,
  commonOptions,
  commands,
  type CommandName,
  type CommandSpec,
  type OptionSpec,
} from './options.ts';
import type { Env } from '../shared/env.ts';

export interface CommandLine {
  readonly command: CommandName;
  readonly words: readonly string[];
  readonly options: OptionValues;
}

/** Values by option name, flag before environment. Absent: the command's default. */
export class OptionValues {
  readonly #values: ReadonlyMap<string, string | boolean>;
  readonly #variables: ReadonlyMap<string, string>;
  /** `variables` names the environment variable of each value that came from one. */
  constructor(
    values: ReadonlyMap<string, string | boolean>,
    variables: ReadonlyMap<string, string> = new Map(),
  ) {
    this.#values = values;
    this.#variables = variables;
  }
  /** What a person wrote to give the option: the flag, or the environment variable. */
  origin(name: string): string {
    return this.#variables.get(name) ?? `--${name}`;
  }
  text(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === 'string' ? value : undefined;
  }
  /** Undefined when neither `--name` nor `--no-name` was given. */
  switch(name: string): boolean | undefined {
    const value = this.#values.get(name);
    return typeof value === 'boolean' ? value : undefined;
  }
  /** Throws `UsageError` unless it is absent or a whole number in the range; `or` is a word that is taken as well. */
  number(name: string, min: number, max: number, or?: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new UsageError(
        `${this.origin(name)} wants a whole number from ${min} to ${max}${or === undefined ? '' : `, or ${or}`}, not "${printable(text)}"`,
      );
    return value;
  }
}

/** The command line cannot be used; the message is the sentence to print, exit code 64. */
export class UsageError extends Error {}

type Given = Map<string, string | boolean>;

/** Splits the arguments after the program's name. Throws `UsageError`. */
export function parseCommandLine(argv: readonly string[], env: Env): CommandLine {
  const everyOption = byName([
    ...commonOptions,
    ...Object.values(commands).flatMap((command): readonly OptionSpec[] => command.options),
  ]);
  refuseSwitchValues(argv, everyOption);
  const { input, flags } = parseFlags(withDashValues(argv, everyOption), everyOption);
  const [first, ...rest] = input;
  const named = isSubcommand(first);
  const command = named ? first : 'chat';
  const words = asOneInvite(named ? rest : input, command);
  const spec = commandSpec(command);
  const allowed = byName([...commonOptions, ...spec.options]);
  const given = givenValues(flags, command, allowed, everyOption);
  const asking = given.get('help') === true || given.get('version') === true;
  if (!asking) refuseIdleOptions([...given.keys()], command, words[0] ?? '', spec);
  const variables = takeFromEnvironment(env, allowed, given);
  const [fewest, most] = spec.words;
  const blank = words.some((word) => word.trim() === '');
  if (!asking && (blank || words.length < fewest || words.length > most))
    throw new UsageError(unusableWords(spec.usage, named ? undefined : first));
  return { command, words, options: new OptionValues(given, variables) };
}

function byName(options: readonly OptionSpec[]): ReadonlyMap<string, OptionSpec> {
  return new Map(options.map((option) => [option.name, option]));
}

/** The screen has no word of its own. */
function isSubcommand(word: string | undefined): word is Exclude<CommandName, 'chat'> {
  return word !== undefined && word !== 'chat' && Object.hasOwn(commands, word);
}

function givenValues(
  flags: Readonly<Record<string, unknown>>,
  command: CommandName,
  allowed: ReadonlyMap<string, OptionSpec>,
  everyOption: ReadonlyMap<string, OptionSpec>,
): Given {
  const given: Given = new Map();
  for (const [key, raw] of Object.entries(flags)) {
    const name = kebabCase(key);
    const option = allowed.get(name);
    if (!option)
      throw new UsageError(unknownOption(name, command, [...allowed.keys()], everyOption.has(name)));
    if (option.value && (typeof raw !== 'string' || raw === ''))
      throw new UsageError(`--${name} needs a value: --${name} ${option.value}`);
    if (typeof raw === 'string' || typeof raw === 'boolean') given.set(name, raw);
  }
  return given;
}

/** An option that says nothing to this action was meant for another. Of an action that is none, its command knows better what to say. */
function refuseIdleOptions(
  given: readonly string[],
  command: CommandName,
  action: string,
  { options, actions = [] }: CommandSpec,
): void {
  if (action !== '' && !actions.some(([usage]) => usage.split(' ')[0] === action)) return;
  for (const { name, actions: meant } of options) {
    if (!meant || meant.includes(action) || !given.includes(name)) continue;
    const listed = meant.join(', ').replace(/, (?=[^,]*$)/, ' and ');
    const whose = listed === '' ? `${command} without a command` : `${command} ${listed}`;
    throw new UsageError(
      `--${name} belongs to chat-tui ${whose}; leave it out, or see chat-tui ${command} --help`,
    );
  }
}

/** Adds what no flag says; returns which variable each of these values is from. */
function takeFromEnvironment(
  env: Env,
  allowed: ReadonlyMap<string, OptionSpec>,
  given: Given,
): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const { name, env: variable } of allowed.values()) {
    const value = variable && env[variable];
    if (!value || given.has(name)) continue;
    given.set(name, value);
    variables.set(name, variable);
  }
  return variables;
}

/** So many words are a spoken invite, which needs no quotes; whether all are there is looked at later. */
const SPOKEN_WORDS = 6;

function asOneInvite(words: readonly string[], command: CommandName): readonly string[] {
  const joins = command === 'chat' || command === 'pipe';
  const spoken = words.length >= SPOKEN_WORDS && words.every((word) => /^[a-z]+$/i.test(word));
  return joins && spoken ? [words.join(' ')] : words;
}

/** The parser takes any value of a switch but `true` for no. */
function refuseSwitchValues(argv: readonly string[], options: ReadonlyMap<string, OptionSpec>): void {
  for (const word of argv) {
    if (word === '--') return;
    const [, name = '', value] = /^--(?:no-)?([a-z-]+)=([^]*)$/.exec(word) ?? [];
    const option = options.get(name);
    if (option && !option.value && value !== 'true' && value !== 'false')
      throw new UsageError(`--${name} takes no value; leave out the "=" and what is behind it`);
  }
}

function parseFlags(argv: readonly string[], options: ReadonlyMap<string, OptionSpec>) {
  // The parser takes its time for each option that it is told of.
  const words = kebabCase(argv.join(' '));
  const named = [...options.values()].filter(({ name }) => words.includes(name));
  const flags = Object.fromEntries(
    named.map(({ name, value }) => [
      camelCase(name),
      { type: value ? ('string' as const) : ('boolean' as const) },
    ]),
  );
  try {
    return meow({
      argv,
      importMeta: import.meta,
      pkg: { name: 'chat-tui' },
      version: '',
      description: false,
      autoHelp: false,
      autoVersion: false,
      allowUnknownFlags: true,
      booleanDefault: undefined,
      flags,
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'unusable arguments');
  }
}

/** The parser takes `-` for a word and `-5h` for switches; there are none of one letter, and behind an option that wants a value it is that. */
function withDashValues(argv: readonly string[], options: ReadonlyMap<string, OptionSpec>): string[] {
  const joined: string[] = [];
  for (const word of argv) {
    const last = joined.at(-1);
    const wanted = last?.startsWith('--') && options.get(last.slice(2))?.value !== undefined;
    if (wanted && /^-(?!-)/.test(word) && !joined.includes('--')) joined.push(`${joined.pop()}=${word}`);
    else joined.push(word);
  }
  return joined;
}

/** `first` may be a mistyped command. */
function unusableWords(usage: string, first: string | undefined): string {
  const near = first === undefined ? undefined : nearest(first, Object.keys(commands).filter(isSubcommand));
  if (first === undefined || near === undefined) return `usage: ${usage}`;
  return `"${printable(first)}" is no command; did you mean chat-tui ${near}? See chat-tui --help`;
}

function unknownOption(
  name: string,
  command: CommandName,
  allowed: readonly string[],
  elsewhere: boolean,
): string {
  const help = `chat-tui ${command === 'chat' ? '' : `${command} `}--help`;
  const flag = `${name.length === 1 ? '-' : '--'}${printable(name)}`;
  if (elsewhere) return `${flag} is no option of this command; see ${help}`;
  const near = name.length < 2 ? undefined : nearest(name, allowed);
  return near === undefined
    ? `unknown option ${flag}; see ${help}`
    : `unknown option ${flag}; did you mean --${near}? See ${help}`;
}

/** Argument text that may go into a sentence on a terminal. */
export function printable(text: string): string {
  return text.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?').slice(0, 80);
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function kebabCase(name: string): string {
  return name.replace(/(?<=[a-z])[A-Z]/g, '-$&').toLowerCase();
}
