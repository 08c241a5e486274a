import type { ChatClient } from '../client/api.ts';
import type { Settings } from '../client/profile/settings.ts';
import { callWords } from '../client/words/state-words.ts';
import type { CommandContext, CommandOutcome, Front, Hosting } from '../commands/context.ts';
import { act } from '../commands/moderation.ts';
import { joinAskingForCode, notJoined } from '../commands/rooms.ts';
import { isLeave, runLine } from '../commands/run-line.ts';
import { SECOND } from '../shared/limits.ts';
import { countLines, textWidth } from '../shared/text.ts';
import type { Arrivals } from './arrivals.ts';
import type { AwayNotes } from './away-notes.ts';
import type { Busy } from './busy.ts';
import type { Rewriting } from './composer/composer.ts';
import { overLimit } from './composer/editor-state.ts';
import type { Finder } from './finder.ts';
import type { Input } from './input.ts';
import type { Navigator } from './navigator.ts';
import type { Questions } from './questions.ts';
import type { Scroller } from './scroller.ts';
import { screenFront } from './screen-front.ts';
import { sessionOf } from './sessions.ts';
import { bufferOf, currentBuffer, isPersonId, type BufferId, type NoticeTone } from './store/state.ts';
import type { Store, StoreClock } from './store/store.ts';
import type { Terminal } from './terminal/modes.ts';
import type { Layout } from './view/layout.ts';
import { printableLine } from './view/span.ts';
import { defined } from '../shared/defined.ts';

const TYPING_EVERY_MS = 4 * SECOND;
/** Cells beside a picture: the time and the bar of an answer. */
const FIGURE_MARGIN = 8;
/** A paste of fewer lines is sent without a question. */
const ASK_FROM_LINES = 4;

/** What commands may reach of the program around the screen. */
export interface Reach {
  readonly client: ChatClient;
  readonly hosting: Hosting;
  readonly savedRelays: CommandContext['savedRelays'];
  readonly place: CommandContext['place'];
  readonly settings: Settings;
  readonly version: string;
  readonly terminal: Terminal;
  readonly quit: (reason?: string) => void;
  /** Opens the profile from new. */
  readonly reopen: (nick?: string) => void;
}

export interface TypedLinesParts {
  readonly reach: Reach;
  readonly store: Store;
  readonly input: Input;
  readonly clock: StoreClock;
  readonly busy: Busy;
  readonly questions: Questions;
  readonly finder: Finder;
  readonly navigator: Navigator;
  readonly scroller: Scroller;
  readonly arrivals: Arrivals;
  readonly awayNotes: AwayNotes;
  readonly notice: (text: string, tone: NoticeTone, buffer?: BufferId) => void;
}

/** When a line is sent. */
interface Moment {
  /** The screen as the person sees it. */
  readonly layout: Layout;
  /** Links with a number on it. */
  readonly numbered: readonly string[] | undefined;
  /** Says otherwise what is being done. */
  readonly rename: (text: string) => void;
}

/** Does what a person typed, and shows what became of it. A refused line comes back. */
export class TypedLines {
  readonly #parts: TypedLinesParts;
  #typed = Number.NEGATIVE_INFINITY;

  constructor(parts: TypedLinesParts) {
    this.#parts = parts;
  }

