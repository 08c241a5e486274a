import type { ChatClient } from '../client/api.ts';
import { preferencesOf } from '../client/profile/preferences.ts';
import { reopenRooms } from '../commands/hosting.ts';
import { SECOND } from '../shared/limits.ts';
import { Arrivals } from './arrivals.ts';
import { AwayNotes } from './away-notes.ts';
import { Busy } from './busy.ts';
import { Finder } from './finder.ts';
import type { Input } from './input.ts';
import { Navigator } from './navigator.ts';
import { Pages } from './pages.ts';
import { Questions } from './questions.ts';
import { ReadKeeper } from './read-keeper.ts';
import { linksIn } from './screen-front.ts';
import { Scroller } from './scroller.ts';
import type { ReadPositionsStore } from './services.ts';
import { sessionOf } from './sessions.ts';
import { currentBuffer, isPersonId, personOf, type BufferId, type NoticeTone } from './store/state.ts';
import { processClock, type Store, type StoreClock } from './store/store.ts';
import { Timers } from './timers.ts';
import { TypedLines, type Reach } from './typed-lines.ts';
import type { Layout } from './view/layout.ts';
import { Sheets } from './view/sheets.ts';
import { whispersWith } from './whisper-search.ts';

const PING_EVERY_MS = 10 * SECOND;
const TYPING_MS = 6 * SECOND;
/** The first frame and the calls to other hosts come before rooms of one's own. */
const REOPEN_MS = 100;
/** A second Ctrl+C within this time, with no key between, quits. */
const TWICE_MS = 2 * SECOND;
/** The command wants the number of a link. */
const choosesLink = /^\s*[/\\](?:open|copy)(?:\s|$)/i;

export interface ControllerOptions extends Reach {
  readonly store: Store;
  readonly input: Input;
  /** Absent where nothing is kept. */
  readonly readPositions?: ReadPositionsStore | undefined;
  readonly clock?: StoreClock;
}

/** What the screen does with what happens and with what a person types; it draws nothing. */
export class Controller {
  readonly client: ChatClient;
  readonly store: Store;
  readonly input: Input;
  readonly pages: Pages;
  readonly questions: Questions;
  readonly finder: Finder;
  readonly navigator: Navigator;
  /** As buffers are laid out on this screen. */
  readonly sheets = new Sheets();
  readonly scroller: Scroller;
  readonly reading: ReadKeeper;
  readonly lines: TypedLines;
  readonly #options: ControllerOptions;
  readonly #clock: StoreClock;
  readonly #timers: Timers;
  readonly #busy: Busy;
  readonly #arrivals: Arrivals;
  readonly #awayNotes: AwayNotes;
  readonly #endings: (() => void)[] = [];
  #interrupted = Number.NEGATIVE_INFINITY;

  constructor(options: ControllerOptions) {
    const { client, store, input, terminal, readPositions, clock = processClock } = options;
    this.#options = options;
    this.client = client;
    this.store = store;
    this.input = input;
    this.#clock = clock;
    this.pages = new Pages(client, store);
    this.questions = new Questions(store);
    this.finder = new Finder(store, (id) => {
      const window = isPersonId(id) ? personOf(store.get(), id) : undefined;
      return window ? whispersWith(client, window.person) : sessionOf(client, id);
    });
    this.#timers = new Timers(clock);
    this.#busy = new Busy(store, this.#timers);
    const busy = this.#busy;
    const { pages, questions, finder } = this;
    this.navigator = new Navigator({ client, store, input });
    this.scroller = new Scroller({ client, store, pages, sheets: this.sheets, busy });
    this.reading = new ReadKeeper(store, readPositions, clock);
    const { navigator, scroller, reading } = this;
    this.#arrivals = new Arrivals({ client, store, navigator, pages, reading, terminal });
    this.#awayNotes = new AwayNotes(client, store, (text, buffer) => this.notice(text, 'event', buffer));
    this.lines = new TypedLines({
      reach: options,
      store,
      input,
      clock,
      busy,
      questions,
      finder,
      navigator,
      scroller,
      arrivals: this.#arrivals,
      awayNotes: this.#awayNotes,
      notice: (text, tone, buffer) => this.notice(text, tone, buffer),
    });
  }

