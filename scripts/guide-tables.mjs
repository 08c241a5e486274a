// Writes the tables of docs/guide.md that come from the program: commands, keys, options, permissions, settings.
// With --check it only says whether they are current.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { areas } from '../src/commands/command.ts';
import { areaTitles } from '../src/commands/help.ts';
import { commands } from '../src/commands/table.ts';
import { preferences } from '../src/client/profile/preferences.ts';
import { permissions } from '../src/shared/room/permissions.ts';
import { roles } from '../src/shared/room/roles.ts';
import { keymap } from '../src/tui/keymap.ts';
import { commands as programs, commonOptions } from '../src/cli/options.ts';

const guide = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs/guide.md');
const permissionNames = {
  post: 'post messages',
  'edit-own': 'rewrite their own messages',
  'delete-own': 'take back their own messages',
  react: 'react to messages',
  'change-nick': 'change their own nick',
  'delete-others': 'take back messages of people below',
  kick: 'remove people below',
  ban: 'ban people below, and lift bans',
  'see-bans': 'see who is banned',
  invite: 'make invites with a code',
  silence: 'silence people below',
  'change-motd': 'set the message of the day',
  'set-slow': 'set slow mode',
  'set-filters': 'set filters',
  'pass-limits': 'are exempt from slow mode and filters',
  'change-role': 'make and unmake operators',
  'change-topic': 'change the topic',
};
const whoWords = { everyone: '', operators: ' (operators and owner)', owner: ' (owner)' };
const tables = {
  commands: commandTables,
  keys: keyTables,
  permissions: permissionTable,
  settings: settingsTable,
  programs: programTable,
  options: optionTable,
};

const before = readFileSync(guide, 'utf8');
let after = before;
for (const [name, make] of Object.entries(tables)) {
  const marked = new RegExp(`(<!-- table: ${name} -->\\n).*?(<!-- end of table -->)`, 's');
  if (!marked.test(after)) throw new Error(`docs/guide.md has no place for the table of ${name}`);
  after = after.replace(marked, (_, start, end) => `${start}\n${make()}\n\n${end}`);
}
after = await format(after, { ...(await resolveConfig(guide)), parser: 'markdown' });

if (!process.argv.includes('--check')) {
  writeFileSync(guide, after);
} else if (before !== after) {
  console.error('docs/guide.md is not current: run "node scripts/guide-tables.mjs"');
  process.exitCode = 1;
}

function commandTables() {
  return areas
    .map((area) => {
      const rows = commands
        .filter((command) => command.area === area)
        .map(({ usage, aliases, help, who }) => [
          code(usage),
          aliases.map((alias) => code(`/${alias}`)).join(' '),
          `${help}${whoWords[who]}`,
        ]);
      return `### ${areaTitles[area]}\n\n${table(['command', 'also', 'what it does'], rows)}`;
    })
    .join('\n\n');
}

function keyTables() {
  return Object.entries(keymap)
    .map(([group, bindings]) => {
      const rows = bindings
        .filter(({ shown, help }) => shown && help)
        .map(({ shown, help }) => [shown, help]);
      return `### ${group}\n\n${table(['keys', 'what they do'], rows)}`;
    })
    .join('\n\n');
}

function programTable() {
  const rows = Object.entries(programs).map(([name, { usage, summary, options }]) => [
    code(usage),
    summary,
    // An operator's are in docs/operations.md.
    name === 'relay' ? '' : options.map((option) => code(flagOf(option))).join(' '),
  ]);
  return table(['command', 'what it does', 'options of its own'], rows);
}

function optionTable() {
  const rows = commonOptions.map((option) => [
    code(flagOf(option)),
    option.env === undefined ? '' : code(option.env),
    option.help,
  ]);
  return table(['option', 'variable', 'what it does'], rows);
}

function flagOf({ name, value, negated }) {
  return `--${negated ? 'no-' : ''}${name}${value === undefined ? '' : ` ${value}`}`;
}

function permissionTable() {
  const rows = Object.entries(permissions).map(([action, allowed]) => [
    permissionNames[action] ?? action,
    ...roles.map((role) => (allowed.includes(role) ? 'yes' : '')),
  ]);
  return table(['who may', ...roles], rows);
}

function settingsTable() {
  const rows = Object.entries(preferences).map(([name, { values, help }]) => [
    code(name),
    values.map(code).join(' '),
    help,
  ]);
  return table(['setting', 'values, the default first', 'what it does'], rows);
}

function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(text) {
  return `\`${text}\``;
}
