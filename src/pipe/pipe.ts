import type { ChatClient, Result, RoomSession } from '../client/api.ts';
import { fullName } from '../client/people/resolve-person.ts';
import type { ClientEvent, Person, RoomLine, RoomSessionEvent } from '../client/session-events.ts';
import { exitCode, exitCodeOf, sentence } from '../client/words/refusal-words.ts';
import { exitCodes, type ExitCode } from '../shared/exit-codes.ts';
import type { CommandContext, CommandOutcome } from '../commands/context.ts';
import { isLast, isLeave, runLine } from '../commands/run-line.ts';
import { BacklogPrinter } from './backlog-printer.ts';
import { PendingLines } from './pending-lines.ts';
import type { InputLine, UnreadableLine } from './input-lines.ts';

/** Lines handed to the session and not yet `sent`; below the outbox's own bound, so that it is never full. */
const MAX_IN_FLIGHT = 64;

/** Where a pipe's output goes; text or JSON. */
export interface PipePrinter {
  event(event: ClientEvent | RoomSessionEvent): void;
  history(line: RoomLine): void;
  /** A command's answer; `ref` is the caller's own id of the command. */
  answer(text: string, ref: string | undefined): void;
  /** A typed line that did not go out. */
  refused(line: InputLine, code: string, text: string): void;
}

export interface PipeOptions {
  readonly client: ChatClient;
  readonly join: () => Promise<Result<RoomSession>>;
  readonly input: AsyncIterable<InputLine | UnreadableLine>;
  readonly printer: PipePrinter;
  /** Earlier messages printed first. */
  readonly history: number;
  /** Stay after the end of the input. */
  readonly follow: boolean;
  readonly version: string;
  readonly savedRelays: CommandContext['savedRelays'];
  readonly settings: CommandContext['settings'];
  readonly place: CommandContext['place'];
  /** Resolves when the process is asked to end. */
  readonly asked: Promise<ExitCode>;
}

/** Runs a pipe to its end and resolves with the exit code; the client is left open. */
export async function runPipe(options: PipeOptions): Promise<ExitCode> {
  const { client, printer } = options;
  const pending = new PendingLines();
  let worst: ExitCode = exitCodes.done;
  let over = false;
  let end: (code: ExitCode) => void = () => undefined;
  const ended = new Promise<ExitCode>((resolve) => {
    end = (code) => {
      over = true;
      resolve(code);
    };
  });
  const backlog = new BacklogPrinter(options.history, printer);

  const unsubscribe = client.subscribe((event) => {
    if (event.type === 'hidden') backlog.passed(event.seq);
    if (event.type === 'line' && event.history) {
      backlog.passed(event.line.seq);
      return;
    }
    if (event.type === 'changed' && event.history) {
      backlog.passed(event.seq);
      return;
    }
    if ((event.type !== 'line' && event.type !== 'changed') || !backlog.hold(event)) printer.event(event);
    if (event.type === 'ready') backlog.ready(event.seq);
    else if (event.type === 'gap') backlog.passed(event.to);
    else if (event.type === 'sent') pending.settle(event.id);
    else if (event.type === 'failed') {
      worst = exitCode(event.code);
      pending.settle(event.id);
    } else if (event.type === 'whisper-state' && event.state !== 'waiting') {
      if (event.state === 'expired') worst = exitCodes.tryLater;
      if (event.state === 'refused') worst = event.code ? exitCode(event.code) : exitCodes.refused;
      pending.settle(event.id);
    } else if (event.type === 'removed') end(exitCode(event.code));
    else if (event.type === 'signed-in-elsewhere') end(exitCode('signed-in-elsewhere'));
  });

  void options.asked.then(end);
  const joined = await Promise.race([options.join(), ended]);
  if (typeof joined === 'number') {
    unsubscribe();
    return joined;
  }
  if (!joined.ok) {
    unsubscribe();
    throw new JoinRefused(joined);
  }
  const session = joined.value;
  backlog.joined(session);
  // What an earlier run was killed with goes out before this one ends.
  for (const { id } of session.pending()) pending.add(id);

  /** Why it leaves, in a person's words. */
  let parting: string | undefined;
  /** Whom lines are for, after `/query`. */
  let person: Person | undefined;
  const context = (ref: string | undefined): CommandContext => ({
    client,
    room: session,
    ...(person ? { person } : {}),
    hosting: noHosting,
    front: {
      clear: () => undefined,
      // Out of its room there is nothing left for a pipe to do.
      show: (shown) => {
        if (shown === undefined) end(worst);
      },
      oneRoom: true,
      askSecret: () => Promise.resolve(undefined),
      tell: (text) => printer.answer(text, ref),
      query: (whom) => {
        person = whom;
        printer.answer(`Lines are whispers to ${fullName(whom)} from here on; /leave ends that.`, ref);
      },
      confirm: () => Promise.resolve(false),
      quit: (reason) => {
        parting = reason;
        end(worst);
      },
    },
    version: options.version,
    savedRelays: options.savedRelays,
    settings: options.settings,
    place: options.place,
    now: Date.now,
    ...(ref === undefined ? {} : { ref }),
  });

  const feed = async (): Promise<void> => {
    for await (const line of options.input) {
      if (over) return;
      if ('unreadable' in line) {
        printer.refused({ text: '', ...line }, 'usage', line.unreadable);
        worst = exitCodes.usage;
        continue;
      }
      await pending.atMost(MAX_IN_FLIGHT - 1);
      if (person && isLeave(line.text)) {
        person = undefined;
        printer.answer(`Lines are for ${session.info.title} again.`, line.ref);
        continue;
      }
      if (isLast(line.text)) await pending.atMost(0);
      const outcome = await runLine(line.text, context(line.ref));
      settle(outcome, line);
      if (outcome.type === 'refused') worst = exitCodeOf(outcome.code);
    }
    await pending.atMost(0);
    if (!options.follow) end(worst);
  };
  const settle = (outcome: CommandOutcome, line: InputLine): void => {
    if (outcome.type === 'said') pending.add(outcome.id);
    else if (outcome.type === 'whispered') {
      if (outcome.whisper.state === 'waiting') pending.add(outcome.whisper.id);
    } else if (outcome.type === 'answer') {
      for (const id of outcome.said ?? []) pending.add(id);
      printer.answer(outcome.text, line.ref);
    } else if (outcome.type === 'refused') printer.refused(line, outcome.code, outcome.text);
  };

  const code = await Promise.race([ended, feed().then(() => ended)]);
  await session.leave(parting);
  unsubscribe();
  return code;
}

/** The room would not have us; `refusal` says why. */
export class JoinRefused extends Error {
  readonly refusal: Extract<Result<never>, { ok: false }>;
  constructor(refusal: Extract<Result<never>, { ok: false }>) {
    super(sentence(refusal.code, refusal));
    this.refusal = refusal;
  }
}

const noHosting: CommandContext['hosting'] = {
  close: () => Promise.resolve(),
  list: () => [],
};
