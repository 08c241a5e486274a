import type { Folders } from '../files/folders.ts';
import type { Profile } from '../client/profile/profile.ts';
import { openSettings, type Settings } from '../client/profile/settings.ts';
import type { RelayFinder } from '../client/api.ts';
import { suggestedNick } from '../client/profile/suggested-nick.ts';
import { sentence } from '../client/words/refusal-words.ts';
import { exitCodes } from '../shared/exit-codes.ts';
import { relayFinder } from '../lan/finder.ts';
import { runtimeFolder } from '../lan/runtime-folder.ts';
import { formatRelayUrl, parseRelayAddress } from '../link/relay-url.ts';
import { cleanNick, sanitize } from '../shared/text.ts';
import { firstLine } from './first-line.ts';
import { openLan, type Lan } from './lan.ts';
import { printable, type CommandLine, type OptionValues } from './parse.ts';
import { profileFolders } from './profile-folders.ts';
import { ProgramError, type ProgramIo } from './program.ts';
import { readSecret } from './secrets.ts';

/** What command line, environment and settings say together, before anything is connected. */
export interface Environment {
  readonly folders: Folders;
  readonly settings: Settings;
  /** From the command line, else the settings. */
  readonly nick: string | undefined;
  readonly suggestedNick: string;
  /** Normalised URLs, from the command line, else the settings. */
  readonly relays: readonly string[];
  /** They are from the command line: this run is for them alone. */
  readonly relaysOnly: boolean;
  readonly runtimeDir: string;
  /** Undefined with `--no-lan`: nothing is looked for or announced, on this machine either. */
  readonly lan: Lan | undefined;
  readonly finder: RelayFinder | undefined;
  /** From `--code-file`. */
  readonly code: string | undefined;
  /** Sentences a person should read once. */
  readonly notices: readonly string[];
}

/** They have no other way to tell what a person should know. */
const quiet: ReadonlySet<CommandLine['command']> = new Set(['account', 'rooms', 'save']);

/** Throws `ProgramError` and `UnusableFileError`, each with one sentence. */
export async function readEnvironment(line: CommandLine, io: ProgramIo): Promise<Environment> {
  const { options } = line;
  const folders = profileFolders(options);
  const { settings, keptAs } = await openSettings(folders);
  const notices = keptAs
    ? [`The settings file could not be read; it was kept as ${keptAs} and the defaults are used.`]
    : [];
  if (quiet.has(line.command)) for (const text of notices) io.stderr.write(`chat-tui: ${sanitize(text)}\n`);
  const runtimeDir = runtimeFolder(io.env);
  const lan = options.switch('lan') === false ? undefined : openLan(io.env['CHAT_TUI_LAN_INTERFACES']);
  const finder = lan && lazyFinder(runtimeDir, lan);
  // Somebody may have written the file by hand.
  const nick = wantedNick(options) ?? cleanNick(settings.values.nick ?? '');
  const relay = options.text('relay');
  return {
    folders,
    settings,
    nick,
    suggestedNick: suggestedNick() ?? 'me',
    relays: relay === undefined ? settings.values.relays : [relayUrl(relay)],
    relaysOnly: relay !== undefined,
    runtimeDir,
    lan,
    finder,
    code: await joinCode(options.text('code-file'), line, io),
    notices,
  };
}

function lazyFinder(runtimeDir: string, lan: Lan): RelayFinder {
  return { watch: (found) => relayFinder(runtimeDir, lan.service()).watch(found) };
}

/** Opens the profile as the person's one session, or as a guest of it. Throws `ProgramError`. */
export async function openPerson(
  environment: Environment,
  as: 'session' | 'host',
  nick: string,
): Promise<Profile> {
  const { openProfile } = await import('../client/profile/profile.ts');
  const opened = await openProfile({ folders: environment.folders, as, nick });
  if (opened.ok) return opened.value;
  throw new ProgramError(opened.text, exitCodes.config);
}

/** Who one is where nobody can be asked. */
export function nickOrSuggested(environment: Environment): string {
  return environment.nick ?? environment.suggestedNick;
}

function wantedNick(options: OptionValues): string | undefined {
  const text = options.text('nick');
  if (text === undefined) return undefined;
  const nick = cleanNick(text);
  if (nick !== undefined) return nick;
  const given = `${options.origin('nick')} "${printable(text)}" is no nick`;
  throw new ProgramError(`${given}. ${sentence('bad-nick')}`, exitCodes.usage);
}

function relayUrl(text: string): string {
  const address = parseRelayAddress(text);
  if (!address) throw new ProgramError(sentence('bad-address', { name: printable(text) }), exitCodes.usage);
  return formatRelayUrl(address);
}

/**
 * A pipe's standard input carries what is said as well: its main takes the first line for the code. A screen asks for it,
 * and shows it to nobody. Other commands than `host` have no use for it.
 */
async function joinCode(
  file: string | undefined,
  { command }: CommandLine,
  io: ProgramIo,
): Promise<string | undefined> {
  if (file === undefined) return undefined;
  if (file === '-') return command === 'host' ? ((await firstLine(io)) ?? '').trim() : undefined;
  return readSecret(file, 'join code').trim();
}
