import type { Account } from '../client/account/account.ts';
import type { AccountName } from '../client/account/registered-names.ts';
import type { Refusal, Result } from '../client/api.ts';
import { fullName } from '../client/words/full-name.ts';
import { exitCode } from '../client/words/refusal-words.ts';
import {
  accountWords,
  nickFor,
  noUsers,
  registeredWords,
  removedWords,
  userTable,
} from '../commands/account.ts';
import { exitCodes, type ExitCode } from '../shared/exit-codes.ts';
import { askSecret, askYes } from './ask-secret.ts';
import { nickOrSuggested, type Environment } from './environment.ts';
import { firstLine } from './first-line.ts';
import { commands } from './options.ts';
import { printable, UsageError, type CommandLine } from './parse.ts';
import { jsonWriter, ProgramError, type ProgramIo } from './program.ts';
import { readSecret } from './secrets.ts';
import { withSession } from './session.ts';
import { shellSentence } from './shell-words.ts';
import { defined } from '../shared/defined.ts';

const BAR_CELLS = 24;

/** What a subcommand works with. */
interface Desk {
  readonly account: Account;
  readonly environment: Environment;
  readonly line: CommandLine;
  readonly io: ProgramIo;
  /** Fields of a JSON object, or the same as text. */
  say(event: string, fields: Readonly<Record<string, unknown>>, text: string): void;
}

interface Subcommand {
  /** How its argument is called, with a `?` where it may be left out; none without. */
  readonly argument?: 'NAME' | 'TEXT?';
  readonly run: (desk: Desk, argument: string) => Promise<void>;
}

const subcommands: Readonly<Record<string, Subcommand>> = {
  register: { argument: 'NAME', run: register },
  login: { argument: 'NAME', run: login },
  passwd: { run: passwd },
  delete: { run: remove },
  list: { argument: 'TEXT?', run: list },
  whoami: { run: whoami },
};

/** `chat-tui account`: names and passwords for scripts and people without the screen. */
export async function accountMain(line: CommandLine, io: ProgramIo): Promise<ExitCode> {
  const [verb = '', argument = '', ...rest] = line.words;
  const subcommand = Object.hasOwn(subcommands, verb) ? subcommands[verb] : undefined;
  const wants = subcommand?.argument;
  if (!subcommand || rest.length > 0 || (wants === 'NAME') !== (argument !== '' && wants !== 'TEXT?'))
    throw new UsageError(`usage: chat-tui account ${commands.account.summary}`);
  const json = line.options.switch('json') === true;
  const write = jsonWriter(io.stdout);
  return withSession(line, io, async ({ client, environment }) => {
    const desk: Desk = {
      account: client.account,
      environment,
      line,
      io,
      say: (event, fields, text) => void (json ? write({ event, ...fields }) : io.stdout.write(`${text}\n`)),
    };
    await subcommand.run(desk, argument);
    return exitCodes.done;
  });
}

/** In words: `name` is what was asked about, `relay` who was asked. */
function refused({ code, ...told }: Refusal, name?: string, relay?: string): ProgramError {
  const asked = code === 'unreachable' || code === 'timeout' ? relay : name;
  const detail = { ...told, ...defined({ name: asked && printable(asked) }) };
  return new ProgramError(shellSentence(code, detail), exitCode(code), code);
}

/** Nobody said yes. */
function unanswered(more = ''): ProgramError {
  return new ProgramError(`nothing was changed${more}`, exitCodes.refused, 'no-answer');
}

async function register(desk: Desk, name: string): Promise<void> {
  const { account, io } = desk;
  wanted(desk, await account.check(name), name);
  const password = await newPassword(desk, `Password of ${name} for other devices; empty: this device only`);
  const registered = wanted(desk, await account.register(name, password, bar(io)), name);
  desk.say('account', fieldsOf(registered), registeredWords(registered, 'chat-tui account '));
}

