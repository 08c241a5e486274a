import type { Check } from './doctor.ts';
import type { Env } from '../shared/env.ts';

/** The smallest window in which everything is still there. */
const MIN_COLUMNS = 40;
const MIN_ROWS = 10;

export interface TerminalFacts {
  readonly env: Env;
  readonly columns: number;
  readonly rows: number;
  /** Which system this is; the one it runs on unless a test says otherwise. */
  readonly platform?: NodeJS.Platform;
}

/** What a terminal lacks for this program, and how it gets it. */
export function terminalChecks({ env, columns, rows, platform = process.platform }: TerminalFacts): Check[] {
  const name = 'terminal';
  const term = env['TERM'] ?? '';
  const isWindows = platform === 'win32';
  const named = env['WT_SESSION'] ? 'Windows Terminal' : 'unknown';
  const kind = `${env['TERM_PROGRAM'] ?? (term === '' ? named : term)}, ${columns}x${rows}`;
  const checks: Check[] = [];
  if (columns < MIN_COLUMNS || rows < MIN_ROWS) {
    const remedy = `Make the window at least ${MIN_COLUMNS}x${MIN_ROWS}; 80x24 is comfortable.`;
    checks.push({ name, state: 'warning', text: `${kind}: very small`, remedy });
  } else checks.push({ name, state: 'good', text: kind });
  // Nothing sets it on Windows.
  if (term === 'dumb' || (term === '' && !isWindows)) {
    const remedy = 'Set TERM to what the terminal is, such as xterm-256color.';
    checks.push({ name, state: 'bad', text: `TERM is ${term === '' ? 'not set' : 'dumb'}`, remedy });
  }
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  if (!isWindows && !/utf-?8/i.test(locale)) {
    const remedy = 'Set LANG to a UTF-8 locale, such as C.UTF-8, or lines and letters come out as ? marks.';
    checks.push({ name: 'locale', state: 'warning', text: locale === '' ? 'not set' : locale, remedy });
  }
  if (platform === 'darwin') {
    const remedy =
      'If it writes a sign instead, have it sent as Meta (Terminal) or as Esc+ (iTerm2), in the keyboard settings of the profile.';
    checks.push({ name: 'keys', state: 'good', text: 'Alt is the Option key', remedy });
  }
  return [...checks, ...multiplexerChecks(env)];
}

/** Colours and the clipboard are what terminals inside a terminal lose. */
function multiplexerChecks(env: TerminalFacts['env']): Check[] {
  const term = env['TERM'] ?? '';
  if (env['TMUX'] && term === 'screen') {
    const remedy = "For 256 colours put  set -g default-terminal tmux-256color  into tmux's settings.";
    return [{ name: 'colours', state: 'warning', text: '16 in this tmux', remedy }];
  }
  return [];
}
