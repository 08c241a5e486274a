import { join, resolve } from 'node:path';
import { columns } from '../../shared/columns.ts';
import { codeOf } from '../../shared/error-code.ts';
import { keyTag } from '../../shared/crypto/sign.ts';
import { exitCodes, type ExitCode } from '../../shared/exit-codes.ts';
import { idBytes, parseIdentityKey } from '../../shared/ids.ts';
import { sanitizeLine } from '../../shared/text.ts';
import { UnusableFileError } from '../../files/unusable-file.ts';
import { backUp, restore } from '../backup.ts';
import { CannotCreateError } from '../store-error.ts';
import { banTarget, beginsRoomId, notBannable } from './ban-target.ts';
import { jsonLine, type JsonEvent } from './json-line.ts';
import { isNobody, OperatorClient } from './operator-client.ts';
import {
  MAX_REASON,
  type BanRow,
  type OperatorAnswer,
  type OperatorRequest,
  type RoomRow,
} from './operator-requests.ts';
import { OPERATOR_SOCKET } from './socket-name.ts';
import { showStatus } from './status-screen.ts';
import { defined } from '../../shared/defined.ts';

/** Characters of a mistyped argument that are repeated. */
const MAX_SHOWN = 80;

export interface OperatorMainOptions {
  readonly command: string;
  readonly argument: string | undefined;
  readonly dataDir: string;
  readonly forMs: number | undefined;
  readonly reason: string | undefined;
  readonly json: boolean;
  /** Of `status`. */
  readonly once: boolean;
}

export interface OperatorIo {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: { write(text: string): unknown };
}

