import type { ChatClient, Refusal, Result, RoomSession } from '../client/api.ts';
import { fullName } from '../client/words/full-name.ts';
import type { ClientEvent, Person, RoomLine, RoomSessionEvent } from '../client/session-events.ts';
import { exitCode, exitCodeOf, sentence } from '../client/words/refusal-words.ts';
import { exitCodes, type ExitCode } from '../shared/exit-codes.ts';
import type { CommandContext, CommandOutcome, Front } from '../commands/context.ts';
import { isLast, isLeave, runLine } from '../commands/run-line.ts';
import { BacklogPrinter } from './backlog-printer.ts';
import { PendingLines } from './pending-lines.ts';
import type { InputLine, UnreadableLine } from './input-lines.ts';
import { defined } from '../shared/defined.ts';

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

/**
 * Runs a pipe to its end and resolves with the exit code; the client is left open. Rejects with `JoinRefused` where the room would
 * not have us.
 */
export function runPipe(options: PipeOptions): Promise<ExitCode> {
  return new Pipe(options).run();
}

class Pipe {
  readonly #options: PipeOptions;
  readonly #backlog: BacklogPrinter;
  readonly #pending = new PendingLines();
  readonly #ended: Promise<ExitCode>;
  #resolve: (code: ExitCode) => void = () => undefined;
  #over = false;
  /** Of the last thing that failed. */
  #exitCode: ExitCode = exitCodes.done;
  /** Why it leaves, in a person's words. */
  #parting: string | undefined;
  /** Whom lines are for, after `/query`. */
  #person: Person | undefined;

  constructor(options: PipeOptions) {
    this.#options = options;
    this.#backlog = new BacklogPrinter(options.history, options.printer);
    this.#ended = new Promise((resolve) => (this.#resolve = resolve));
  }

  async run(): Promise<ExitCode> {
    const { client, join, asked } = this.#options;
    const unsubscribe = client.subscribe((event) => {
      this.#print(event);
      this.#settle(event);
    });
    void asked.then((code) => this.#end(code));
    try {
      const joined = await Promise.race([join(), this.#ended]);
      if (typeof joined === 'number') return joined;
      if (!joined.ok) throw new JoinRefused(joined);
      return await this.#talk(joined.value);
    } finally {
      unsubscribe();
    }
  }

  async #talk(session: RoomSession): Promise<ExitCode> {
    this.#backlog.joined(session);
    // What an earlier run was killed with goes out before this one ends.
    for (const { id } of session.pending()) this.#pending.add(id);
    const code = await Promise.race([this.#ended, this.#feed(session).then(() => this.#ended)]);
    await session.leave(this.#parting);
    return code;
  }

  #end(code: ExitCode): void {
    this.#over = true;
    this.#resolve(code);
  }

  /** Nothing is printed before the history that was asked for. */
  #print(event: ClientEvent | RoomSessionEvent): void {
    const { printer } = this.#options;
    const backlog = this.#backlog;
    switch (event.type) {
      case 'line':
      case 'changed':
        if (!backlog.takes(event)) printer.event(event);
        return;
      case 'hidden':
        return backlog.passed(event.seq);
      case 'ready':
        printer.event(event);
        return backlog.ready(event.seq);
      case 'gap':
        printer.event(event);
        return backlog.passed(event.to);
      default:
        return printer.event(event);
    }
  }

  /** Lines that have arrived, or never will; and what ends the pipe. */
  #settle(event: ClientEvent | RoomSessionEvent): void {
    switch (event.type) {
      case 'sent':
        return this.#pending.settle(event.id);
      case 'failed':
        this.#exitCode = exitCode(event.code);
        return this.#pending.settle(event.id);
      case 'whisper-state':
        if (event.state === 'waiting') return;
        if (event.state === 'expired') this.#exitCode = exitCodes.tryLater;
        if (event.state === 'refused') this.#exitCode = event.code ? exitCode(event.code) : exitCodes.refused;
        return this.#pending.settle(event.id);
      case 'removed':
        return this.#end(exitCode(event.code));
      case 'signed-in-elsewhere':
        return this.#end(exitCode(event.type));
      default:
        return;
    }
  }

  /** Does every line of the input in turn, no faster than the room takes them. */
  async #feed(session: RoomSession): Promise<void> {
    const { input, follow } = this.#options;
    for await (const line of input) {
      if (this.#over) return;
      await this.#do(line, session);
    }
    await this.#pending.atMost(0);
    if (!follow) this.#end(this.#exitCode);
  }

  async #do(line: InputLine | UnreadableLine, session: RoomSession): Promise<void> {
    const { printer } = this.#options;
    if ('unreadable' in line) {
      printer.refused({ text: '', ...line }, 'usage', line.unreadable);
      this.#exitCode = exitCodes.usage;
      return;
    }
    await this.#pending.atMost(MAX_IN_FLIGHT - 1);
    if (this.#person && isLeave(line.text)) {
      this.#person = undefined;
      return printer.answer(`Lines are for ${session.info.title} again.`, line.ref);
    }
    if (isLast(line.text)) await this.#pending.atMost(0);
    this.#tell(await runLine(line.text, this.#context(session, line.ref)), line);
  }

  #tell(outcome: CommandOutcome, line: InputLine): void {
    const { printer } = this.#options;
    switch (outcome.type) {
      case 'said':
        return this.#pending.add(outcome.id);
      case 'whispered':
        if (outcome.whisper.state === 'waiting') this.#pending.add(outcome.whisper.id);
        return;
      case 'answer':
        for (const id of outcome.said ?? []) this.#pending.add(id);
        return printer.answer(outcome.text, line.ref);
      case 'refused':
        this.#exitCode = exitCodeOf(outcome.code);
        return printer.refused(line, outcome.code, outcome.text);
      case 'done':
        return;
    }
  }

  #context(session: RoomSession, ref: string | undefined): CommandContext {
    const { client, version, savedRelays, settings, place } = this.#options;
    return {
      client,
      room: session,
      ...(this.#person ? { person: this.#person } : {}),
      hosting: noHosting,
      front: this.#front(ref),
      version,
      savedRelays,
      settings,
      place,
      now: Date.now,
      ...defined({ ref }),
    };
  }

  #front(ref: string | undefined): Front {
    const { printer } = this.#options;
    return {
      // Out of its room there is nothing left for a pipe to do.
      show: (shown) => {
        if (shown === undefined) this.#end(this.#exitCode);
      },
      oneRoom: true,
      askSecret: () => Promise.resolve(undefined),
      tell: (text) => printer.answer(text, ref),
      query: (whom) => {
        this.#person = whom;
        printer.answer(`Lines are whispers to ${fullName(whom)} from here on; /leave ends that.`, ref);
      },
      confirm: () => Promise.resolve(false),
      quit: (reason) => {
        this.#parting = reason;
        this.#end(this.#exitCode);
      },
    };
  }
}

/** The room would not have us; `refusal` says why. */
export class JoinRefused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(sentence(refusal.code, refusal));
    this.refusal = refusal;
  }
}

const noHosting: CommandContext['hosting'] = {
  close: () => Promise.resolve(),
  list: () => [],
};
