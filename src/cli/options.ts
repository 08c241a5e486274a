/** One option of the command line. Without `value` it is a switch. */
export interface OptionSpec {
  readonly name: string;
  /** What stands for its value in the usage text. */
  readonly value?: string;
  readonly help: string;
  /** Read where the flag is not given. */
  readonly env?: string;
  /** `--no-NAME` is what is offered. */
  readonly negated?: boolean;
  /** The actions it says something to, `''` for the command without one; all of them where it is absent. */
  readonly actions?: readonly string[];
}

export interface CommandSpec {
  readonly usage: string;
  readonly summary: string;
  /** Fewest and most words after the command. */
  readonly words: readonly [number, number];
  readonly options: readonly OptionSpec[];
  /** First words, and what they do. */
  readonly actions?: readonly (readonly [usage: string, help: string])[];
}

/** Options of every command. */
export const commonOptions: readonly OptionSpec[] = [
  { name: 'relay', value: 'URL', env: 'CHAT_TUI_RELAY', help: 'relay to use, e.g. wss://chat.example.org' },
  { name: 'home', value: 'DIR', env: 'CHAT_TUI_HOME', help: 'folder that holds the whole profile' },
  { name: 'profile', value: 'NAME', env: 'CHAT_TUI_PROFILE', help: 'another profile than the default one' },
  {
    name: 'nick',
    value: 'NAME',
    env: 'CHAT_TUI_NICK',
    help: 'nickname for this run (the saved one, else the login name)',
  },
  { name: 'lan', negated: true, help: 'look for no rooms on this machine and network, announce none' },
  { name: 'code-file', value: 'FILE', help: 'file that holds the join code, - for standard input' },
  { name: 'json', help: 'one JSON object a line' },
  { name: 'log-file', value: 'FILE', help: 'append diagnostics to this file' },
  { name: 'verbose', help: 'more diagnostics, stack traces included' },
  { name: 'help', help: 'show this help' },
  { name: 'version', help: 'show the version' },
];

/** Arguments can be read by everybody on a machine. */
const inviteFile: OptionSpec = {
  name: 'invite-file',
  value: 'FILE',
  help: 'file that holds the invite, - for standard input or a prompt',
};

const hostOptions: readonly OptionSpec[] = [
  { name: 'topic', value: 'TEXT', help: 'what the room is about' },
  { name: 'private', help: 'not listed; needs the invite' },
  { name: 'code', help: 'generate a join code' },
  { name: 'backlog', value: 'N', help: 'messages a newcomer may read (200; 0 = none)' },
  { name: 'retain', value: 'N|all', help: 'messages kept (all)' },
  { name: 'max-members', value: 'N', help: 'members at a time, besides the owner (250)' },
  { name: 'rate', value: 'N', help: 'messages a second each member may post (1, bursts of 5)' },
];

/** Says something to a relay that is started, and nothing to one that runs. */
const atStart = [''];

/** For containers there is a variable for each. */
function setting(name: string, value: string, help: string): OptionSpec {
  return { name, value, help, env: `CHAT_TUI_RELAY_${name.toUpperCase().replaceAll('-', '_')}` };
}

const relayOptions: readonly OptionSpec[] = [
  setting('config', 'FILE', 'settings as JSON; flags and environment win'),
  { name: 'check-config', actions: atStart, help: 'say what would be used, and from where, then exit' },
  setting('data', 'DIR', 'folder for its key, prekeys and sealed mail'),
  ...[
    setting('listen', 'ADDR:PORT', 'where to listen (0.0.0.0:1878; port 0 picks one)'),
    setting('public-url', 'URL', 'address that callers use, for the log'),
    setting('name', 'TEXT', 'what callers see it called'),
    setting('metrics', 'ADDR:PORT', 'Prometheus metrics; a port alone is on loopback'),
    setting('trust-proxy', 'N', 'proxies in front that are believed (0)'),
    setting('tls-cert', 'FILE', 'certificate chain (PEM), for wss://'),
    setting('tls-key', 'FILE', 'its private key (PEM)'),
    setting('terms', 'FILE', 'text that everybody is shown at the first visit'),
    setting('private-relay', 'FILE', 'keys, one a line; nobody else comes in'),
    setting('limits', 'NAME=N,…', 'other limits, e.g. rooms-per-identity=5'),
  ].map((option) => ({ ...option, actions: atStart })),
  {
    name: 'for',
    value: 'TIME',
    actions: ['close', 'ban'],
    help: 'how long a ban or a closed room lasts, e.g. 2h (until lifted)',
  },
  {
    name: 'reason',
    value: 'TEXT',
    actions: ['close', 'ban'],
    help: 'why, for the list of bans and the log',
  },
  { name: 'once', actions: ['status'], help: 'status: print it once' },
];

