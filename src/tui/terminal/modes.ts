import type { Preferences } from '../../client/profile/preferences.ts';
import type { Check } from '../../commands/doctor.ts';
import { terminalChecks } from '../../commands/terminal-checks.ts';
import { sanitizeLine, truncate } from '../../shared/text.ts';
import { openPage } from './browser.ts';
import { copyHere } from './clipboard.ts';
import type { Env } from '../../shared/env.ts';

const AUTOWRAP_OFF = '\x1b[?7l';
const AUTOWRAP_ON = '\x1b[?7h';
/** Clicks and the wheel, as SGR reports; terminals select text with Shift meanwhile. */
const MOUSE_ON = '\x1b[?1000h\x1b[?1006h';
const MOUSE_OFF = '\x1b[?1006l\x1b[?1000l';
/** The terminal tells when it gets and loses the keyboard. */
const FOCUS_ON = '\x1b[?1004h';
const FOCUS_OFF = '\x1b[?1004l';
/** Answered with the colour behind the text, or not at all. */
const ASK_BACKGROUND = '\x1b]11;?\x07';
const SAVE_TITLE = '\x1b[22;2t';
const RESTORE_TITLE = '\x1b[23;2t';
const MAX_TITLE_CELLS = 80;
const MAX_NOTIFICATION_CELLS = 200;
/** Terminals take no more than this into the clipboard. */
const MAX_COPY_CHARACTERS = 74_000;
/** At most one bell in this time, however many people call. */
const BELL_MS = 5_000;

/** What the screen may do to the terminal beside drawing. */
export interface Terminal {
  /** Rings, and says why where notifications are on; at most once in `BELL_MS`. */
  call(text: string, notify: Preferences['notify']): void;
  title(text: string): void;
  mouse(on: boolean): void;
  /** Into the clipboard (OSC 52, and that of a Mac); whether the terminal does it cannot be known. */
  copy(text: string): void;
  /** A page in the browser of this machine; false when there is none. */
  open(url: string): boolean;
  /** What it is, can, and lacks. */
  checks(): readonly Check[];
}

interface Writable {
  write(text: string): unknown;
  readonly columns?: number;
  readonly rows?: number;
}

/**
 * Takes the terminal and gives it back as it was. Autowrap is off while Ink draws: where terminal and Ink disagree
 * about the width of a character, a wrapped row would shift everything below it for good.
 */
export class TerminalModes implements Terminal {
  readonly #out: Writable;
  readonly #env: Env;
  readonly #now: () => number;
  #rang = Number.NEGATIVE_INFINITY;
  #title = '';
  #titled = '';
  #taken = false;
  #mouse = true;

  constructor(out: Writable, env: Env = {}, now: () => number = () => performance.now()) {
    this.#out = out;
    this.#env = env;
    this.#now = now;
  }

  take(): void {
    if (this.#taken) return;
    this.#taken = true;
    this.#out.write(`${SAVE_TITLE}${AUTOWRAP_OFF}${FOCUS_ON}${this.#mouse ? MOUSE_ON : ''}`);
    if (this.#title !== '') this.title(this.#title);
  }

  /** Safe to call twice, and from an exit handler. */
  give(): void {
    if (!this.#taken) return;
    this.#taken = false;
    this.#titled = '';
    this.#out.write(`${MOUSE_OFF}${FOCUS_OFF}${AUTOWRAP_ON}${RESTORE_TITLE}`);
  }

  askBackground(): void {
    this.#out.write(ASK_BACKGROUND);
  }

  mouse(on: boolean): void {
    if (on === this.#mouse) return;
    this.#mouse = on;
    if (this.#taken) this.#out.write(on ? MOUSE_ON : MOUSE_OFF);
  }

  call(text: string, notify: Preferences['notify']): void {
    if (this.#now() - this.#rang < BELL_MS) return;
    this.#rang = this.#now();
    const shown = truncate(sanitizeLine(text), MAX_NOTIFICATION_CELLS);
    this.#out.write(`\x07${notification(shown, notify)}`);
  }

  title(text: string): void {
    const shown = truncate(sanitizeLine(text), MAX_TITLE_CELLS);
    this.#title = shown;
    if (!this.#taken || shown === this.#titled) return;
    this.#titled = shown;
    this.#out.write(`\x1b]0;${shown}\x07`);
  }

  copy(text: string): void {
    copyHere(text, this.#env);
    const encoded = Buffer.from(text.slice(0, MAX_COPY_CHARACTERS)).toString('base64');
    this.#out.write(`\x1b]52;c;${encoded}\x07`);
  }

  open(url: string): boolean {
    return openPage(url, this.#env);
  }

  checks(): readonly Check[] {
    const { columns = 0, rows = 0 } = this.#out;
    const mouse = this.#mouse ? 'on; Shift selects text' : 'off';
    return [
      ...terminalChecks({ env: this.#env, columns, rows }),
      { name: 'mouse', state: 'good', text: mouse },
    ];
  }
}

/** Semicolons would end the text of OSC 777; behind a number at the beginning of OSC 9 comes a command of some terminals. */
function notification(text: string, how: Preferences['notify']): string {
  const shown = text.replaceAll(';', ',');
  switch (how) {
    case 'off':
      return '';
    case 'osc9':
      return `\x1b]9;${shown}\x07`;
    case 'osc777':
      return `\x1b]777;notify;chat-tui;${shown}\x07`;
  }
}
