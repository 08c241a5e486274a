import { fileURLToPath } from 'node:url';
import { spawn, type IPty } from '@lydell/node-pty';
import { UnicodeGraphemesAddon } from '@xterm/addon-unicode-graphemes';
import xterm from '@xterm/headless';
import { textWidth } from '../../src/shared/text.ts';

const bin = fileURLToPath(new URL('../../bin/chat-tui.js', import.meta.url));

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The program is a job of an interactive shell, which gets the terminal when it stops. */
  readonly shell?: boolean;
  /** Words before the program: what runs it elsewhere. */
  readonly by?: readonly string[];
  /** How the terminal measures: by graphemes, or code point by code point as tmux and older ones do. */
  readonly widths?: 'graphemes' | 'code-points';
  /** What it answers when it is asked for the colour behind its text; without it, nothing. */
  readonly background?: string;
}

/** How long something may take to be seen on a machine that is busy with much else. */
const PATIENCE_MS = 30_000;
/** The mode in which a frame is written that is to be shown as a whole. */
const SYNCHRONIZED = 2026;
/** The system command that asks for, or sets, the colour behind the text. */
const BACKGROUND = 11;

/** The real program on a real PTY, its output drawn by a terminal emulator: what a person would see. */
export class Terminal {
  readonly #pty: IPty;
  readonly #screen: xterm.Terminal;
  /** The rows from before a frame that has not come to its end yet. */
  #before: string[] | undefined;
  readonly #watchers = new Set<() => void>();
  /** Every byte the program wrote. */
  raw = '';
  /** Resolves when everything it wrote is drawn. */
  readonly exited: Promise<{ exitCode: number; signal: number }>;

  constructor(args: readonly string[], options: TerminalOptions = {}) {
    const cols = options.columns ?? 80;
    const rows = options.rows ?? 24;
    this.#screen = new xterm.Terminal({ cols, rows, allowProposedApi: true });
    if (options.widths === 'code-points') countCodePoints(this.#screen);
    else this.#screen.loadAddon(new UnicodeGraphemesAddon());
    this.#showWholeFrames();
    const command = [...(options.by ?? []), process.execPath, bin, ...args];
    const [file = '', ...words] = options.shell ? ['/bin/sh', '-i'] : command;
    this.#pty = spawn(file, words, {
      name: 'xterm-256color',
      cols,
      rows,
      env: cleanEnvironment(options.env),
      ...(options.cwd ? { cwd: options.cwd } : {}),
    });
    this.#pty.onData((data) => {
      this.raw += data;
      this.#screen.write(data, () => this.#look());
    });
    if (options.shell) this.enter([process.execPath, bin, ...args].join(' '));
    this.#screen.onData((reply) => this.#pty.write(reply));
    const { background } = options;
    this.#screen.parser.registerOscHandler(BACKGROUND, (asked) => {
      if (asked === '?' && background) this.#pty.write(`\x1b]${BACKGROUND};${background}\x1b\\`);
      return true;
    });
    this.exited = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode, signal }) => {
        this.#screen.write('', () => {
          this.#before = undefined;
          resolve({ exitCode, signal: signal ?? 0 });
        });
      });
    });
  }

  get pid(): number {
    return this.#pty.pid;
  }

  /** The visible rows, right-trimmed. */
  rows(): string[] {
    return this.#before ?? this.#drawn();
  }

  #drawn(): string[] {
    const buffer = this.#screen.buffer.active;
    return Array.from({ length: this.#screen.rows }, (_, row) => {
      // A line may still be as long as the window once was wide.
      return buffer.getLine(buffer.viewportY + row)?.translateToString(true, 0, this.#screen.cols) ?? '';
    });
  }

  /** A pipe cuts a frame anywhere, and what comes first of it is not yet to be seen. */
  #showWholeFrames(): void {
    const { parser } = this.#screen;
    parser.registerCsiHandler({ prefix: '?', final: 'h' }, (modes) => {
      if (modes.includes(SYNCHRONIZED)) this.#before = this.#drawn();
      return false;
    });
    parser.registerCsiHandler({ prefix: '?', final: 'l' }, (modes) => {
      if (!modes.includes(SYNCHRONIZED)) return false;
      this.#before = undefined;
      // The next frame may stand in the same piece.
      this.#look();
      return false;
    });
  }

  #look(): void {
    for (const watcher of this.#watchers) watcher();
  }

  /** What stands in one cell, from 0; '' behind a wide character. */
  cell(row: number, column: number): string {
    const buffer = this.#screen.buffer.active;
    return (
      buffer
        .getLine(buffer.viewportY + row)
        ?.getCell(column)
        ?.getChars() ?? ''
    );
  }

  text(): string {
    return this.rows().join('\n');
  }

  /** `alternate` while a full-screen program has the terminal. */
  get buffer(): 'normal' | 'alternate' {
    return this.#screen.buffer.active.type;
  }

  /** Modes a program may have left switched on. */
  get modes() {
    return this.#screen.modes;
  }

  type(keys: string): void {
    this.#pty.write(keys);
  }

  /** Types a line and presses Enter, as two writes: programs must not depend on how keys are grouped. */
  enter(line: string): void {
    this.#pty.write(line);
    this.#pty.write('\r');
  }

  resize(columns: number, rows: number): void {
    this.#screen.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  /** Resolves with the screen once it matches; rejects with the last screen after `timeoutMs`. */
  async see(what: RegExp | string, timeoutMs = PATIENCE_MS): Promise<string> {
    let seen = '';
    const matches = (): boolean => {
      seen = this.text();
      return typeof what === 'string' ? seen.includes(what) : what.test(seen);
    };
    await this.until(matches, String(what), timeoutMs);
    return seen;
  }

  /** Resolves once the screen is as it should be; each frame that the program draws is looked at. */
  async until(matches: () => boolean, what: string, timeoutMs = PATIENCE_MS): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const done = (finish: () => void): void => {
        this.#watchers.delete(look);
        clearTimeout(timer);
        finish();
      };
      const look = (): void => {
        if (this.#before === undefined && matches()) done(resolve);
      };
      const timer = setTimeout(() => {
        done(() => reject(new Error(`never saw ${what}; the screen was:\n${this.text()}`)));
      }, timeoutMs);
      this.#watchers.add(look);
      look();
    });
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#pty.kill(signal);
  }

  async close(): Promise<void> {
    this.#pty.kill('SIGKILL');
    await this.exited;
    this.#screen.dispose();
  }
}

