/** What a key can cause. The first group edits the input line, the second is about the screen. */
export type EditCommand =
  | 'newline'
  | 'complete'
  | 'complete-back'
  | 'history-older'
  | 'history-newer'
  | 'search-history'
  | 'char-left'
  | 'char-right'
  | 'word-left'
  | 'word-right'
  | 'line-start'
  | 'line-end'
  | 'delete-back'
  | 'delete-forward'
  | 'delete-word-back'
  | 'delete-word-forward'
  | 'kill-to-end'
  | 'kill-to-start'
  | 'yank'
  | 'undo';

const screenCommands = [
  'send',
  'room-next',
  'room-previous',
  'room-number',
  'lobby',
  'next-activity',
  'page-up',
  'page-down',
  'home',
  'end',
  'first-unread',
  'previous-mention',
  'find',
  'redraw',
  'help',
  'escape',
  'interrupt',
  'end-of-input',
  'suspend',
] as const;
export type ScreenCommand = (typeof screenCommands)[number];

export type KeyCommand = EditCommand | ScreenCommand;

interface Binding {
  readonly chords: readonly string[];
  readonly command: KeyCommand;
  /** As people write it; absent: not worth a line of help. */
  readonly shown?: string;
  readonly help?: string;
}

/** Every key there is. Function keys do not reach Ink, so none is bound. */
export const keymap = {
  Writing: [
    {
      chords: ['enter'],
      command: 'send',
      shown: 'Enter',
      help: 'send; in the lobby with nothing written: join',
    },
    {
      chords: ['alt+enter', 'shift+enter', 'ctrl+j'],
      command: 'newline',
      shown: 'Alt+Enter, Ctrl+J',
      help: 'new line in the message',
    },
    {
      chords: ['tab'],
      command: 'complete',
      shown: 'Tab, Shift+Tab',
      help: 'complete a nick, command, room or :emoji:; the one before',
    },
    { chords: ['shift+tab'], command: 'complete-back' },
    {
      chords: ['up'],
      command: 'history-older',
      shown: 'Up, Down',
      help: 'what you wrote before; in the lobby: choose a room',
    },
    { chords: ['down'], command: 'history-newer' },
    { chords: ['ctrl+r'], command: 'search-history', shown: 'Ctrl+R', help: 'search what you wrote' },
  ],
  'In the line': [
    { chords: ['ctrl+a'], command: 'line-start', shown: 'Ctrl+A, Ctrl+E', help: 'start and end of the line' },
    { chords: ['ctrl+e'], command: 'line-end' },
    { chords: ['left', 'ctrl+b'], command: 'char-left' },
    { chords: ['right'], command: 'char-right' },
    {
      chords: ['alt+b', 'ctrl+left'],
      command: 'word-left',
      shown: 'Alt+B, Alt+F',
      help: 'a word back, a word on (also Ctrl+arrows)',
    },
    { chords: ['alt+f', 'ctrl+right'], command: 'word-right' },
    { chords: ['backspace', 'shift+backspace'], command: 'delete-back' },
    { chords: ['delete'], command: 'delete-forward' },
    {
      chords: ['ctrl+w', 'alt+backspace'],
      command: 'delete-word-back',
      shown: 'Ctrl+W, Alt+D',
      help: 'cut the word before, the word after',
    },
    { chords: ['alt+d'], command: 'delete-word-forward' },
    {
      chords: ['ctrl+u'],
      command: 'kill-to-start',
      shown: 'Ctrl+U, Ctrl+K',
      help: 'cut to the start, to the end',
    },
    { chords: ['ctrl+k'], command: 'kill-to-end' },
    { chords: ['ctrl+y'], command: 'yank', shown: 'Ctrl+Y', help: 'put back what was cut' },
    { chords: ['ctrl+_'], command: 'undo', shown: 'Ctrl+_', help: 'take back the last change' },
  ],
  Rooms: [
    {
      chords: ['ctrl+n', 'alt+down', 'alt+right'],
      command: 'room-next',
      shown: 'Ctrl+N, Ctrl+P',
      help: 'next and previous room (also Alt+arrows)',
    },
    { chords: ['ctrl+p', 'alt+up', 'alt+left'], command: 'room-previous' },
    {
      chords: ['alt+1', 'alt+2', 'alt+3', 'alt+4', 'alt+5', 'alt+6', 'alt+7', 'alt+8', 'alt+9'],
      command: 'room-number',
      shown: 'Alt+1 … Alt+9',
      help: 'that room of the list',
    },
    { chords: ['alt+0'], command: 'lobby', shown: 'Alt+0', help: 'the lobby' },
    { chords: ['alt+a'], command: 'next-activity', shown: 'Alt+A', help: 'the next room with something new' },
  ],
  Reading: [
    {
      chords: ['pageup'],
      command: 'page-up',
      shown: 'PgUp, PgDn',
      help: 'earlier and later lines (also the wheel; Shift selects)',
    },
    { chords: ['pagedown'], command: 'page-down' },
    {
      chords: ['home'],
      command: 'home',
      shown: 'Home, End',
      help: 'oldest and newest line; in a written line: its ends',
    },
    { chords: ['end'], command: 'end' },
    { chords: ['alt+u'], command: 'first-unread', shown: 'Alt+U', help: 'the first line you have not seen' },
    {
      chords: ['alt+m'],
      command: 'previous-mention',
      shown: 'Alt+M',
      help: 'the last line that names you, then the one before',
    },
    { chords: ['ctrl+f'], command: 'find', shown: 'Ctrl+F', help: 'search everything said here' },
  ],
  Program: [
    { chords: ['alt+h'], command: 'help', shown: 'Alt+H', help: 'this list' },
    {
      chords: ['escape'],
      command: 'escape',
      shown: 'Esc',
      help: 'close what is open, back to the newest line',
    },
    { chords: ['ctrl+l'], command: 'redraw', shown: 'Ctrl+L', help: 'draw the screen anew' },
    { chords: ['ctrl+c'], command: 'interrupt', shown: 'Ctrl+C', help: 'clear the line; twice: quit' },
    { chords: ['ctrl+d'], command: 'end-of-input', shown: 'Ctrl+D', help: 'quit, when nothing is written' },
    { chords: ['ctrl+z'], command: 'suspend', shown: 'Ctrl+Z', help: 'back to the shell; fg returns' },
  ],
} as const satisfies Record<string, readonly Binding[]>;

const bindings: readonly Binding[] = Object.values(keymap).flat();
const commands: ReadonlyMap<string, KeyCommand> = new Map(
  bindings.flatMap(({ chords, command }) => chords.map((chord) => [chord, command] as const)),
);

export function commandOf(chord: string): KeyCommand | undefined {
  return commands.get(chord);
}

export function isScreenCommand(command: KeyCommand): command is ScreenCommand {
  return screenCommands.some((each) => each === command);
}

/** The keys in aligned columns, made from the same table that acts on them. */
export function keysHelp(): string {
  const width = Math.max(...bindings.map(({ shown }) => shown?.length ?? 0));
  return Object.entries(keymap)
    .map(([group, rows]: [string, readonly Binding[]]) => {
      const lines = rows.flatMap(({ shown, help }) =>
        shown === undefined || help === undefined ? [] : [`  ${shown.padEnd(width)}  ${help}`],
      );
      return [group, ...lines].join('\n');
    })
    .join('\n');
}
