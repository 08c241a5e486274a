import { commandSpec, commonOptions, commands, type CommandName, type OptionSpec } from './options.ts';

/** What `--help` prints for the program or one of its commands. */
export function usageText(name: CommandName): string {
  const spec = commandSpec(name);
  const parts = [`Usage: ${spec.usage} [options]`, `  ${spec.summary}`];
  if (name === 'chat') {
    const others = Object.values(commands).map((command) => [command.usage, command.summary] as const);
    parts.push('', 'Commands:', ...columns(others), '', '  chat-tui COMMAND --help tells more.');
  }
  if (spec.actions) parts.push('', 'Commands:', ...columns(spec.actions));
  if (spec.options.length > 0) parts.push('', 'Options:', ...columns(spec.options.map(optionRow)));
  parts.push('', spec.options.length > 0 ? 'Options of every command:' : 'Options:');
  parts.push(...columns(commonOptions.map(optionRow)));
  return `${parts.join('\n')}\n`;
}

function optionRow(option: OptionSpec): readonly [string, string] {
  const flag = `--${option.negated ? 'no-' : ''}${option.name}${option.value ? ` ${option.value}` : ''}`;
  return [flag, option.env ? `${option.help} [${option.env}]` : option.help];
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
