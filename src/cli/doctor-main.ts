import { statfsSync } from 'node:fs';
import type { ChatClient } from '../client/api.ts';
import { openClient } from '../client/client.ts';
import { identityFolders, keptIdentities } from '../client/profile/identities.ts';
import type { RelayInfo } from '../client/session-events.ts';
import { openArchive } from '../client/archive/open-archive.ts';
import { openProfile } from '../client/profile/profile.ts';
import { sentence } from '../client/words/refusal-words.ts';
import { checkLines, relayChecks, type Check } from '../commands/doctor.ts';
import { terminalChecks } from '../commands/terminal-checks.ts';
import { archivePath, type Folders } from '../files/folders.ts';
import { UnusableFileError } from '../files/unusable-file.ts';
import { openRuntimeFolder } from '../lan/runtime-folder.ts';
import { wsDialler } from '../link/ws-transport.ts';
import { counted } from '../shared/counted.ts';
import { keyTag } from '../shared/crypto/sign.ts';
import { idBytes, type RelayId } from '../shared/ids.ts';
import { exitCodes, type ExitCode } from '../shared/exit-codes.ts';
import { lanChecks } from './lan-checks.ts';
import { nickOrSuggested, readEnvironment, type Environment } from './environment.ts';
import type { CommandLine } from './parse.ts';
import { certificateTrouble, relayTrouble } from './relay-probe.ts';
import { jsonWriter, ProgramError, type ProgramIo } from './program.ts';
import { shellSentence } from './shell-words.ts';

const outOfReach: ReadonlySet<RelayInfo['reason']> = new Set(['unreachable', 'timeout']);
const LEAST_FREE_BYTES = 100 * 1024 * 1024;

/** `chat-tui doctor`: what is wrong with terminal, profile, network and relays, and what to do. */
export async function doctorMain(line: CommandLine, io: ProgramIo): Promise<ExitCode> {
  const environment = await readEnvironment(line, io);
  const local = [
    ...screenChecks(io),
    ...settingsChecks(environment),
    ...(await profileChecks(environment)),
    runtimeCheck(environment),
  ];
  const network = [...(await lanChecks(environment.lan)), ...(await networkChecks(environment))];
  const checks: readonly Check[] = [
    { name: 'program', state: 'good', text: `chat-tui ${io.version}, Node ${process.versions.node}` },
    ...local,
    ...network,
  ];
  await environment.lan?.close();
  if (line.options.switch('json')) {
    const write = jsonWriter(io.stdout);
    for (const check of checks) write({ event: 'check', ...check });
  } else {
    io.stdout.write(`${checkLines(checks)}\n`);
  }
  const bad = checks.filter(({ state }) => state === 'bad');
  if (bad.length === 0) return exitCodes.done;
  const isLocal = bad.some((check) => local.includes(check));
  throw new ProgramError(finding(bad), isLocal ? exitCodes.config : exitCodes.unreachable);
}

/** The worst in one sentence; the rest was told on standard output. */
function finding([first, ...others]: readonly Check[]): string {
  if (!first) return '';
  const more = others.length === 0 ? '' : ` (${others.map(({ name }) => name).join(', ')} as well)`;
  return `${first.name}${more}: ${first.remedy ?? first.text}`;
}

function screenChecks({ stdout, env }: Pick<ProgramIo, 'stdout' | 'env'>): Check[] {
  if (stdout.isTTY) return terminalChecks({ env, columns: stdout.columns, rows: stdout.rows });
  const text = 'none here; chat-tui needs one, chat-tui pipe does not';
  return [{ name: 'terminal', state: 'good', text }];
}

function settingsChecks({ notices, folders }: Environment): Check[] {
  if (notices.length === 0) return [{ name: 'settings', state: 'good', text: folders.config }];
  const remedy = 'Look into the file that was kept, or set anew what you need with /set.';
  return notices.map((text): Check => ({ name: 'settings', state: 'warning', text, remedy }));
}

async function profileChecks(environment: Environment): Promise<Check[]> {
  const { folders, nick } = environment;
  // As a host: whoever has the profile open keeps it.
  const opened = await openProfile({ folders, as: 'host', nick });
  if (!opened.ok) return [{ name: 'profile', state: 'bad', text: opened.text }];
  const who = `${nick ?? 'nobody has chosen a name yet'}, key tag ${opened.value.tag}, key ${opened.value.key}`;
  const { archiveFile } = opened.value;
  opened.value.close();
  return [
    { name: 'profile', state: 'good', text: who },
    ...identityChecks(folders),
    historyCheck(archiveFile),
    ...spaceChecks(folders.data),
  ];
}