/** A command that cannot be carried out: the sentence, and what the program exits with. */
class OperatorError extends Error {
  readonly exitCode: ExitCode;
  constructor(message: string, exitCode: ExitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** `chat-tui relay COMMAND`: steers the relay that runs on a data folder; resolves with the exit code. */
export async function operatorMain(options: OperatorMainOptions, io: OperatorIo): Promise<ExitCode> {
  try {
    if (options.command === 'restore') return await restored(options, io);
    const request = requestOf(options);
    const client = await opened(options.dataDir);
    try {
      if (request.command === 'backup') return await backedUp(client, options, io);
      if (request.command === 'status') {
        await showStatus(async () => wanted(await client.ask(request)), options, io);
        return exitCodes.done;
      }
      print(wanted(await client.ask(request)), options, io);
      return exitCodes.done;
    } finally {
      client.close();
    }
  } catch (error) {
    const [text, code] = explained(error);
    io.stderr.write(`chat-tui: ${text}\n`);
    return code;
  }
}

function explained(error: unknown): readonly [string, ExitCode] {
  if (error instanceof OperatorError) return [`${error.message.replace(/\.$/, '')}.`, error.exitCode];
  if (error instanceof CannotCreateError) return [error.text, exitCodes.cannotCreate];
  if (error instanceof UnusableFileError) return [error.text, exitCodes.config];
  throw error;
}

function requestOf({ command, argument, forMs, reason }: OperatorMainOptions): OperatorRequest {
  if (reason !== undefined && reason.length > MAX_REASON)
    throw new OperatorError(
      `--reason takes at most ${MAX_REASON} characters, and this has ${reason.length}`,
      exitCodes.usage,
    );
  const limits = defined({ forMs, reason });
  switch (command) {
    case 'status':
    case 'rooms':
    case 'bans':
    case 'drain':
    case 'reload':
      if (argument !== undefined) throw misused(`chat-tui relay ${command}`);
      return { command };
    case 'backup':
      return { command };
    case 'close':
      return { command, target: room(argument, 'relay close ROOM'), ...limits };
    case 'ban':
      return { command, target: bannable(argument, 'relay ban KEY-OR-NETWORK'), ...limits };
    case 'unban':
      return { command, target: liftable(argument, 'relay unban KEY-NETWORK-OR-ROOM') };
    default:
      throw new OperatorError(
        `"${sanitizeLine(command)}" is no command for a relay; see chat-tui relay --help`,
        exitCodes.usage,
      );
  }
}

function needed(argument: string | undefined, usage: string): string {
  if (argument === undefined || argument === '') throw misused(`chat-tui ${usage}`);
  return argument;
}

function room(argument: string | undefined, usage: string): string {
  const text = needed(argument, usage);
  if (/^[a-z2-7]{1,26}$/i.test(text)) return text;
  throw new OperatorError(
    `"${sanitizeLine(text).slice(0, MAX_SHOWN)}" is no room id or the beginning of one; "chat-tui relay rooms" lists them`,
    exitCodes.usage,
  );
}

function liftable(argument: string | undefined, usage: string): string {
  return argument !== undefined && beginsRoomId(argument) ? argument : bannable(argument, usage);
}

function bannable(argument: string | undefined, usage: string): string {
  const text = needed(argument, usage);
  if (banTarget(text)) return text;
  throw new OperatorError(notBannable(`"${sanitizeLine(text).slice(0, MAX_SHOWN)}"`), exitCodes.usage);
}

function misused(usage: string): OperatorError {
  return new OperatorError(`usage: ${usage}`, exitCodes.usage);
}

async function opened(dataDir: string): Promise<OperatorClient> {
  if (process.platform === 'win32')
    throw new OperatorError(
      'commands to a running relay need a Unix socket, which Windows lacks',
      exitCodes.unreachable,
    );
  try {
    return await OperatorClient.open(join(dataDir, OPERATOR_SOCKET));
  } catch (error) {
    if (isNobody(error))
      throw new OperatorError(
        `no relay runs on ${dataDir}: start it, or name its folder with --data`,
        exitCodes.unreachable,
      );
    throw new OperatorError(
      `the relay on ${dataDir} cannot be reached (${codeOf(error)}): run this as the user it runs as`,
      exitCodes.refused,
    );
  }
}

function wanted(answer: OperatorAnswer | undefined): Extract<OperatorAnswer, { ok: true }> {
  if (!answer) throw new OperatorError('the relay has gone away', exitCodes.unreachable);
  if (!answer.ok) throw new OperatorError(answer.text, exitCodes.refused);
  return answer;
}

async function backedUp(
  client: OperatorClient,
  { argument, dataDir, json }: OperatorMainOptions,
  io: OperatorIo,
) {
  const file = resolve(needed(argument, 'relay backup FILE'));
  const answer = wanted(await client.ask({ command: 'backup' }));
  if (!('copy' in answer)) throw new OperatorError('the relay is of another version', exitCodes.unreachable);
  const bytes = await backUp({
    database: answer.copy,
    dataDir,
    file,
    // Only a copy during which nothing changed is one.
    stillThere: async () => (await client.ask({ command: 'backup-done' }))?.ok === true,
  });
  say(
    io,
    json,
    { event: 'backup', file, bytes },
    `${file} holds the relay now (${bytes} bytes); keep it like its key`,
  );
  return exitCodes.done;
}

async function restored({ argument, dataDir, json }: OperatorMainOptions, io: OperatorIo): Promise<ExitCode> {
  const file = resolve(needed(argument, 'relay restore FILE'));
  const { aside } = await restore({ file, dataDir });
  const kept = aside === undefined ? '' : `; what was there is in ${aside}`;
  say(
    io,
    json,
    { event: 'restored', file, ...defined({ aside }) },
    `${dataDir} is as it was in ${file}${kept}`,
  );
  return exitCodes.done;
}

function say(io: OperatorIo, json: boolean, event: JsonEvent, text: string): void {
  io.stdout.write(json ? jsonLine(event) : `${sanitizeLine(text)}\n`);
}

function print(
  answer: Extract<OperatorAnswer, { ok: true }>,
  { command, json }: OperatorMainOptions,
  io: OperatorIo,
): void {
  if ('rooms' in answer) {
    if (json) for (const room of answer.rooms) io.stdout.write(jsonLine({ event: 'room', ...room }));
    else io.stdout.write(roomTable(answer.rooms));
  } else if ('bans' in answer) {
    if (json) for (const ban of answer.bans) io.stdout.write(jsonLine(banEvent(ban)));
    else io.stdout.write(banTable(answer.bans));
  } else if ('text' in answer) {
    say(io, json, { event: command, text: answer.text }, answer.text);
  }
}

/** Its times are texts like `at`. */
function banEvent({ kind, what, at, until, reason }: BanRow): JsonEvent {
  const since = new Date(at).toISOString();
  const ends = until === undefined ? {} : { until: new Date(until).toISOString() };
  return { event: 'ban', kind, what, since, ...ends, reason };
}

function roomTable(rooms: readonly RoomRow[]): string {
  if (rooms.length === 0) return 'No room is open.\n';
  return table([
    ['ROOM', 'MEMBERS', 'HOST', 'LINE', 'NETWORK', 'TITLE'],
    ...rooms
      .toSorted((a, b) => b.members - a.members)
      .map(({ room, members, host, connection, network, title }) => [
        room,
        String(members),
        tagOf(host),
        `#${connection}`,
        network,
        title === undefined ? '(private)' : sanitizeLine(title),
      ]),
  ]);
}

/** The whole key is in the JSON; `#LINE` bans it too. */
function tagOf(host: string): string {
  const key = parseIdentityKey(host);
  return key ? keyTag(idBytes(key)) : '';
}

function banTable(bans: readonly BanRow[]): string {
  if (bans.length === 0) return 'Nobody is banned.\n';
  return table([
    ['KIND', 'WHAT', 'SINCE', 'UNTIL', 'REASON'],
    ...bans.map(({ kind, what, at, until, reason }) => [
      kind,
      what,
      minute(at),
      until === undefined ? 'lifted' : minute(until),
      sanitizeLine(reason),
    ]),
  ]);
}

function minute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')}Z`;
}

function table(rows: readonly (readonly string[])[]): string {
  return `${columns(rows)}\n`;
}
