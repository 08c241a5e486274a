import { constants } from 'node:os';
import { render, type Instance } from 'ink';
import { shownTarget } from '../commands/rooms.ts';
import type { ChatClient } from '../client/api.ts';
import { roomNames } from '../client/words/room-names.ts';
import { preferencesOf } from '../client/profile/preferences.ts';
import { codeOf } from '../shared/error-code.ts';
import { exitCodes } from '../shared/exit-codes.ts';
import { Listeners } from '../shared/listeners.ts';
import { App } from './app.tsx';
import { Controller } from './controller.ts';
import { DraftKeeper } from './draft-keeper.ts';
import { FrontKeeper } from './front-keeper.ts';
import { Input } from './input.ts';
import type { OpenedProfile, Services } from './services.ts';
import { initialState } from './store/state.ts';
import { processClock, Store } from './store/store.ts';
import { anchoring } from './terminal/anchor.ts';
import { hasHyperlinks } from './terminal/hyperlink.ts';
import { Keyboard, type Pointer } from './terminal/keyboard.ts';
import { TerminalModes } from './terminal/modes.ts';
import { stop } from './terminal/stop.ts';
import { colourDepth, type Hex } from './theme/colour.ts';
import { themeFor } from './theme/theme.ts';
import { windowTitle } from './view/bars.ts';
import { layoutFor } from './view/layout.ts';
import { printable } from './view/span.ts';

const CRASH_WORDS =
  'What you were writing is kept. Start it again; with --log-file FILE it notes what happened, should it happen again.';
/** How long rooms and relays are given for a goodbye. */
const CLOSE_MS = 3_000;
const signals = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;

/** The terminal UI from first to last frame; resolves with the exit code, the terminal as it was found. */
export async function tuiMain(services: Services): Promise<number> {
  const { stderr } = services.io;
  const run = new Run(services);
  try {
    return await run.untilExit();
  } catch (error) {
    run.giveBack();
    if (run.openFailure) throw run.openFailure.error;
    // A file that turned out to be damaged says what to do.
    if (codeOf(error) === 'profile') throw error;
    const reason = error instanceof Error ? error.message : String(error);
    stderr.write(`chat-tui stopped because of a fault of its own: ${printable(reason)}\n${CRASH_WORDS}\n`);
    services.crashed?.(error);
    return exitCodes.software;
  } finally {
    await run.end();
  }
}

/** One run of the screen: what is started here is ended in `end`. */
class Run {
  readonly #services: Services;
  readonly #modes: TerminalModes;
  readonly #pointers = new Listeners<Pointer>();
  readonly #backgrounds = new Listeners<Hex>();
  #keyboard: Keyboard | undefined;
  #instance: Instance | undefined;
  readonly #reopens = new Listeners<string | undefined>();
  /** Something was open before. */
  #opened = false;
  #client: ChatClient | undefined;
  #controller: Controller | undefined;
  #unsubscribe: (() => void) | undefined;
  #keeper: DraftKeeper | undefined;
  #frontKeeper: FrontKeeper | undefined;
  #reason: string | undefined;
  #exitCode = 0;
  #fail: ((error: unknown) => void) | undefined;
  /** The profile could not be opened: the caller has words and an exit code for that. */
  openFailure: { readonly error: unknown } | undefined;

  constructor(services: Services) {
    this.#services = services;
    this.#modes = new TerminalModes(services.io.stdout, services.io.env);
  }