const relayActions: CommandSpec['actions'] = [
  ['status', 'what it does now; q leaves'],
  ['rooms', 'rooms that are open, and how many are in them'],
  ['close ROOM', 'close a room and keep it closed (--for, --reason)'],
  ['ban WHOM', 'keep out a key, an address, a CIDR block, or a #NUMBER or net-… of the log'],
  ['unban WHAT', 'lift a ban, or open a closed room again'],
  ['bans', 'what is banned and closed'],
  ['reload', 'read the settings anew, as SIGHUP does'],
  ['drain', 'tell everybody to come back later, then end'],
  ['backup FILE', 'write everything it keeps to a new file while it runs'],
  ['restore FILE', 'put a backup in place of what is there, while no relay runs'],
];

const accountActions: CommandSpec['actions'] = [
  ['register NAME', 'have a name of your own at the relay'],
  ['login NAME', 'be a registered name on this device'],
  ['passwd', 'set the password of your name, or remove it'],
  ['delete', 'give your name up'],
  ['list [TEXT]', 'list registered names; * stands for anything'],
  ['whoami', 'show your name at the relay'],
];

export const commands = {
  chat: {
    usage: 'chat-tui [ROOM | INVITE]',
    summary: 'open the terminal UI; join at once if given',
    words: [0, 1],
    options: [inviteFile],
  },
  host: {
    usage: 'chat-tui host NAME',
    summary: 'keep a room open without a screen',
    words: [1, 1],
    options: hostOptions,
  },
  relay: {
    usage: 'chat-tui relay [COMMAND]',
    summary: 'run a switchboard, or control the one that is running',
    words: [0, 2],
    options: relayOptions,
    actions: relayActions,
  },
  pipe: {
    usage: 'chat-tui pipe ROOM|INVITE',
    summary: 'stdin → room, room → stdout (scripts and bots)',
    words: [0, 1],
    options: [
      inviteFile,
      { name: 'history', value: 'N', help: 'print N earlier messages first (0)' },
      { name: 'follow', help: 'stay after the end of standard input' },
    ],
  },
  doctor: {
    usage: 'chat-tui doctor',
    summary: 'check terminal, profile, network, relay; say what to do',
    words: [0, 0],
    options: [],
  },
  rooms: {
    usage: 'chat-tui rooms',
    summary: 'list the rooms in reach, then exit',
    words: [0, 0],
    options: [],
  },
  save: {
    usage: 'chat-tui save ROOM [FILE]',
    summary: 'export local history, then exit; FILE - is standard output',
    words: [1, 2],
    options: [
      { name: 'last', value: 'N', help: 'only the last N messages' },
      { name: 'since', value: 'TIME', help: 'only messages since then, e.g. 2h or 2026-11-20' },
      { name: 'format', value: 'txt|md|json', help: 'what to write (txt)' },
    ],
  },
  account: {
    usage: 'chat-tui account …',
    summary: 'register NAME | login NAME | passwd | delete | list [TEXT] | whoami',
    // More words than any of its commands takes: those know better what to say.
    words: [0, 9],
    actions: accountActions,
    options: [
      {
        name: 'password-file',
        value: 'FILE',
        actions: ['register', 'login', 'passwd'],
        help: 'file that holds the password, - for standard input',
      },
      {
        name: 'yes',
        actions: ['login', 'delete'],
        help: 'ask nothing: give the name up, or keep this history aside',
      },
    ],
  },
} as const satisfies Readonly<Record<string, CommandSpec>>;

export type CommandName = keyof typeof commands;

export function commandSpec(name: CommandName): CommandSpec {
  return commands[name];
}