  /** Does what the written line says. */
  async send(layout: Layout): Promise<void> {
    const { arrivals, busy, input, navigator, scroller, store } = this.#parts;
    const buffer = currentBuffer(store.get());
    const { rewriting } = input.get();
    if (rewriting) return await this.#rewrite(rewriting, buffer.id);
    if (input.text.trim() === '') {
      input.take();
      return;
    }
    if (this.#mustAsk() && !(await this.#meansPaste(buffer.id))) return;
    const { numbered } = store.get();
    const typed = input.take();
    scroller.toBottom(buffer.id);
    const closable = buffer.type === 'person' || (buffer.type === 'room' && buffer.over);
    if (closable && isLeave(typed)) {
      navigator.drop(buffer.id);
      if (buffer.type === 'room') arrivals.forget(buffer.id);
      return;
    }
    const outcome = await busy.while(typed, (rename) =>
      runLine(typed, this.#context(buffer.id, { layout, rename, numbered })),
    );
    arrivals.sweep();
    arrivals.haveRead();
    this.#answer(outcome, typed, buffer.id, layout);
  }

  /** What was changed in the input goes to the room; it stays there until the room has taken it. */
  async #rewrite({ of, text: was }: Rewriting, buffer: BufferId): Promise<void> {
    const { input, notice, reach } = this.#parts;
    if (this.#mustAsk() && !(await this.#meansPaste(buffer))) return;
    const { text } = input;
    const room = sessionOf(reach.client, buffer);
    if (text.trim() === '')
      return notice('Nothing is left of it; /delete takes a message back, Esc leaves it as it was.', 'error');
    const outcome = text === was || !room ? undefined : act({}, room, { type: 'edit', of, text });
    if (outcome?.type === 'refused') notice(outcome.text, 'error');
    else input.act({ type: 'rewrite-end' });
  }

  /** Joins what the lobby points at. */
  async joinSelected(layout: Layout): Promise<void> {
    const { listed, lobby } = this.#parts.store.get();
    const room = listed.find(({ id }) => id === lobby.selected);
    if (room) await this.join({ target: room.id, name: room.title, code: undefined }, layout);
  }

  /** `target` is a room or an invite, `name` how it is called on screen, `code` its join code where that is known. */
  async join(
    { target, name, code }: { target: string; name: string; code: string | undefined },
    layout: Layout,
  ): Promise<void> {
    const { arrivals, busy, navigator, questions, reach } = this.#parts;
    const shown = printableLine(name);
    const joined = await busy.while(callWords.dialling, (rename) => {
      const front: Front = {
        ...this.#front({ layout, rename, numbered: undefined }),
        called: (_, step) => rename(`${callWords[step]} ${shown}`),
        askSecret: () => questions.ask('secret', `Join code of ${shown}`),
      };
      return joinAskingForCode(target, { client: reach.client, front }, defined({ code }));
    });
    arrivals.sweep();
    if (joined.ok) navigator.show(joined.value.info.id);
    else this.#answer(notJoined(joined, shown), undefined, 'lobby', layout);
  }

  /** Tells the room that somebody writes, now and then, and never of commands. */
  written(): void {
    const { clock, input, reach, store } = this.#parts;
    const { current, preferences } = store.get();
    if (preferences.typing === 'off') return;
    if (current === 'lobby' || isPersonId(current) || !/^\s*[^\s/\\]/.test(input.text)) return;
    if (clock.now() - this.#typed < TYPING_EVERY_MS) return;
    this.#typed = clock.now();
    sessionOf(reach.client, current)?.typing();
  }

  #mustAsk(): boolean {
    const { text, pasted } = this.#parts.input;
    return pasted && countLines(text) >= ASK_FROM_LINES && !overLimit(text);
  }

  /** Many pasted lines are sent only when that is what was meant; a room that was being joined may be shown by then. */
  async #meansPaste(buffer: BufferId): Promise<boolean> {
    const { input, questions, store } = this.#parts;
    const lines = countLines(input.text);
    const question = `Send these ${lines} pasted lines as one message?`;
    return (await questions.ask('confirm', question)) === 'yes' && currentBuffer(store.get()).id === buffer;
  }

  #answer(outcome: CommandOutcome, typed: string | undefined, from: BufferId, layout: Layout): void {
    const { awayNotes, input, notice, store } = this.#parts;
    switch (outcome.type) {
      case 'said':
      case 'done':
        return;
      case 'whispered':
        store.push({ type: 'whisper', whisper: outcome.whisper });
        return awayNotes.tell(outcome.whisper.with);
      case 'answer': {
        const { text, figure, help } = outcome;
        const whole = figure !== undefined && fits(figure, layout) ? `${text}\n${figure}` : text;
        return notice(whole, help ? 'help' : 'answer');
      }
      case 'refused':
        notice(outcome.text, 'error', from);
        if (typed !== undefined) input.giveBack(from, typed);
    }
  }

  #context(buffer: BufferId, moment: Moment): CommandContext {
    const { clock, reach, store } = this.#parts;
    const { client, hosting, savedRelays, settings, place, version } = reach;
    const shown = bufferOf(store.get(), buffer);
    return {
      client,
      room: sessionOf(client, buffer),
      ...(shown?.type === 'person' ? { person: shown.person } : {}),
      hosting,
      front: this.#front(moment),
      version,
      savedRelays,
      settings,
      place,
      now: () => clock.now(),
    };
  }

  #front({ layout, rename, numbered }: Moment): Front {
    const { arrivals, awayNotes, busy, navigator, notice, questions, reach, store } = this.#parts;
    return {
      clear: () => store.dispatch({ type: 'cleared', buffer: currentBuffer(store.get()).id }),
      show: (room) => navigator.show(room ?? 'lobby'),
      askSecret: (question) => questions.ask('secret', question),
      tell: (text) => notice(text, 'answer'),
      query: (person) => {
        arrivals.query(person);
        awayNotes.tell(person);
      },
      confirm: async (question) => (await questions.ask('confirm', question)) === 'yes',
      quit: (reason) => reach.quit(reason),
      reopen: (nick) => reach.reopen(nick),
      called: (name, step) => rename(`${callWords[step]} ${name}`),
      progress: (what, part) => busy.progress(what, part),
      screen: screenFront({ ...this.#parts, terminal: reach.terminal, numbered }, layout),
    };
  }
}

/** A picture is shown whole or not at all. */
function fits(figure: string, { mainWidth, bodyHeight }: Layout): boolean {
  const lines = figure.split('\n');
  return lines.length <= bodyHeight && lines.every((line) => textWidth(line) <= mainWidth - FIGURE_MARGIN);
}