  async untilExit(): Promise<number> {
    const { knownNick, suggestedNick, notices, settings, io } = this.#services;
    const { env } = io;
    const depth = colourDepth(env);
    this.#modes.mouse(preferencesOf(settings.values).mouse === 'on');
    this.#modes.take();
    process.on('exit', this.giveBack);
    const crashed = new Promise<never>((_, reject) => (this.#fail = reject));
    process.on('uncaughtException', this.#crash);
    process.on('unhandledRejection', this.#crash);
    for (const signal of signals) process.on(signal, this.#signal);
    this.#keyboard = new Keyboard(io.stdin, {
      pointer: (pointer) => this.#pointers.tell(pointer),
      focus: (focused) => this.#controller?.focus(focused),
      background: (colour) => this.#backgrounds.tell(colour),
      unbound: (key) => this.#controller?.unbound(key),
      gone: () => this.#quit(128 + constants.signals.SIGHUP),
    });
    this.#keyboard.hold();
    this.#instance = render(
      <App
        hyperlinks={hasHyperlinks(env)}
        themeOf={(chosen, background) => themeFor(chosen, depth, env, background)}
        firstTheme={preferencesOf(settings.values).theme}
        knownNick={knownNick}
        suggestedNick={suggestedNick}
        notices={notices}
        open={this.#open}
        onCancel={() => this.#quit()}
        forget={() => this.#instance?.clear()}
        suspend={this.#suspend}
        onPointer={this.#pointers.add}
        onBackground={(listener) => {
          this.#modes.askBackground();
          return this.#backgrounds.add(listener);
        }}
        onReopen={this.#reopens.add}
      />,
      {
        stdin: this.#keyboard,
        // A screen reader hears text, and has no columns.
        stdout: env['INK_SCREEN_READER'] === 'true' ? io.stdout : anchoring(io.stdout, env),
        alternateScreen: true,
        incrementalRendering: true,
        // Where CI is set, Ink would otherwise draw nothing and say nothing.
        interactive: true,
        exitOnCtrlC: false,
        patchConsole: true,
        // Events come at the store's pace; what is left are keys, which should not wait.
        maxFps: 250,
      },
    );
    await Promise.race([this.#instance.waitUntilExit(), crashed]);
    if (this.openFailure) throw this.openFailure.error;
    return this.#exitCode;
  }

  async end(): Promise<void> {
    for (const signal of signals) process.off(signal, this.#signal);
    this.#unsubscribe?.();
    this.#controller?.close();
    this.giveBack();
    process.off('exit', this.giveBack);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_MS)));
    await Promise.race([this.#client?.close(this.#reason), late]);
    clearTimeout(timer);
    process.off('uncaughtException', this.#crash);
    process.off('unhandledRejection', this.#crash);
  }

  /** The terminal as it was found; also the last thing of a process that is going down. */
  readonly giveBack = (): void => {
    this.#instance?.unmount();
    this.#keyboard?.release();
    this.#modes.give();
    this.#keeper?.save();
    this.#frontKeeper?.save();
    this.#controller?.reading.save();
  };

  readonly #open = async (nick: string): Promise<Controller> => {
    const services = this.#services;
    this.#unsubscribe?.();
    this.#controller?.close();
    try {
      const opened = await services.open(nick);
      this.#client = opened.client;
      const { join, code } = this.#opened ? {} : services;
      const controller = this.#start(opened, join === undefined);
      if (join !== undefined) this.#join(controller, join, code);
      this.#opened = true;
      return controller;
    } catch (error) {
      this.openFailure = { error };
      throw error;
    }
  };

  /** A room that was brought back need not be found: its relay may be out of reach. */
  #join(controller: Controller, target: string, code: string | undefined): void {
    const { columns, rows } = this.#services.io.stdout;
    const { rooms } = controller.store.get();
    const names = roomNames(rooms.map(({ info }) => info));
    const back = rooms.find(({ id }) => id === target || names.get(id) === target);
    if (back && code === undefined) return controller.navigator.show(back.id);
    void controller.lines.join({ target, name: shownTarget(target), code }, layoutFor(columns, rows));
  }

  /** `asBefore`: what was in front is in front again. */
  #start(opened: OpenedProfile, asBefore: boolean): Controller {
    const { client, hosting, notices, drafts, frontRoom, readPositions } = opened;
    const { savedRelays, settings, near, place, version } = this.#services;
    const first = initialState(client.self, preferencesOf(settings.values), near);
    const store = new Store(first, processClock, cpuMs);
    const input = new Input(drafts.load());
    const controller = new Controller({
      client,
      hosting,
      store,
      input,
      readPositions,
      terminal: this.#modes,
      savedRelays,
      settings,
      place,
      version,
      quit: (reason) => this.#quit(0, reason ?? ''),
      reopen: (nick) => this.#reopens.tell(nick),
    });
    this.#controller = controller;
    controller.start(notices, asBefore ? frontRoom.load() : undefined);
    const title = (): void => this.#modes.title(windowTitle(store.get()));
    const keeper = new DraftKeeper(input, drafts);
    this.#keeper = keeper;
    const frontKeeper = new FrontKeeper(store, frontRoom);
    this.#frontKeeper = frontKeeper;
    const untitle = store.subscribe(title);
    this.#unsubscribe = () => {
      untitle();
      keeper.close();
      frontKeeper.close();
    };
    title();
    return controller;
  }

  #quit(code = 0, reason?: string): void {
    this.#reason = reason;
    this.#exitCode = code;
    this.#instance?.unmount();
  }

  readonly #signal = (signal: NodeJS.Signals): void => this.#quit(128 + constants.signals[signal]);
  readonly #crash = (error: unknown): void => this.#fail?.(error);

  /** Ink has given the terminal back meanwhile; the shell says when it goes on. */
  readonly #suspend = async (): Promise<void> => {
    this.#keyboard?.release();
    this.#modes.give();
    const stopped = await stop();
    // The size may have changed meanwhile, which only the job in front is told.
    process.emit('SIGWINCH');
    this.#modes.take();
    this.#keyboard?.hold();
    if (!stopped) this.#controller?.cannotSuspend();
  };
}

/** Processor time of this process, in ms. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
