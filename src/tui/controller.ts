import type { ChatClient, RoomSession } from '../client/api.ts';
import { preferencesOf } from '../client/preferences.ts';
import type { ClientEvent, Person, RoomLine, RoomSessionEvent } from '../client/session-events.ts';
import type { Settings } from '../client/settings.ts';
import type { CommandContext, CommandOutcome, Front, Hosting } from '../commands/context.ts';
import { refused } from '../commands/command.ts';
import { parseLine } from '../commands/parse.ts';
import { joinAskingForCode } from '../commands/rooms.ts';
import { runLine } from '../commands/run-line.ts';
import { commands } from '../commands/table.ts';
import type { IdentityKey, RoomId } from '../shared/ids.ts';
import { SECOND } from '../shared/limits.ts';
import { textWidth } from '../shared/text.ts';
import { callOf } from './attention.ts';
import { overLimit } from './composer/editor-state.ts';
import { Finder, MAX_HITS } from './finder.ts';
import type { Input } from './input.ts';
import { Pages } from './pages.ts';
import { Questions } from './questions.ts';
import { linksIn, screenFront } from './screen-front.ts';
import {
  allBuffers,
  bufferOf,
  currentBuffer,
  isPersonId,
  personId,
  PAGE_LINES,
  seqOf,
  type Buffer,
  type BufferId,
  type PersonId,
  type NoticeTone,
  type RoomBuffer,
} from './store/state.ts';
import { processClock, type Store, type StoreClock } from './store/store.ts';
import type { Terminal } from './terminal/modes.ts';
import { Timers } from './timers.ts';
import { progressBar } from './view/bars.ts';
import type { Layout } from './view/layout.ts';
import { printableLine } from './view/span.ts';

/** A command that takes longer is named in the status bar. */
const WORKING_AFTER_MS = 150;
const PING_EVERY_MS = 10 * SECOND;
const TYPING_MS = 6 * SECOND;
const TYPING_EVERY_MS = 4 * SECOND;
/** Cells beside a picture: the time and the bar of an answer. */
const FIGURE_MARGIN = 8;
/** A paste of fewer lines is sent without a question. */
const ASK_FROM_LINES = 4;
/** Of the bar among the things being done, whose numbers begin with 1. */
const PROGRESS_ID = 0;
const PROGRESS_CELLS = 12;
/** The second Ctrl+C within this time quits. */
const TWICE_MS = 2 * SECOND;

export interface ControllerOptions {
  readonly client: ChatClient;
  readonly hosting: Hosting;
  readonly store: Store;
  readonly input: Input;
  readonly terminal: Terminal;
  readonly savedRelays: CommandContext['savedRelays'];
  readonly place: CommandContext['place'];
  readonly settings: Settings;
  readonly version: string;
  readonly quit: (reason?: string) => void;
  /** Opens the profile from new. */
  readonly reopen: (nick?: string) => void;
  readonly clock?: StoreClock;
}

/** Where the view can be sent, which only the screen knows how to do. */
export interface Reader {
  /** False when that line is not to be had. */
  jump(line: Pick<RoomLine, 'id' | 'seq'>, layout: Layout): boolean;
}

/** What the screen does with what happens and with what a person types; it draws nothing. */
export class Controller {
  readonly client: ChatClient;
  readonly store: Store;
  readonly input: Input;
  readonly pages: Pages;
  readonly questions: Questions;
  readonly finder: Finder;
  readonly #options: ControllerOptions;
  readonly #clock: StoreClock;
  readonly #timers: Timers;
  readonly #over = new Set<RoomId>();
  /** Whose whispers have come since something was last sent. */
  readonly #unread = new Set<IdentityKey>();
  #serial = 0;
  #reader: Reader | undefined;
  readonly #endings: (() => void)[] = [];
  #interrupted = Number.NEGATIVE_INFINITY;
  #typed = Number.NEGATIVE_INFINITY;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.client = options.client;
    this.store = options.store;
    this.input = options.input;
    this.#clock = options.clock ?? processClock;
    this.pages = new Pages(this.client, this.store);
    this.questions = new Questions(this.store);
    this.finder = new Finder(this.store, (id) => this.#session(id));
    this.#timers = new Timers(this.#clock);
  }

