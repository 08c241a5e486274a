import { homedir } from 'node:os';
import type { ChatClient } from '../client/api.ts';
import { exitCode } from '../client/words/refusal-words.ts';
import { shownTarget } from '../commands/rooms.ts';
import { systemClock } from '../link/clock.ts';
import { exitCodes, type ExitCode } from '../shared/exit-codes.ts';
import { sanitize } from '../shared/text.ts';
import { inputLines, parseJsonLine } from '../pipe/input-lines.ts';
import type { JsonEvent } from '../pipe/json-events.ts';
import { jsonPrinter } from '../pipe/json-printer.ts';
import { JoinRefused, runPipe, type PipePrinter } from '../pipe/pipe.ts';
import { textPrinter } from '../pipe/text-printer.ts';
import { BoundedOutput } from './bounded-output.ts';
import { nextLine } from './first-line.ts';
import { joinTarget } from './invite-target.ts';
import { guestNotice } from './guest-notice.ts';
import { commands } from './options.ts';
import { UsageError, type CommandLine } from './parse.ts';
import { patientJoin } from './patient-join.ts';
import { jsonWriter, ProgramError, untilAsked, type ProgramIo } from './program.ts';
import { savedRelays } from './saved-relays.ts';
import { withSession } from './session.ts';
import { shellSentence } from './shell-words.ts';
import { standardInput } from './standard-input.ts';

const MAX_HISTORY = 100_000;
const unread =
  'whoever reads this pipe is too far behind, so it has left the room; read faster, then start it again';

/** `chat-tui pipe`: standard input into a room, the room onto standard output. */
export async function pipeMain(line: CommandLine, io: ProgramIo): Promise<ExitCode> {
  const json = line.options.switch('json') === true;
  const history = line.options.number('history', 0, MAX_HISTORY) ?? 0;
  const lines = inputLines(standardInput(io));
  const asked = untilAsked();
  const target = await Promise.race([joinTarget(line, io, () => nextLine(lines)), asked]);
  if (typeof target === 'number') return target;
  if (target === undefined) throw new UsageError(`usage: ${commands.pipe.usage}`);
  return withSession(line, io, async ({ client, profile, environment }) => {
    const out = new BoundedOutput(io.stdout, history);
    const output = json ? jsonOutput(io, out, client) : textOutput(io, out, client);
    for (const text of environment.notices) output.notice(text);
    if (profile.guest) output.notice(guestNotice(client.self.nick));
    const typed = line.options.text('code-file') === '-';
    const code = typed ? await Promise.race([nextLine(lines), asked]) : environment.code;
    if (typeof code === 'number') return code;
    const over = Promise.race([asked, readerGone(io), out.full]);
    const join = () => client.join(target, code ? { code: code.trim() } : {});
    try {
      const exit = await runPipe({
        client,
        join: () => patientJoin(join, systemClock, over),
        input: typedLines(lines, json),
        printer: output.printer,
        history,
        follow: line.options.switch('follow') === true,
        version: io.version,
        savedRelays: savedRelays(environment.settings),
        settings: environment.settings,
        place: { cwd: process.cwd(), home: homedir() },
        asked: over,
      });
      if (out.isFull) complain(io, unread);
      else if (exit !== exitCodes.done && exit !== exitCodes.interrupted) output.failed();
      return exit;
    } catch (error) {
      if (!(error instanceof JoinRefused)) throw error;
      const { refusal } = error;
      const detail = {
        about: 'room',
        names: environment.relays,
        ...refusal,
        name: shownTarget(target),
      } as const;
      throw new ProgramError(shellSentence(refusal.code, detail), exitCode(refusal.code), refusal.code);
    }
  });
}

/** Where a pipe tells what happens. */
interface PipeOutput {
  readonly printer: PipePrinter;
  /** Something to know at the start. */
  notice(text: string): void;
  /** Says on standard error what the last failure was, where only programs were told. */
  failed(): void;
}

function jsonOutput(io: ProgramIo, out: BoundedOutput, client: ChatClient): PipeOutput {
  const write = jsonWriter(out);
  let failure: string | undefined;
  const printer = jsonPrinter((event) => {
    write(event);
    if (isFailure(event)) failure = event.text;
  }, client);
  return {
    printer,
    notice: (text) => write({ event: 'notice', code: 'start', text }),
    failed() {
      if (failure !== undefined) complain(io, failure);
    },
  };
}

function textOutput(io: ProgramIo, out: BoundedOutput, client: ChatClient): PipeOutput {
  const printer = textPrinter(
    (text) => out.write(`${text}\n`),
    (text) => complain(io, text),
    () => client.people.names(),
  );
  return { printer, notice: (text) => complain(io, text), failed: () => undefined };
}

function complain({ stderr }: ProgramIo, text: string): void {
  stderr.write(`chat-tui: ${sanitize(text)}\n`);
}

/** A reader that closes the pipe early (`| head`) has what it wanted; whoever started the program hears of a full disk. */
function readerGone({ stdout }: ProgramIo): Promise<ExitCode> {
  return new Promise((resolve) => stdout.on('error', () => resolve(exitCodes.done)));
}

function isFailure(event: JsonEvent): event is JsonEvent & { readonly text: string } {
  return ['failed', 'error', 'whisper-failed'].includes(event.event) && typeof event['text'] === 'string';
}

async function* typedLines(lines: AsyncIterable<string>, json: boolean) {
  for await (const line of lines) {
    if (line.trim() === '') continue;
    if (!json) yield { text: line };
    else yield parseJsonLine(line);
  }
}