  /** `front` is what to show, where it was brought back. */
  start(notices: readonly string[] = [], front?: BufferId): void {
    const rejoins = preferencesOf(this.#options.settings.values).rejoin === 'on';
    if (rejoins) this.client.rejoin();
    this.#arrivals.start(rejoins ? 'open' : 'unread');
    if (rejoins && front !== undefined) this.navigator.show(front);
    this.#endings.push(
      () => this.#arrivals.close(),
      this.input.subscribe(() => this.#numberLinks()),
      this.#options.settings.subscribe(() => this.#prefer()),
    );
    this.#prefer();
    for (const text of notices) this.notice(text, 'warning', 'lobby');
    if (rejoins) this.#timers.after(REOPEN_MS, () => this.#reopen());
    this.#timers.every(PING_EVERY_MS, () => this.navigator.measure());
    this.#timers.every(SECOND, () => this.#expireTyping());
  }

  close(): void {
    for (const end of this.#endings) end();
    this.#timers.close();
    this.questions.close();
    this.#awayNotes.close();
    this.reading.close();
    this.store.close();
  }

  focus(focused: boolean): void {
    this.store.dispatch({ type: 'focused', focused });
  }

  /** Any other key or text than Ctrl+C: what was said of the last one is over. */
  pressed(): void {
    this.#interrupted = Number.NEGATIVE_INFINITY;
    if (this.store.get().hint !== undefined) this.store.dispatch({ type: 'hinted', hint: undefined });
  }

  /** Ctrl+C. */
  interrupt(): void {
    const again = this.#clock.now() - this.#interrupted < TWICE_MS;
    if (again) return this.#options.quit();
    this.#interrupted = this.#clock.now();
    if (this.input.text !== '' || this.input.get().search) this.input.drop();
    this.#busy.hint('Ctrl+C once more quits');
  }

  quit(): void {
    this.#options.quit();
  }

  /** Nothing is written for it, but whoever meant Esc and a letter sees where that letter went. */
  unbound(key: string): void {
    this.#busy.hint(`${key} does nothing here`);
  }

  /** Ctrl+Z where nothing could bring the program back. */
  cannotSuspend(): void {
    this.#busy.hint('No shell to go back to here');
  }

  /** Closes the search and shows what was chosen in it. */
  goToFound(layout: Layout): void {
    const line = this.finder.take();
    if (line && !this.scroller.jump(line, layout))
      this.notice(
        'That line belongs to an earlier history of this room; /save writes it to a file.',
        'warning',
      );
  }

  openLink(url: string): void {
    if (this.#options.terminal.open(url)) return this.#busy.hint('Opening the link');
    this.#options.terminal.copy(url);
    this.#busy.hint('No browser here: the link was copied');
  }

  notice(
    text: string,
    tone: NoticeTone,
    buffer: BufferId | undefined = currentBuffer(this.store.get()).id,
  ): void {
    this.store.dispatch({ type: 'noticed', buffer, text, tone, at: this.#clock.now() });
  }

  /** What is numbered stays so, whatever comes, until the line is sent or says something else. */
  #numberLinks(): void {
    const state = this.store.get();
    const choosing = choosesLink.test(this.input.text);
    if (choosing === (state.numbered !== undefined)) return;
    const links = choosing ? linksIn(currentBuffer(state)) : undefined;
    this.store.dispatch({ type: 'numbered', links });
  }

  #prefer(): void {
    const { settings, terminal } = this.#options;
    const { values } = settings;
    const preferences = preferencesOf(values);
    this.store.dispatch({ type: 'preferred', preferences, muted: values.muted ?? [] });
    terminal.mouse(preferences.mouse === 'on');
  }

  #reopen(): void {
    reopenRooms(this.#options, (room, outcome) => {
      if (outcome.type === 'answer') this.notice(outcome.text, 'answer', room);
      else if (outcome.type === 'refused') this.notice(outcome.text, 'error', room);
    });
  }

  #expireTyping(): void {
    if (!this.store.get().rooms.some(({ typing }) => typing.length > 0)) return;
    this.store.dispatch({ type: 'typing-expired', before: this.#clock.now() - TYPING_MS });
  }
}
