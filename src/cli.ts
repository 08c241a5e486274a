import { setImmediate as turn } from 'node:timers/promises';
import { keepCompiled } from './cli/compile-cache.ts';
import { openDiagnostics } from './cli/diagnostics.ts';
import { endProcess } from './cli/end-process.ts';
import { leanMemory } from './cli/lean-memory.ts';
import { parseCommandLine, UsageError, type CommandLine } from './cli/parse.ts';
import { jsonWriter, ProgramError, type ProgramIo } from './cli/program.ts';
import { resolveFolders } from './files/folders.ts';
import { UnusableFileError } from './files/unusable-file.ts';
import { codeOf } from './shared/error-code.ts';
import { exitCodes } from './shared/exit-codes.ts';
import { sanitize } from './shared/text.ts';
import { usageText } from './cli/usage.ts';

declare const CHAT_TUI_VERSION: string;

/** One main a command, loaded when it is asked for: a relay never loads the screen. */
const mains: Readonly<Record<CommandLine['command'], (line: CommandLine, io: ProgramIo) => Promise<number>>> =
  {
    chat: async (line, io) => {
      leanMemory(process.versions.node);
      keepCompiled(stateFolder(line.options), CHAT_TUI_VERSION);
      return (await import('./cli/chat-main.ts')).chatMain(line, io, loadScreen);
    },
    host: async (line, io) => (await import('./cli/host-main.ts')).hostMain(line, io),
    relay: async (line, io) => {
      const { relayOptions, operatorOptions } = await import('./cli/relay-options.ts');
      if (line.words.length > 0)
        return (await import('./relay/operator/operator-main.ts')).operatorMain(operatorOptions(line), {
          ...io,
          stderr: sentences,
        });
      if (line.options.switch('check-config') === true)
        return (await import('./cli/check-config-main.ts')).checkConfigMain(line, io);
      const log = {
        write(text: string) {
          io.stdout.write(text);
          io.diagnostics.copy(text);
        },
      };
      const read = () => relayOptions(line, CHAT_TUI_VERSION);
      const options = read();
      keepCompiled(options.dataDir, CHAT_TUI_VERSION);
      return (await import('./relay/main.ts')).relayMain(options, { stdout: log, stderr: sentences }, read);
    },
    pipe: async (line, io) => (await import('./cli/pipe-main.ts')).pipeMain(line, io),
    rooms: async (line, io) => (await import('./cli/rooms-main.ts')).roomsMain(line, io),
    doctor: async (line, io) => (await import('./cli/doctor-main.ts')).doctorMain(line, io),
    save: async (line, io) => (await import('./cli/save-main.ts')).saveMain(line, io),
    account: async (line, io) => (await import('./cli/account-main.ts')).accountMain(line, io),
  };

const loadScreen = async () => (await import('./tui/main.tsx')).tuiMain;

const argv = process.argv.slice(2);
/** For sentences, which repeat names, paths and arguments: a terminal may be reading. */
const sentences = { write: (text: string) => process.stderr.write(sanitize(text)) };
/** What first kept standard output from being written. */
let unwritten: string | undefined;
/** Standard output is for programs. */
let json = false;
// Whoever reads a log may go at any time; that is no reason to end what is logged.
process.stdout.on('error', (error) => (unwritten ??= codeOf(error)));
const code = await run();
// What was written has to be out before the process ends; what is still open has nothing left to say.
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
await endProcess(code);

async function run(): Promise<number> {
  try {
    const line = parseCommandLine(argv, process.env);
    if (line.options.switch('version')) {
      process.stdout.write(`${CHAT_TUI_VERSION}\n`);
      return await written();
    }
    if (line.options.switch('help')) {
      process.stdout.write(usageText(line.command));
      return await written();
    }
    json = line.command === 'host' || line.options.switch('json') === true;
    const { stdout, stderr, env } = process;
    // A screen has the terminal to itself.
    const diagnostics = openDiagnostics(line.options, line.command === 'chat' ? undefined : stderr);
    const io = {
      // Opened when it is read, which a relay never does: that loads streams of files.
      get stdin() {
        return process.stdin;
      },
      stdout,
      stderr,
      env,
      version: CHAT_TUI_VERSION,
      diagnostics,
    };
    // The screen gives the terminal back before anything is said.
    if (line.command !== 'chat') process.on('uncaughtException', (error) => process.exit(failed(error)));
    // What runs on ends in its own way.
    if (!runsOn(line)) process.on('SIGINT', () => void endProcess(exitCodes.interrupted));
    const exit = await mains[line.command](line, io);
    return exit === exitCodes.done && !isLogged(line) ? await written() : exit;
  } catch (error) {
    return failed(error);
  }
}

/** What it prints is a log, without which it goes on. */
function isLogged({ command, words: [action] }: CommandLine): boolean {
  return command === 'host' || (command === 'relay' && action === undefined);
}

function runsOn(line: CommandLine): boolean {
  const { command, words } = line;
  if (command === 'relay' && words[0] === 'status') return true;
  return isLogged(line) || command === 'chat' || command === 'pipe';
}

/** A reader that goes away has what it wanted; what was printed for a file has to be there. Throws `ProgramError`. */
async function written(): Promise<number> {
  await flushed(process.stdout);
  // Of the last write it is told a turn later.
  await turn();
  if (unwritten === undefined || unwritten === 'EPIPE') return exitCodes.done;
  throw new ProgramError(
    `cannot write to standard output (${unwritten}); make room there, or send it elsewhere`,
    exitCodes.cannotCreate,
  );
}

function stateFolder(options: CommandLine['options']): string {
  return resolveFolders({ home: options.text('home'), profile: options.text('profile'), env: {} }).state;
}

/** Every failure is one sentence; the stack is for who asks for it. */
function failed(error: unknown): number {
  const verbose = argv.includes('--verbose');
  const [text, exitCode] = explained(error);
  if (json && error instanceof ProgramError && error.code !== undefined)
    jsonWriter(process.stdout)({ event: 'error', code: error.code, text });
  sentences.write(`chat-tui: ${text}\n`);
  if (verbose && error instanceof Error) sentences.write(`${error.stack ?? ''}\n`);
  return exitCode;
}

function explained(error: unknown): readonly [string, number] {
  if (error instanceof UsageError) return [error.message, exitCodes.usage];
  if (error instanceof ProgramError) return [error.message, error.exitCode];
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UnusableFileError) return [message, exitCodes.config];
  return [
    `unexpected failure (${message}); run it with --verbose and report what it prints`,
    exitCodes.software,
  ];
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.once('error', () => resolve());
    if (stream.writableLength === 0 || stream.destroyed) resolve();
    else stream.write('', () => resolve());
  });
}
