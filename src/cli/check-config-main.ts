import { columns } from '../shared/columns.ts';
import { systemClock } from '../relay/clock.ts';
import { connectionLimit } from '../relay/descriptors.ts';
import { defaultLimits } from '../relay/limits.ts';
import { silentLogger } from '../relay/log.ts';
import { readSettings } from '../relay/settings-files.ts';
import { Upkeep } from '../relay/upkeep.ts';
import { exitCodes, type ExitCode } from '../shared/exit-codes.ts';
import { sanitizeLine } from '../shared/text.ts';
import { nearest } from '../shared/nearest.ts';
import { commands } from './options.ts';
import { printable, type CommandLine } from './parse.ts';
import { relayOptions, settingRows } from './relay-options.ts';
import { jsonWriter, type ProgramIo } from './program.ts';

const PREFIX = 'CHAT_TUI_RELAY_';

/** `chat-tui relay --check-config`: reads everything a start would read, and says where each value is from. */
export function checkConfigMain(
  line: CommandLine,
  { stdout, env }: Pick<ProgramIo, 'stdout' | 'env'>,
): ExitCode {
  const options = relayOptions(line);
  const { tls } = readSettings(options);
  const rows = settingRows(line);
  const wanted = options.limits.connections ?? defaultLimits.connections;
  const upkeep = new Upkeep(systemClock, silentLogger);
  upkeep.changed(wanted, connectionLimit(wanted), tls);
  const sentences = [
    ...upkeep.warnings().map((warning) => `A start from here would warn: ${warning}.`),
    ...idleVariables(env),
    `The configuration can be used; what is not named has its default. Data: ${options.dataDir}`,
  ];
  if (line.options.switch('json')) {
    const write = jsonWriter(stdout);
    for (const [name, value, from] of rows) write({ event: 'setting', name, value, from });
    for (const text of sentences) write({ event: 'notice', code: 'start', text });
    return exitCodes.done;
  }
  if (rows.length > 0) stdout.write(`${columns(rows.map((row) => row.map(sanitizeLine)))}\n`);
  stdout.write(`${sentences.join('\n')}\n`);
  return exitCodes.done;
}

/** What looks like a setting and is none. A start says nothing: some who start containers put such names there themselves. */
function idleVariables(env: ProgramIo['env']): string[] {
  const known = commands.relay.options.flatMap(({ env: name }) =>
    name?.startsWith(PREFIX) ? [name.slice(PREFIX.length)] : [],
  );
  return Object.keys(env).flatMap((variable) => {
    const name = variable.slice(PREFIX.length);
    if (!variable.startsWith(PREFIX) || known.includes(name)) return [];
    const near = nearest(name, known);
    const meant = near === undefined ? '.' : `; did you mean ${PREFIX}${near}?`;
    return [`${printable(variable)} is no setting and does nothing${meant}`];
  });
}
