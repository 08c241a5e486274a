import { complete, nicksByRecency, type Completion } from '../commands/complete.ts';
import type { Person } from '../client/session-events.ts';
import { roomNames } from '../client/words/room-names.ts';
import { commands } from '../commands/table.ts';
import type { ComposerAction } from './composer/composer.ts';
import type { EditAction } from './composer/editor-state.ts';
import type { Controller } from './controller.ts';
import {
  commandOf,
  isScreenCommand,
  keysHelp,
  type EditCommand,
  type KeyCommand,
  type ScreenCommand,
} from './keymap.ts';
import { windowNames } from './navigator.ts';
import type { Scroller } from './scroller.ts';
import { clickAt, type Target } from './pointing.ts';
import { currentBuffer, type State } from './store/state.ts';
import type { Stroke } from './strokes.ts';
import type { Pointer } from './terminal/keyboard.ts';
import type { Layout } from './view/layout.ts';

/** Keys that mean the same in the input and in the search, which has one line and no history. */
const lineEdits = {
  'char-left': { type: 'move', to: 'left' },
  'char-right': { type: 'move', to: 'right' },
  'word-left': { type: 'move', to: 'word-left' },
  'word-right': { type: 'move', to: 'word-right' },
  'line-start': { type: 'move', to: 'line-start' },
  'line-end': { type: 'move', to: 'line-end' },
  'delete-back': { type: 'delete', to: 'left' },
  'delete-forward': { type: 'delete', to: 'right' },
  'delete-word-back': { type: 'kill', to: 'blank-word-left' },
  'delete-word-forward': { type: 'kill', to: 'word-right' },
  'kill-to-end': { type: 'kill', to: 'line-end' },
  'kill-to-start': { type: 'kill', to: 'line-start' },
  yank: { type: 'yank' },
  undo: { type: 'undo' },
} as const satisfies Partial<Record<EditCommand, EditAction>>;

const edits: Readonly<Record<Exclude<EditCommand, 'complete' | 'complete-back'>, ComposerAction>> = {
  ...lineEdits,
  newline: { type: 'insert', text: '\n' },
  'history-older': { type: 'up' },
  'history-newer': { type: 'down' },
  'search-history': { type: 'search' },
};

const findingEdits: Readonly<Partial<Record<EditCommand, EditAction>>> = lineEdits;
/** Hits that a page of the search moves. */
const FINDING_PAGE = 10;
const findingSteps: Readonly<Partial<Record<KeyCommand, number>>> = {
  'history-older': -1,
  'history-newer': 1,
  'page-up': -FINDING_PAGE,
  'page-down': FINDING_PAGE,
  find: 1,
};

/** What the keys need of the terminal itself. */
export interface KeyboardScreen {
  redraw(): void;
  suspend(): void;
}

/** Does what a key means, by the keymap. */
export class Keys {
  readonly #controller: Controller;
  readonly #scroller: Scroller;
  readonly #screen: KeyboardScreen;

  constructor(controller: Controller, screen: KeyboardScreen) {
    this.#controller = controller;
    this.#scroller = controller.scroller;
    this.#screen = screen;
  }

