import { PassThrough } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

export type Wheel = 'up' | 'down';

interface RawInput extends NodeJS.ReadableStream {
  setRawMode(mode: boolean): unknown;
  ref(): unknown;
  unref(): unknown;
}

/* oxlint-disable no-control-regex -- reports of a terminal begin with an escape */
const mouseReport = /\x1b\[<(\d+);\d+;\d+[Mm]/g;
const focusReport = /\x1b\[[IO]/g;
/** The beginning of a report that the next chunk may end. */
const unfinished = /\x1b\[(?:<[\d;]*)?$/;
const WHEEL_UP = 64;
const WHEEL_DOWN = 65;

/**
 * Standard input as Ink wants it, without the reports of mouse and focus that Ink knows nothing of; turns of the wheel
 * are told to `onWheel`.
 */
export class Keyboard extends PassThrough {
  readonly isTTY = true;
  readonly #stdin: RawInput;
  readonly #decoder = new StringDecoder('utf8');
  readonly #onWheel: (wheel: Wheel) => void;
  #held = '';

  constructor(stdin: RawInput, onWheel: (wheel: Wheel) => void) {
    super();
    this.#stdin = stdin;
    this.#onWheel = onWheel;
    stdin.on('data', this.#read);
  }

  setRawMode(mode: boolean): this {
    this.#stdin.setRawMode(mode);
    return this;
  }

  ref(): this {
    this.#stdin.ref();
    return this;
  }

  unref(): this {
    this.#stdin.unref();
    return this;
  }

  /** Lets go of standard input. */
  detach(): void {
    this.#stdin.off('data', this.#read);
    this.#stdin.pause();
  }

  readonly #read = (chunk: Buffer | string): void => {
    const text = this.#held + (typeof chunk === 'string' ? chunk : this.#decoder.write(chunk));
    this.#held = unfinished.exec(text)?.[0] ?? '';
    const keys = text
      .slice(0, text.length - this.#held.length)
      .replace(mouseReport, (_, button: string) => {
        if (Number(button) === WHEEL_UP) this.#onWheel('up');
        if (Number(button) === WHEEL_DOWN) this.#onWheel('down');
        return '';
      })
      .replace(focusReport, '');
    if (keys !== '') this.write(keys);
  };
}
