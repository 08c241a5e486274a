import { homedir } from 'node:os';
import { exitCode } from '../client/words/refusal-words.ts';
import { nameOf } from '../commands/rooms.ts';
import { exitCodes, type ExitCode } from '../shared/exit-codes.ts';
import { sanitize } from '../shared/text.ts';
import { inputLines, parseJsonLine } from '../pipe/input-lines.ts';
import type { JsonEvent } from '../pipe/json-events.ts';
import { jsonPrinter } from '../pipe/json-printer.ts';
import { JoinRefused, runPipe } from '../pipe/pipe.ts';
import { textPrinter } from '../pipe/text-printer.ts';
import { nickOrSuggested, openPerson, openSession, readEnvironment } from './environment.ts';
import { joinTarget } from './invite-target.ts';
import { guestNotice } from './guest-notice.ts';
import { UsageError, type CommandLine } from './parse.ts';
import { jsonWriter, ProgramError, untilAsked, type ProgramIo } from './program.ts';
import { savedRelays } from './saved-relays.ts';
import { shellSentence } from './shell-words.ts';

const MAX_HISTORY = 100_000;

/** `chat-tui pipe`: standard input into a room, the room onto standard output. */
export async function pipeMain(line: CommandLine, io: ProgramIo): Promise<ExitCode> {
  const json = line.options.switch('json') === true;
  const history = line.options.number('history', 0, MAX_HISTORY) ?? 0;
  const lines = inputLines(io.stdin.setEncoding('utf8'));
  const target = await joinTarget(line, io, () => firstLine(lines));
  if (target === undefined) throw new UsageError('usage: chat-tui pipe ROOM|INVITE');
  const environment = await readEnvironment(line, io);
  const profile = await openPerson(environment, 'session', nickOrSuggested(environment));
  const client = await openSession(environment, profile, io);
  const write = jsonWriter(io.stdout);
  const err = (text: string): void => void io.stderr.write(`chat-tui: ${sanitize(text)}\n`);
  /** What the last failure was, for who reads no JSON. */
  let failure: string | undefined;
  const printer = json
    ? jsonPrinter((event) => {
        write(event);
        if (isFailure(event)) failure = event.text;
      }, client)
    : textPrinter(
        (text) => void io.stdout.write(`${text}\n`),
        err,
        () => client.people.names(),
      );
  const notices = profile.guest
    ? [...environment.notices, guestNotice(client.self.nick)]
    : environment.notices;
  for (const text of notices) {
    if (json) write({ event: 'notice', code: 'start', text });
    else err(text);
  }
  const code = line.options.text('code-file') === '-' ? await firstLine(lines) : environment.code;
  let gone: (exit: ExitCode) => void = () => undefined;
  const readerGone = new Promise<ExitCode>((resolve) => (gone = resolve));
  // A reader that closes the pipe early (`| head`) has what it wanted.
  io.stdout.on('error', () => gone(exitCodes.done));
  try {
    const exit = await runPipe({
      client,
      join: () => client.join(target, code ? { code } : {}),
      input: typedLines(lines, json),
      printer,
      history,
      follow: line.options.switch('follow') === true,
      version: io.version,
      savedRelays: savedRelays(environment.settings),
      settings: environment.settings,
      place: { cwd: process.cwd(), home: homedir() },
      asked: Promise.race([untilAsked(), readerGone]),
    });
    if (exit !== exitCodes.done && exit !== exitCodes.interrupted && failure !== undefined) err(failure);
    return exit;
  } catch (error) {
    if (!(error instanceof JoinRefused)) throw error;
    const { refusal } = error;
    const text = shellSentence(refusal.code, { about: 'room', ...refusal, name: nameOf(target) });
    if (json) write({ event: 'error', code: refusal.code, text });
    throw new ProgramError(text, exitCode(refusal.code));
  } finally {
    await client.close();
    profile.close();
    await environment.lan?.close();
  }
}

function isFailure(event: JsonEvent): event is JsonEvent & { readonly text: string } {
  return ['failed', 'error', 'whisper-failed'].includes(event.event) && typeof event['text'] === 'string';
}

async function firstLine(lines: AsyncGenerator<string>): Promise<string | undefined> {
  const first: IteratorResult<string, unknown> = await lines.next();
  return first.done ? undefined : first.value.trim();
}

async function* typedLines(lines: AsyncIterable<string>, json: boolean) {
  for await (const line of lines) {
    if (line.trim() === '') continue;
    if (!json) yield { text: line };
    else yield parseJsonLine(line);
  }
}
