import type { ChatClient, RoomSession } from '../client/api.ts';
import type { ClientEvent, RoomSessionEvent } from '../client/session-events.ts';
import type { CommandContext, CommandOutcome, Front, Hosting } from '../commands/context.ts';
import { refused } from '../commands/command.ts';
import { parseLine } from '../commands/parse.ts';
import { joinAskingForCode } from '../commands/rooms.ts';
import { runLine } from '../commands/run-line.ts';
import { commands } from '../commands/table.ts';
import type { RoomId } from '../shared/ids.ts';
import { SECOND } from '../shared/limits.ts';
import { textWidth } from '../shared/text.ts';
import type { Input } from './input.ts';
import { Pages } from './pages.ts';
import { Questions } from './questions.ts';
import { currentBuffer, PAGE_LINES, type BufferId, type NoticeTone, type RoomBuffer } from './store/state.ts';
import { processClock, type Store, type StoreClock } from './store/store.ts';
import type { Terminal } from './terminal/modes.ts';
import { Timers } from './timers.ts';
import type { Layout } from './view/layout.ts';
import { mentions } from './view/mentions.ts';
import { printableLine } from './view/span.ts';

/** A command that takes longer is named in the status bar. */
const WORKING_AFTER_MS = 150;
const PING_EVERY_MS = 10 * SECOND;
const TYPING_MS = 6 * SECOND;
const TYPING_EVERY_MS = 4 * SECOND;
/** Cells beside a picture: the time and the bar of an answer. */
const FIGURE_MARGIN = 8;
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
  readonly version: string;
  readonly quit: (reason?: string) => void;
  readonly clock?: StoreClock;
}

/** What the screen does with what happens and with what a person types; it draws nothing. */
export class Controller {
  readonly client: ChatClient;
  readonly store: Store;
  readonly input: Input;
  readonly pages: Pages;
  readonly questions: Questions;
  readonly #options: ControllerOptions;
  readonly #clock: StoreClock;
  readonly #timers: Timers;
  readonly #over = new Set<RoomId>();
  #serial = 0;
  #unsubscribe: (() => void) | undefined;
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
    this.#timers = new Timers(this.#clock);
  }

  start(notices: readonly string[] = []): void {
    this.#unsubscribe = this.client.subscribe((event) => this.#happened(event));
    this.store.push({ type: 'relays', relays: this.client.relays() });
    this.store.push({ type: 'rooms', rooms: this.client.listed() });
    for (const session of this.client.rooms()) this.#openBuffer(session);
    for (const text of notices) this.notice(text, 'warning', 'lobby');
    this.#timers.every(PING_EVERY_MS, () => this.#measure());
    this.#timers.every(SECOND, () => this.#expireTyping());
  }

  close(): void {
    this.#unsubscribe?.();
    this.#timers.close();
    this.questions.close();
    this.store.close();
  }

  // What a person types

  /** Does what the written line says; a refused line comes back. */
  async send(layout: Layout): Promise<void> {
    const buffer = currentBuffer(this.store.get());
    if (this.input.text.trim() === '') {
      this.input.take();
      return;
    }
    const typed = this.input.take();
    this.toBottom(buffer.id);
    if (buffer.type === 'room' && buffer.over && isLeave(typed)) return this.#dropBuffer(buffer.id);
    const outcome = await this.#working(typed, () => runLine(typed, this.#context(buffer.id)));
    this.#sweep();
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
      ...this.#front(),
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
    if (current === 'lobby' || !/^\s*[^\s/\\]/.test(this.input.text)) return;
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
    this.store.dispatch({ type: 'hinted', hint: 'Ctrl+C once more quits' });
    this.#timers.after(TWICE_MS, () => this.store.dispatch({ type: 'hinted', hint: undefined }));
  }

  quit(): void {
    this.#options.quit();
  }

  // Where the screen is

  show(id: BufferId): void {
    this.store.dispatch({ type: 'shown', buffer: id });
    this.input.show(currentBuffer(this.store.get()).id);
    this.#measure();
  }

  /** The next (1) or previous (-1) buffer of the list, round and round. */
  step(direction: 1 | -1): void {
    const { rooms, current } = this.store.get();
    const ids: BufferId[] = ['lobby', ...rooms.map(({ id }) => id)];
    const at = ids.indexOf(current);
    this.show(ids[(at + direction + ids.length) % ids.length] ?? 'lobby');
  }

  /** The room with this number in the list, from 1. */
  showNumber(number: number): void {
    const room = this.store.get().rooms[number - 1];
    if (room) this.show(room.id);
  }

  /** Mentions first, then whatever has something new. */
  showActivity(): void {
    const { rooms } = this.store.get();
    const room = rooms.find((each) => each.mentions > 0) ?? rooms.find((each) => each.unread > 0);
    if (room) this.show(room.id);
  }

  select(step: 1 | -1): void {
    const { listed, lobby } = this.store.get();
    const at = listed.findIndex(({ id }) => id === lobby.selected);
    const room = listed[Math.max(0, Math.min(listed.length - 1, at + step))];
    if (room) this.store.dispatch({ type: 'selected', room: room.id });
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
    this.store.push(event);
    if (isCall(event, this.client.self)) this.#options.terminal.ring();
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

  #dropBuffer(room: RoomId): void {
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

  #measure(): void {
    const { current } = this.store.get();
    const session = current === 'lobby' ? undefined : this.#session(current);
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

  #context(buffer: BufferId): CommandContext {
    const { client, hosting, savedRelays, place, version } = this.#options;
    const room = buffer === 'lobby' ? undefined : this.#session(buffer);
    return {
      client,
      room,
      hosting,
      front: this.#front(),
      version,
      savedRelays,
      place,
      now: () => this.#clock.now(),
    };
  }

  #front(): Front {
    return {
      clear: () => this.store.dispatch({ type: 'cleared', buffer: currentBuffer(this.store.get()).id }),
      show: (room) => this.show(room ?? 'lobby'),
      askSecret: (question) => this.questions.ask('secret', question),
      confirm: async (question) => (await this.questions.ask('confirm', question)) === 'yes',
      quit: (reason) => this.#options.quit(reason),
    };
  }

  #room(id: BufferId): RoomBuffer | undefined {
    return this.store.get().rooms.find((room) => room.id === id);
  }

  #session(id: RoomId): RoomSession | undefined {
    return this.client.rooms().find(({ info }) => info.id === id);
  }

  #next(): number {
    this.#serial += 1;
    return this.#serial;
  }
}

/** Whispers and mentions are worth a bell; lines from before are not. */
function isCall(event: ClientEvent | RoomSessionEvent, self: { nick: string; key: string }): boolean {
  if (event.type === 'whisper') return !event.whisper.mine;
  if (event.type !== 'line' || event.history || event.mine) return false;
  const { line } = event;
  return (
    (line.kind === 'text' || line.kind === 'me') && line.by.key !== self.key && mentions(line.text, self.nick)
  );
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