async function login(desk: Desk, name: string): Promise<void> {
  const { account, environment, io, line } = desk;
  if (account.hasHistory && line.options.switch('yes') !== true) {
    const question = `This profile has a history, which is kept aside. Be ${name} here?`;
    const sure = io.stdin.isTTY && (await askYes(question, io));
    if (!sure) throw unanswered(': this profile has a history; --yes keeps it aside and logs in');
  }
  let logged = await account.login(name, undefined);
  if (!logged.ok && logged.code === 'password-needed')
    logged = await account.login(name, await oldPassword(desk, `Password of ${name}`), bar(io));
  const who = wanted(desk, logged, name);
  const { settings } = environment;
  settings.update(nickFor(name, nickOrSuggested(environment), settings));
  desk.say('account', fieldsOf(who), `You are ${fullName(who)} on this device now.`);
}

async function passwd(desk: Desk): Promise<void> {
  const { account, io } = desk;
  const { nick: name } = wanted(desk, await account.mine());
  const password = await newPassword(desk, `New password of ${name}; empty: none`);
  const set = wanted(desk, await account.setPassword(password, bar(io)), name);
  desk.say('account', fieldsOf(set), accountWords(set));
}

async function remove(desk: Desk): Promise<void> {
  const { account, io, line } = desk;
  const { nick: name } = wanted(desk, await account.mine());
  const sure =
    line.options.switch('yes') === true ||
    (io.stdin.isTTY && (await askYes(`Give up ${name}? Nobody else gets it for 90 days.`, io)));
  if (!sure) throw unanswered(': --yes gives the name up');
  wanted(desk, await account.remove({ stay: false }), name);
  desk.say('deleted', { name }, removedWords(name));
}

async function list(desk: Desk, text: string): Promise<void> {
  const { users, more } = wanted(desk, await desk.account.search(text), text);
  if (desk.line.options.switch('json') === true)
    for (const { nick: name, key, tag, online } of users) desk.say('user', { name, key, tag, online }, '');
  else if (users.length === 0) desk.io.stdout.write(`${noUsers(text, 'chat-tui account ')}\n`);
  else desk.io.stdout.write(`${userTable(users)}\n`);
  if (more) desk.io.stderr.write('chat-tui: there are more; a text finds those with it.\n');
}

async function whoami(desk: Desk): Promise<void> {
  const mine = wanted(desk, await desk.account.mine());
  desk.say('account', fieldsOf(mine), accountWords(mine));
}

function fieldsOf({ nick: name, key, tag, relay, password }: AccountName): Readonly<Record<string, unknown>> {
  return { name, key, tag, relay, password };
}

function wanted<Value>({ environment }: Desk, result: Result<Value>, name?: string): Value {
  if (result.ok) return result.value;
  throw refused(result, name, environment.relays[0]);
}

/** From the file, else typed twice, else a line of standard input; undefined for none. */
async function newPassword(desk: Desk, question: string): Promise<string | undefined> {
  const given = await givenPassword(desk);
  if (given !== undefined) return given === '' ? undefined : given;
  const first = await typed(question, desk);
  if (first === '') return undefined;
  if ((await typed('The same password once more', desk)) !== first)
    throw refused({ ok: false, code: 'passwords-differ' });
  return first;
}

async function oldPassword(desk: Desk, question: string): Promise<string> {
  return (await givenPassword(desk)) ?? (await typed(question, desk));
}

async function typed(question: string, { io }: Desk): Promise<string> {
  const answer = await askSecret(question, io);
  if (answer === undefined) throw unanswered();
  return answer;
}

/** Never from the arguments: other users of a machine can read them. */
async function givenPassword({ line, io }: Desk): Promise<string | undefined> {
  const file = line.options.text('password-file') ?? '-';
  if (file === '-') return io.stdin.isTTY ? undefined : ((await firstLine(io)) ?? '');
  const [first = ''] = readSecret(file, 'password').split(/\r?\n/);
  return first;
}

function bar({ stderr }: ProgramIo): ((done: number) => void) | undefined {
  if (!stderr.isTTY) return undefined;
  return (part) => {
    const filled = Math.floor(part * BAR_CELLS);
    const cells = '█'.repeat(filled) + '░'.repeat(BAR_CELLS - filled);
    stderr.write(part < 1 ? `\r${cells} working on the password` : '\r\u001b[K');
  };
}
