import { PassThrough } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { commandOf } from '../keymap.ts';
import { colourOfReply, type Hex } from '../theme/colour.ts';

export type Wheel = 'up' | 'down';

/** What the mouse did; cells count from 0. */
export type Pointer =
  | { readonly type: 'wheel'; readonly wheel: Wheel }
  | { readonly type: 'click'; readonly x: number; readonly y: number };

export interface KeyboardEvents {
  readonly pointer: (pointer: Pointer) => void;
  /** The terminal got or lost the keyboard. */
  readonly focus: (focused: boolean) => void;
  /** The terminal answers what colour is behind its text. */
  readonly background: (colour: Hex) => void;
  /** Alt and a letter that is no key, as people write it. */
  readonly unbound: (key: string) => void;
  /** The terminal is no more. */
  readonly gone: () => void;
}

interface RawInput extends NodeJS.ReadableStream {
  setRawMode(mode: boolean): unknown;
  ref(): unknown;
  unref(): unknown;
}

/* oxlint-disable no-control-regex -- reports of a terminal begin with an escape */
const mouseReport = /\x1b\[<(\d+);(\d+);(\d+)([Mm])/g;
const focusReport = /\x1b\[([IO])/g;
const backgroundReport = /\x1b\]11;([^\x07\x1b]{0,40})(?:\x07|\x1b\\)/g;
/** With anything behind it in the same chunk it was Esc, and then text. */
const altLetter = /^\x1b([a-z])$/i;
/** The beginning of a report that the next chunk may end. */
const unfinished = /\x1b(?:\[(?:<[\d;]*)?|\](?:1(?:1(?:;[^\x07\x1b]{0,40}\x1b?)?)?)?)$/;
const LEFT = 0;
const WHEEL_UP = 64;
const WHEEL_DOWN = 65;

/**
 * Standard input as Ink wants it, without the reports of mouse, focus and colour that Ink knows nothing of: those come as events.
 * The terminal is raw from `hold` to `release`, whatever Ink asks for: between two screens Ink lets go of it, and what is typed
 * then would be echoed, and lost. Here it waits for the next screen.
 */
export class Keyboard extends PassThrough {
  readonly isTTY = true;
  readonly #stdin: RawInput;
  readonly #decoder = new StringDecoder('utf8');
  readonly #events: KeyboardEvents;
  #held = '';

  constructor(stdin: RawInput, events: KeyboardEvents) {
    super();
    this.#stdin = stdin;
    this.#events = events;
  }

  hold(): void {
    this.#stdin.setRawMode(true);
    this.#stdin.ref();
    this.#stdin.on('data', this.#read);
    this.#stdin.on('end', this.#events.gone);
    // It stays after `release`: a terminal that is gone may say so late.
    this.#stdin.off('error', this.#events.gone);
    this.#stdin.on('error', this.#events.gone);
    this.#stdin.resume();
  }

  /** Lets go of standard input; safe to call twice. */
  release(): void {
    this.#stdin.off('data', this.#read);
    this.#stdin.off('end', this.#events.gone);
    this.#stdin.pause();
    this.#stdin.unref();
    this.#stdin.setRawMode(false);
  }

  setRawMode(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  readonly #read = (chunk: Buffer | string): void => {
    const text = this.#held + (typeof chunk === 'string' ? chunk : this.#decoder.write(chunk));
    this.#held = unfinished.exec(text)?.[0] ?? '';
    const keys = text
      .slice(0, text.length - this.#held.length)
      .replace(mouseReport, (_, button: string, column: string, row: string, end: string) => {
        const pressed = end === 'M' ? Number(button) : undefined;
        if (pressed === WHEEL_UP) this.#events.pointer({ type: 'wheel', wheel: 'up' });
        if (pressed === WHEEL_DOWN) this.#events.pointer({ type: 'wheel', wheel: 'down' });
        if (pressed === LEFT)
          this.#events.pointer({ type: 'click', x: Number(column) - 1, y: Number(row) - 1 });
        return '';
      })
      .replace(focusReport, (_, letter: string) => {
        this.#events.focus(letter === 'I');
        return '';
      })
      .replace(backgroundReport, (_, reply: string) => {
        const colour = colourOfReply(reply);
        if (colour) this.#events.background(colour);
        return '';
      });
    const letter = altLetter.exec(keys)?.[1];
    if (letter !== undefined && commandOf(`alt+${letter.toLowerCase()}`) === undefined)
      return this.#events.unbound(`Alt+${letter.toUpperCase()}`);
    if (keys !== '') this.write(keys);
  };
}
