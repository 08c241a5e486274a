import { columns } from '../shared/columns.ts';
import { commandSpec, commonOptions, commands, type CommandName, type OptionSpec } from './options.ts';

/** What `--help` prints for the program or one of its commands. */
export function usageText(name: CommandName): string {
  const spec = commandSpec(name);
  const parts = [`Usage: ${spec.usage} [options]`, `  ${spec.summary}`];
  if (name === 'chat') {
    const others = Object.values(commands).map((command) => [command.usage, command.summary] as const);
    parts.push('', 'Commands:', table(others), '', '  chat-tui COMMAND --help tells more.');
  }
  if (spec.actions) parts.push('', 'Commands:', table(spec.actions));
  if (spec.options.length > 0) parts.push('', 'Options:', table(spec.options.map(optionRow)));
  parts.push('', spec.options.length > 0 ? 'Options of every command:' : 'Options:');
  parts.push(table(commonOptions.map(optionRow)));
  return `${parts.join('\n')}\n`;
}

function optionRow(option: OptionSpec): readonly [string, string] {
  const flag = `--${option.negated ? 'no-' : ''}${option.name}${option.value ? ` ${option.value}` : ''}`;
  return [flag, option.env ? `${option.help} [${option.env}]` : option.help];
}

function table(rows: readonly (readonly [string, string])[]): string {
  return columns(rows.map(([left, right]) => [`  ${left}`, right]));
}
