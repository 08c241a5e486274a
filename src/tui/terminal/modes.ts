import { sanitizeLine, truncate } from '../../shared/text.ts';

const AUTOWRAP_OFF = '\x1b[?7l';
const AUTOWRAP_ON = '\x1b[?7h';
/** Clicks and the wheel, as SGR reports; terminals select text with Shift meanwhile. */
const MOUSE_ON = '\x1b[?1000h\x1b[?1006h';
const MOUSE_OFF = '\x1b[?1006l\x1b[?1000l';
const SAVE_TITLE = '\x1b[22;2t';
const RESTORE_TITLE = '\x1b[23;2t';
const MAX_TITLE_CELLS = 80;
/** At most one bell in this time, however many people call. */
export const BELL_MS = 5_000;

/** What the screen may do to the terminal beside drawing. */
export interface Terminal {
  /** At most once in `BELL_MS`. */
  ring(): void;
  title(text: string): void;
}

interface Writable {
  write(text: string): unknown;
}

/**
 * Takes the terminal and gives it back as it was. Autowrap is off while Ink draws: where terminal and Ink disagree
 * about the width of a character, a wrapped row would shift everything below it for good.
 */
export class TerminalModes implements Terminal {
  readonly #out: Writable;
  readonly #now: () => number;
  #rang = Number.NEGATIVE_INFINITY;
  #titled = '';
  #taken = false;

  constructor(out: Writable, now: () => number = () => performance.now()) {
    this.#out = out;
    this.#now = now;
  }

  take(): void {
    if (this.#taken) return;
    this.#taken = true;
    this.#out.write(`${SAVE_TITLE}${AUTOWRAP_OFF}${MOUSE_ON}`);
  }

  /** Safe to call twice, and from an exit handler. */
  give(): void {
    if (!this.#taken) return;
    this.#taken = false;
    this.#titled = '';
    this.#out.write(`${MOUSE_OFF}${AUTOWRAP_ON}${RESTORE_TITLE}`);
  }

  ring(): void {
    if (this.#now() - this.#rang < BELL_MS) return;
    this.#rang = this.#now();
    this.#out.write('\x07');
  }

  title(text: string): void {
    const shown = truncate(sanitizeLine(text), MAX_TITLE_CELLS);
    if (!this.#taken || shown === this.#titled) return;
    this.#titled = shown;
    this.#out.write(`\x1b]0;${shown}\x07`);
  }
}
