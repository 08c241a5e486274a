import { textWidth } from '../shared/text.ts';
import { columns } from '../shared/columns.ts';
import { areas, helpAnswer, refuse, shortened, type Area, type Command } from './command.ts';
import { findCommand, namesOf, nearestName } from './find.ts';

export const areaTitles: Readonly<Record<Area, string>> = {
  basics: 'Basics',
  rooms: 'Rooms',
  hosting: 'Hosting',
  people: 'People',
  whispers: 'Whispers',
  account: 'Account',
  messages: 'Messages',
  moderation: 'Moderation',
  noise: 'Alerts',
  screen: 'Screen',
  export: 'Saving',
  line: 'Connection',
};

const placeWords: Readonly<Record<Command['where'], string>> = {
  anywhere: 'Works everywhere.',
  room: 'Works in a room.',
  hosting: 'Works while this program hosts a room.',
};

/** `table` is asked when the command runs, because this command is in it. */
export function helpCommand(table: () => readonly Command[]): Command {
  return {
    name: 'help',
    aliases: ['h', '?'],
    area: 'basics',
    usage: '/help [COMMAND]',
    where: 'anywhere',
    who: 'everyone',
    help: 'show all commands, or one of them',
    complete: 'command',
    run: async (args) => {
      const wanted = args.trim().replace(/^[/\\]/, '');
      if (wanted === '') return helpAnswer(helpAll(table()));
      const command = findCommand(wanted, table());
      if (command) return helpAnswer(helpOne(command));
      const near = nearestName(wanted.toLowerCase(), table());
      const hint = near === undefined ? '/help lists them all.' : `Did you mean /help ${near}?`;
      return refuse('unknown-command', `There is no command called ${shortened(wanted)}. ${hint}`);
    },
  };
}

/** Every command by area, one line each, in columns. */
export function helpAll(table: readonly Command[]): string {
  const shown = table.map((command) => ({ command, usage: shortUsage(command) }));
  const width = Math.max(...shown.map(({ usage }) => textWidth(usage)));
  const blocks = areas.flatMap((area) => {
    const rows = shown.filter(({ command }) => command.area === area);
    if (rows.length === 0) return [];
    const lines = rows.map(
      ({ command, usage }) => `  ${usage}${' '.repeat(width - textWidth(usage))}  ${command.help}`,
    );
    return [[areaTitles[area], ...lines].join('\n')];
  });
  return [...blocks, '/help COMMAND tells more about one. // sends a line that begins with a slash.'].join(
    '\n',
  );
}

const whoWords: Readonly<Record<Command['who'], string>> = {
  everyone: '',
  operators: ' Operators and the owner only.',
  owner: ' The owner only.',
};

export function helpOne(command: Command): string {
  const others = namesOf(command).slice(1);
  // Everybody may have shown what only some may change.
  const shows = command.who === 'operators' && command.help.startsWith('show ');
  const who = shows ? ' Operators and the owner change it.' : whoWords[command.who];
  const place =
    'withPerson' in command ? 'Works in rooms and windows for one person.' : placeWords[command.where];
  const lines = [command.usage, `  ${sentenceCase(command.help)}.`, `  ${place}${who}`];
  if (others.length > 0) lines.push(`  Also: ${others.map((name) => `/${name}`).join(' ')}`);
  if (command.notes) lines.push(columns(command.notes.map((note) => [`  ${note[0]}`, note[1]])));
  return lines.join('\n');
}

/** The usage without its options, which only the command's own help lists. */
function shortUsage({ usage }: Command): string {
  const at = usage.indexOf(' [--');
  return at < 0 ? usage : `${usage.slice(0, at)} …`;
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