/** CI variables make Ink draw nothing; colours of the caller's terminal must not matter. */
export function cleanEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value === undefined || name === 'CI' || name.startsWith('CI_') || name.startsWith('CHAT_TUI_'))
      continue;
    if (name === 'NO_COLOR' || name === 'FORCE_COLOR' || name.startsWith('VITEST') || name === 'NODE_ENV')
      continue;
    if (name === 'GITHUB_ACTIONS' || name === 'CONTINUOUS_INTEGRATION') continue;
    kept[name] = value;
  }
  // Nothing a test starts sends to a network unless it made that network itself.
  return { ...kept, LANG: 'C.UTF-8', TERM: 'xterm-256color', CHAT_TUI_LAN_INTERFACES: '', ...extra };
}

/** The widths of Unicode's tables without graphemes: marks take no cell, whatever is wide takes two. */
function countCodePoints({ unicode }: xterm.Terminal): void {
  const wcwidth = (codePoint: number): 0 | 1 | 2 => {
    if (codePoint < 0x20) return 0;
    if (codePoint < 0x7f) return 1;
    const character = String.fromCodePoint(codePoint);
    if (/[\p{Mn}\p{Me}\p{Cf}]/u.test(character)) return 0;
    return textWidth(character) === 2 ? 2 : 1;
  };
  unicode.register({
    version: 'code-points',
    wcwidth,
    // Bits as the emulator packs them: width at 1, joined to the cell before at 0.
    charProperties(codePoint, preceding) {
      const width = wcwidth(codePoint);
      const before = (preceding >> 1) & 3;
      const joined = width === 0 && before > 0;
      return ((joined ? before : width) << 1) | (joined ? 1 : 0);
    },
  });
  unicode.activeVersion = 'code-points';
}