  start(notices: readonly string[] = []): void {
    this.#acquaint();
    this.#endings.push(
      this.client.subscribe((event) => this.#happened(event)),
      this.#options.settings.subscribe(() => this.#prefer()),
    );
    this.#prefer();
    this.store.push({ type: 'relays', relays: this.client.relays() });
    this.store.push({ type: 'rooms', rooms: this.client.listed() });
    for (const session of this.client.rooms()) this.#openBuffer(session);
    for (const text of notices) this.notice(text, 'warning', 'lobby');
    this.#timers.every(PING_EVERY_MS, () => this.#measure());
    this.#timers.every(SECOND, () => this.#expireTyping());
  }

  close(): void {
    for (const end of this.#endings) end();
    this.#timers.close();
    this.questions.close();
    this.store.close();
  }

  /** Who moves the view; without one jumps do nothing. */
  read(reader: Reader): void {
    this.#reader = reader;
  }

  focus(focused: boolean): void {
    this.store.dispatch({ type: 'focused', focused });
  }

  // What a person types

  /** Does what the written line says; a refused line comes back. */
  async send(layout: Layout): Promise<void> {
    const buffer = currentBuffer(this.store.get());
    if (this.input.text.trim() === '') {
      this.input.take();
      return;
    }
    if (this.#mustAsk() && !(await this.#meansPaste())) return;
    const typed = this.input.take();
    this.toBottom(buffer.id);
    const closable = buffer.type === 'person' || (buffer.type === 'room' && buffer.over);
    if (closable && isLeave(typed)) return this.#dropBuffer(buffer.id);
    const outcome = await this.#working(typed, () => runLine(typed, this.#context(buffer.id, layout)));
    this.#sweep();
    this.#haveRead();
    this.#answer(outcome, typed, buffer.id, layout);
  }

  /** Joins what the lobby points at. */
  async joinSelected(layout: Layout): Promise<void> {
    const { listed, lobby } = this.store.get();
    const room = listed.find(({ id }) => id === lobby.selected);
    if (room) await this.join(room.id, room.title, layout);
  }

  /** `target` is a room or an invite, `name` how it is called on screen. */
  async join(target: string, name: string, layout: Layout): Promise<void> {
    const shown = printableLine(name);
    const front: Front = {
      ...this.#front(layout),
      askSecret: () => this.questions.ask('secret', `Join code of ${shown}`),
    };
    const joined = await this.#working(`dialling ${shown}`, () =>
      joinAskingForCode(target, { client: this.client, front }),
    );
    this.#sweep();
    if (joined.ok) this.show(joined.value.info.id);
    else this.#answer(refused(joined, { name: shown }), undefined, 'lobby', layout);
  }

  /** Tells the room that somebody writes, now and then, and never of commands. */
  written(): void {
    const { current } = this.store.get();
    if (this.store.get().preferences.typing === 'off') return;
    if (current === 'lobby' || isPersonId(current) || !/^\s*[^\s/\\]/.test(this.input.text)) return;
    if (this.#clock.now() - this.#typed < TYPING_EVERY_MS) return;
    this.#typed = this.#clock.now();
    this.#session(current)?.typing();
  }

  /** Ctrl+C. */
  interrupt(): void {
    const again = this.#clock.now() - this.#interrupted < TWICE_MS;
    if (again) return this.#options.quit();
    this.#interrupted = this.#clock.now();
    if (this.input.text !== '' || this.input.get().search) this.input.drop();
    this.#hint('Ctrl+C once more quits');
  }

  quit(): void {
    this.#options.quit();
  }

  // Where the screen is

  show(id: BufferId): void {
    this.store.dispatch({ type: 'shown', buffer: id });
    const shown = currentBuffer(this.store.get());
    if (shown.type === 'person') this.client.markRead(shown.person.key);
    this.input.show(currentBuffer(this.store.get()).id);
    this.#measure();
  }

  /** The next (1) or previous (-1) buffer of the list, round and round. */
  step(direction: 1 | -1): void {
    const { current } = this.store.get();
    const ids = allBuffers(this.store.get()).map(({ id }) => id);
    const at = ids.indexOf(current);
    this.show(ids[(at + direction + ids.length) % ids.length] ?? 'lobby');
  }

  /** The room with this number in the list, from 1. */
  showNumber(number: number): void {
    const buffer = allBuffers(this.store.get())[number];
    if (buffer) this.show(buffer.id);
  }

  /** Mentions first, then whatever has something new. */
  showActivity(): void {
    const { rooms, people } = this.store.get();
    const all = [...rooms, ...people];
    const buffer = all.find((each) => each.mentions > 0) ?? all.find((each) => each.unread > 0);
    if (buffer) this.show(buffer.id);
  }

  select(step: 1 | -1): void {
    const { listed, lobby } = this.store.get();
    const at = listed.findIndex(({ id }) => id === lobby.selected);
    const room = listed[Math.max(0, Math.min(listed.length - 1, at + step))];
    if (room) this.store.dispatch({ type: 'selected', room: room.id });
  }

  /** Closes the search and shows what was chosen in it. */
  goToFound(layout: Layout): void {
    const line = this.finder.take();
    if (line && !this.#reader?.jump(line, layout))
      this.notice(
        'That line belongs to an earlier history of this room; /save writes it to a file.',
        'warning',
      );
  }

  /** Shows the line with `many` lines below it, the oldest where there are fewer; resolves with how many there are. */
  async goBack(many: number, layout: Layout): Promise<number> {
    const { current } = this.store.get();
    const room = this.#room(current);
    const session = room && this.#session(room.id);
    if (!room || !session) return 0;
    const wanted = Math.max(1, room.head - many + 1);
    await this.#working('fetching older lines', () => this.pages.reach(room.id, wanted));
    const lines = session.history(many);
    const [line] = lines;
    if (line && this.store.get().current === room.id) this.#reader?.jump(line, layout);
    // A notice would stand at the end, which is not on screen now.
    if (lines.length < many) this.#hint(`That is all there is: ${lines.length} lines`);
    return lines.length;
  }

  /** The mention before the one that was jumped to last, else the newest. */
  previousMention(layout: Layout): void {
    const buffer = currentBuffer(this.store.get());
    const at = buffer.entries.findIndex(({ key }) => key === buffer.found);
    const above = at < 0 ? buffer.entries : buffer.entries.slice(0, at);
    const entry = above.findLast((each) => each.type === 'line' && each.mention);
    const line = entry?.type === 'line' ? entry.line : this.#archivedMention(buffer);
    if (line) this.#reader?.jump(line, layout);
    else this.#hint('No earlier line names you');
  }

  openLink(url: string): void {
    if (this.#options.terminal.open(url)) return this.#hint('Opening the link');
    this.#options.terminal.copy(url);
    this.#hint('No browser here: the link was copied');
  }

  /** Links of the buffer on screen, the newest first. */
  links(): readonly string[] {
    return linksIn(currentBuffer(this.store.get()));
  }

  toBottom(id: BufferId): void {
    this.pages.newest(id);
    this.store.dispatch({ type: 'scrolled', buffer: id, anchor: undefined });
  }

  notice(text: string, tone: NoticeTone, buffer = currentBuffer(this.store.get()).id): void {
    this.store.dispatch({ type: 'noticed', buffer, text, tone, at: this.#clock.now() });
  }

  // What happens elsewhere

  #happened(event: ClientEvent | RoomSessionEvent): void {
    if ('room' in event) this.#meetRoom(event);
    else if (event.type === 'people' || event.type === 'whisper') this.#acquaint();
    if (event.type === 'whisper' && !event.whisper.mine && !event.whisper.stranger)
      this.#unread.add(event.whisper.with.key);
    // Whatever came with it is no news to the state that decides.
    const call = callOf(event, this.store.get());
    this.store.push(event);
    if (call !== undefined) this.#options.terminal.call(call, this.store.get().preferences.notify);
    if (!('room' in event)) return;
    if (event.type === 'removed') this.#over.add(event.room);
    if (event.type === 'state' && event.state === 'closed' && !this.#over.delete(event.room)) {
      this.#dropBuffer(event.room);
    }
    if (event.type === 'ready') this.#measure();
  }

  #meetRoom(event: RoomSessionEvent): void {
    if (this.#room(event.room) && event.type !== 'state') return;
    const session = this.#session(event.room);
    if (session) this.#openBuffer(session);
  }

  #openBuffer(session: RoomSession): void {
    const { info, state } = session;
    const known = this.#room(info.id);
    if (known && !known.over) return;
    const archived = known ? [] : session.history(PAGE_LINES);
    this.store.dispatch({ type: 'room-opened', info, state, archived, pending: session.pending() });
  }

  /** Shows what is whispered with this person, and takes what is typed there for whispers. */
  #query(person: Person): void {
    const archived = this.client.whispers(PAGE_LINES, person.key);
    this.store.dispatch({ type: 'person-opened', person, archived });
    this.show(personId(person));
  }

  /** Whoever writes again has read what stood on the screen. */
  #haveRead(): void {
    for (const key of this.#unread) this.client.markRead(key);
    this.#unread.clear();
  }

  #acquaint(): void {
    const known = this.client.people.known();
    const before = this.store.get().known;
    const same = known.length === before.length && known.every(({ key }, at) => key === before[at]?.key);
    if (!same) this.store.dispatch({ type: 'acquainted', known });
  }

  #dropBuffer(room: RoomId | PersonId): void {
    this.store.dispatch({ type: 'buffer-closed', room });
    this.input.show(currentBuffer(this.store.get()).id);
    this.input.forget(room);
  }

  /** Rooms that did not let us in leave nothing behind. */
  #sweep(): void {
    for (const room of this.store.get().rooms) {
      if (!room.over && !this.#session(room.id)) this.#dropBuffer(room.id);
    }
  }

  #prefer(): void {
    const { values } = this.#options.settings;
    const preferences = preferencesOf(values);
    this.store.dispatch({ type: 'preferred', preferences, muted: values.muted ?? [] });
    this.#options.terminal.mouse(preferences.mouse === 'on');
  }