  /** `layout` is the screen as the person sees it. */
  press(stroke: Stroke, layout: Layout): void {
    const { input } = this.#controller;
    if (stroke.type === 'text') return this.write(stroke.text);
    const command = commandOf(stroke.chord);
    if (command === undefined) return;
    if (command !== 'interrupt') this.#controller.pressed();
    if (this.#controller.finder.open && this.#finds(command, layout)) return;
    if (isScreenCommand(command)) return this.#act(command, stroke.chord, layout);
    if (this.#choosesRoom(command)) return;
    if (command === 'complete' || command === 'complete-back') {
      const direction = command === 'complete' ? 'next' : 'previous';
      return input.act({
        type: 'complete',
        direction,
        complete: (text, cursor) => this.#complete(text, cursor),
      });
    }
    input.act(edits[command]);
  }

  point(pointer: Pointer, layout: Layout): void {
    if (pointer.type === 'click') return this.#click(pointer.x, pointer.y, layout);
    const step = pointer.wheel === 'up' ? -1 : 1;
    if (this.#controller.finder.open) this.#controller.finder.move(step);
    else this.#scroller.wheel(step, layout);
  }

  /** Typed or pasted text: never a command by itself, whatever is in it. */
  write(text: string): void {
    this.#controller.pressed();
    if (this.#controller.finder.open) {
      return this.#controller.finder.edit({ type: 'insert', text: text.replaceAll('\n', ' ') });
    }
    this.#controller.input.act({ type: 'insert', text });
    this.#written();
  }

  paste(text: string): void {
    if (this.#controller.finder.open) return this.write(text);
    this.#controller.pressed();
    this.#controller.input.paste(text);
    this.#written();
  }

  #written(): void {
    this.#controller.lines.written();
    const { tooBig } = this.#controller.input.get().editor;
    if (tooBig) this.#controller.notice('That is too much to paste; nothing of it was taken.', 'error');
  }

  #act(command: ScreenCommand, chord: string, layout: Layout): void {
    const controller = this.#controller;
    switch (command) {
      case 'send':
        return this.#send(layout);
      case 'room-next':
        return controller.navigator.step(1);
      case 'room-previous':
        return controller.navigator.step(-1);
      case 'room-number':
        return controller.navigator.showNumber(Number(chord.at(-1)));
      case 'lobby':
        return controller.navigator.show('lobby');
      case 'next-activity':
        return controller.navigator.showActivity();
      case 'page-up':
        return this.#scroller.page(-1, layout);
      case 'page-down':
        return this.#scroller.page(1, layout);
      case 'home':
      case 'end':
        return this.#edge(command, layout);
      case 'first-unread':
        return this.#scroller.firstUnread(layout);
      case 'previous-mention':
        return this.#scroller.previousMention(layout);
      case 'find':
        return this.#find();
      case 'redraw':
        return this.#screen.redraw();
      case 'help':
        return this.#help(layout);
      case 'escape':
        return this.#escape();
      case 'interrupt':
        return controller.interrupt();
      case 'end-of-input':
        if (controller.input.text === '') return controller.quit();
        return controller.input.act(edits['delete-forward']);
      case 'suspend':
        return this.#screen.suspend();
    }
  }

  #find(): void {
    if (!this.#controller.finder.start())
      this.#controller.notice('Search works in rooms, and in windows for one person.', 'warning');
  }

  /** What a key means while the search is open; false when it means what it always does. */
  #finds(command: KeyCommand, layout: Layout): boolean {
    const { finder } = this.#controller;
    const step = findingSteps[command];
    if (step !== undefined) finder.move(step);
    else if (command === 'send') this.#controller.goToFound(layout);
    else if (command === 'escape' || command === 'interrupt') finder.close();
    else if (!isScreenCommand(command)) {
      const action = findingEdits[command];
      if (action) finder.edit(action);
    } else {
      if (command !== 'redraw' && command !== 'suspend') finder.close();
      return false;
    }
    return true;
  }

  #click(x: number, y: number, layout: Layout): void {
    const state = this.#controller.store.get();
    const target = clickAt(x, y, layout, state, this.#scroller);
    if (target) this.#follow(target, layout);
  }

  #follow(target: Target, layout: Layout): void {
    const controller = this.#controller;
    switch (target.type) {
      case 'buffer':
        return controller.navigator.show(target.buffer);
      case 'listed':
        if (controller.store.get().lobby.selected === target.room)
          return void controller.lines.joinSelected(layout);
        return controller.store.dispatch({ type: 'selected', room: target.room });
      case 'link':
        return controller.openLink(target.url);
      case 'hit':
        controller.finder.choose(target.at);
        return controller.goToFound(layout);
    }
  }

  #send(layout: Layout): void {
    const { input, store } = this.#controller;
    if (input.get().search) return input.act({ type: 'search-accept' });
    const before = this.#scroller.newest();
    const inLobby = currentBuffer(store.get()).type === 'lobby';
    if (inLobby && input.text.trim() === '') void this.#controller.lines.joinSelected(layout);
    else void this.#controller.lines.send(layout).then(() => this.#scroller.revealAnswer(layout, before));
  }

  #edge(command: 'home' | 'end', layout: Layout): void {
    const { input } = this.#controller;
    if (input.text !== '') return input.act(edits[command === 'home' ? 'line-start' : 'line-end']);
    if (command === 'home') this.#scroller.home(layout);
    else this.#scroller.end();
  }

  #help(layout: Layout): void {
    const before = this.#scroller.newest();
    this.#controller.notice(keysHelp(), 'help');
    this.#scroller.revealAnswer(layout, before);
  }

  #escape(): void {
    const { input, store } = this.#controller;
    if (input.get().search) input.act({ type: 'search-cancel' });
    else if (input.get().rewriting) input.act({ type: 'rewrite-end' });
    else {
      store.dispatch({ type: 'help-closed', buffer: currentBuffer(store.get()).id });
      this.#scroller.end();
    }
  }

  /** In the lobby the arrows choose a room while nothing is written. */
  #choosesRoom(command: EditCommand): boolean {
    const { input, store } = this.#controller;
    const state = store.get();
    if (command !== 'history-older' && command !== 'history-newer') return false;
    if (state.current !== 'lobby' || input.text !== '' || input.get().search || state.listed.length === 0)
      return false;
    this.#controller.navigator.select(command === 'history-older' ? -1 : 1);
    return true;
  }

  #complete(text: string, cursor: number): Completion {
    const state = this.#controller.store.get();
    const buffer = currentBuffer(state);
    const lines = buffer.entries.flatMap((entry) => (entry.type === 'line' ? [entry.line] : []));
    const nicks =
      buffer.type === 'room'
        ? nicksByRecency(buffer.members, lines, state.self.key)
        : nicksAnywhere(state, buffer.type === 'person' ? buffer.person : undefined);
    return complete(text, cursor, {
      table: commands,
      nicks,
      topic: buffer.type === 'room' ? buffer.info.topic : '',
      rooms: [...roomNames(state.listed).values()],
      windows: windowNames(state),
      relays: state.relays.map(({ url }) => url),
    });
  }
}

/** Outside rooms: whom the window is for, then everybody met in a room or known by name. */
function nicksAnywhere({ known, rooms, self }: State, person: Person | undefined): string[] {
  const all = [...rooms.flatMap(({ members }) => members), ...known, ...(person ? [person] : [])];
  return nicksByRecency(all, person ? [{ by: person }] : [], self.key);
}