/** Who else one can be on this device, where there is anybody else. */
function identityChecks(folders: Folders): Check[] {
  const kept = keptIdentities(folders);
  const shown = kept.flatMap((each) =>
    'key' in each ? [`${keyTag(idBytes(each.key))}${each.inUse ? ' in use' : ''}`] : [],
  );
  const text = `${shown.length} keys kept here: ${shown.join(', ')}`;
  return [
    ...(kept.length > 1 ? [{ name: 'identities', state: 'good', text } as const] : []),
    ...kept.flatMap((each): Check[] =>
      'flaw' in each ? [{ name: 'identity', state: 'warning', text: each.flaw }] : [],
    ),
  ];
}

function historyCheck(path: string): Check {
  try {
    const archive = openArchive(path);
    const rooms = archive.rooms.all().length;
    archive.close();
    return { name: 'history', state: 'good', text: `${counted(rooms, 'room')} in ${path}` };
  } catch (error) {
    if (!(error instanceof UnusableFileError)) throw error;
    return { name: 'history', state: 'bad', text: error.text };
  }
}

function spaceChecks(folder: string): Check[] {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= LEAST_FREE_BYTES) return [];
  const text = `${Math.floor((bavail * bsize) / 1024 / 1024)} MB free for ${folder}`;
  return [
    { name: 'disk', state: 'warning', text, remedy: 'Make room: lines are lost where they cannot be kept.' },
  ];
}

function runtimeCheck({ runtimeDir, lan }: Environment): Check {
  const name = 'nearby';
  if (!lan) return { name, state: 'good', text: 'not looked for (--no-lan)' };
  if (openRuntimeFolder(runtimeDir))
    return { name, state: 'good', text: `rooms of this machine by ${runtimeDir}` };
  const remedy = `${runtimeDir} must be a folder of yours; remove what is there, or set CHAT_TUI_RUNTIME to another place.`;
  return { name, state: 'bad', text: `${runtimeDir} cannot be used`, remedy };
}

async function networkChecks(environment: Environment): Promise<Check[]> {
  const nick = nickOrSuggested(environment);
  // As somebody else: a login under one's own key would end the session of whoever has the profile open.
  const opened = await openProfile({ folders: environment.folders, as: 'session', nick, ephemeral: true });
  if (!opened.ok) return [];
  const client: ChatClient = await openClient({ profile: opened.value, relays: [], dialler: wsDialler });
  try {
    await Promise.all(environment.relays.map((url) => client.connect(url)));
    const relays = client.relays();
    const checks = await relayChecks(client);
    const pins = relayPins(environment);
    return await Promise.all(checks.map((check, index) => explained(check, relays[index], pins)));
  } finally {
    await client.close();
    opened.value.close();
  }
}

/** The relays that this profile knows, by their URLs; none where the history cannot be used, which is told elsewhere. */
function relayPins({ folders, relays }: Environment): ReadonlyMap<string, RelayId | undefined> {
  try {
    const archive = openArchive(archivePath(identityFolders(folders)));
    const pins = relays.map((url) => [url, archive.people.relayPin(url)] as const);
    archive.close();
    return new Map(pins);
  } catch (error) {
    if (error instanceof UnusableFileError) return new Map();
    throw error;
  }
}

/** What stands in the way of a relay that is out of reach or not itself, or soon will; clients have no ear for that. */
async function explained(
  check: Check,
  relay: RelayInfo | undefined,
  pins: ReadonlyMap<string, RelayId | undefined>,
): Promise<Check> {
  const pin = relay && pins.get(relay.url);
  if (pin && relay.id && pin !== relay.id) {
    const { name } = check;
    const remedy = sentence('changed-key', { about: 'relay', name: relay.url });
    return { name, state: 'bad', text: `${relay.url}: another relay than before`, remedy };
  }
  if (check.state === 'good' && relay) {
    const trouble = await certificateTrouble(relay.url);
    return trouble === undefined ? check : { ...check, state: 'warning', remedy: trouble };
  }
  if (check.state !== 'bad' || !relay?.reason) return check;
  const { url, reason } = relay;
  const remedy = outOfReach.has(reason) ? await relayTrouble(url) : shellSentence(reason, { name: url });
  return remedy === undefined ? check : { ...check, remedy };
}