  #hint(hint: string): void {
    this.store.dispatch({ type: 'hinted', hint });
    this.#timers.after(TWICE_MS, () => {
      if (this.store.get().hint === hint) this.store.dispatch({ type: 'hinted', hint: undefined });
    });
  }

  #mustAsk(): boolean {
    const { text, pasted } = this.input;
    return pasted && text.split('\n').length >= ASK_FROM_LINES && !overLimit(text);
  }

  /** Many pasted lines are sent only when that is what was meant. */
  async #meansPaste(): Promise<boolean> {
    const lines = this.input.text.split('\n').length;
    const question = `Send these ${lines} pasted lines as one message?`;
    return (await this.questions.ask('confirm', question)) === 'yes';
  }

  /** Older than what is in memory. */
  #archivedMention(buffer: Buffer): RoomLine | undefined {
    if (buffer.type !== 'room') return undefined;
    const first = seqOf(buffer.entries.find((entry) => seqOf(entry) !== undefined)) ?? 0;
    const { nick, key } = this.store.get().self;
    const hits = this.#session(buffer.id)?.search(nick, MAX_HITS) ?? [];
    return hits.find(({ seq, by }) => seq !== undefined && seq < first && by.key !== key);
  }

  #measure(): void {
    const { current } = this.store.get();
    const session = this.#sessionOf(current);
    if (!session || session.state !== 'online') return;
    void session.ping().then((ms) => {
      this.store.dispatch({ type: 'measured', room: session.info.id, ms });
    });
  }

  #expireTyping(): void {
    if (!this.store.get().rooms.some(({ typing }) => typing.length > 0)) return;
    this.store.dispatch({ type: 'typing-expired', before: this.#clock.now() - TYPING_MS });
  }

  #answer(outcome: CommandOutcome, typed: string | undefined, from: BufferId, layout: Layout): void {
    switch (outcome.type) {
      case 'said':
      case 'done':
        return;
      case 'whispered':
        return this.store.push({ type: 'whisper', whisper: outcome.whisper });
      case 'answer': {
        const { text, figure } = outcome;
        return this.notice(
          figure !== undefined && fits(figure, layout) ? `${text}\n${figure}` : text,
          'answer',
        );
      }
      case 'refused':
        this.notice(outcome.text, 'error', from);
        if (typed !== undefined) this.input.giveBack(from, typed);
    }
  }

  /** One bar at a time, in the place of what is being done. */
  #progress(what: string, part: number): void {
    const id = PROGRESS_ID;
    this.store.dispatch({ type: 'finished', id });
    if (part < 1)
      this.store.dispatch({ type: 'started', id, text: `${what} ${progressBar(part, 1, PROGRESS_CELLS)}` });
  }

  /** Runs something and names it in the status bar when it takes its time. */
  async #working<Value>(text: string, task: () => Promise<Value>): Promise<Value> {
    const id = this.#next();
    let shown = false;
    const cancel = this.#timers.after(WORKING_AFTER_MS, () => {
      shown = true;
      this.store.dispatch({ type: 'started', id, text });
    });
    try {
      return await task();
    } finally {
      cancel();
      if (shown) this.store.dispatch({ type: 'finished', id });
    }
  }

  #context(buffer: BufferId, layout: Layout): CommandContext {
    const { client, hosting, savedRelays, settings, place, version } = this.#options;
    const room = this.#sessionOf(buffer);
    const shown = bufferOf(this.store.get(), buffer);
    return {
      client,
      room,
      ...(shown?.type === 'person' ? { person: shown.person } : {}),
      hosting,
      front: this.#front(layout),
      version,
      savedRelays,
      settings,
      place,
      now: () => this.#clock.now(),
    };
  }

  #front(layout: Layout): Front {
    return {
      clear: () => this.store.dispatch({ type: 'cleared', buffer: currentBuffer(this.store.get()).id }),
      show: (room) => this.show(room ?? 'lobby'),
      askSecret: (question) => this.questions.ask('secret', question),
      tell: (text) => this.notice(text, 'answer'),
      query: (person) => this.#query(person),
      confirm: async (question) => (await this.questions.ask('confirm', question)) === 'yes',
      quit: (reason) => this.#options.quit(reason),
      reopen: (nick) => this.#options.reopen(nick),
      progress: (what, part) => this.#progress(what, part),
      screen: screenFront(this, this.#options.terminal, layout),
    };
  }

  #room(id: BufferId): RoomBuffer | undefined {
    return this.store.get().rooms.find((room) => room.id === id);
  }

  #sessionOf(id: BufferId): RoomSession | undefined {
    return id === 'lobby' || isPersonId(id) ? undefined : this.#session(id);
  }

  #session(id: RoomId): RoomSession | undefined {
    return this.client.rooms().find(({ info }) => info.id === id);
  }

  #next(): number {
    this.#serial += 1;
    return this.#serial;
  }
}

/** A picture is shown whole or not at all. */
function fits(figure: string, { mainWidth, bodyHeight }: Layout): boolean {
  const lines = figure.split('\n');
  return lines.length <= bodyHeight && lines.every((line) => textWidth(line) <= mainWidth - FIGURE_MARGIN);
}

function isLeave(typed: string): boolean {
  const parsed = parseLine(typed, commands);
  return parsed.type === 'command' && parsed.command.name === 'leave';
}
