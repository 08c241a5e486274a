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
import type { ProgramIo } from './program.ts';

const PREFIX = 'CHAT_TUI_RELAY_';

/** `chat-tui relay --check-config`: reads everything a start would read, and says where each value is from. */
export function checkConfigMain(
  line: CommandLine,
  { stdout, env }: Pick<ProgramIo, 'stdout' | 'env'>,
): ExitCode {
  const options = relayOptions(line);
  const { tls } = readSettings(options);
  const rows = settingRows(line).map((row) => row.map(sanitizeLine));
  if (rows.length > 0) stdout.write(`${columns(rows)}\n`);
  const wanted = options.limits.connections ?? defaultLimits.connections;
  const upkeep = new Upkeep(systemClock, silentLogger);
  upkeep.changed(wanted, connectionLimit(wanted), tls);
  for (const warning of upkeep.warnings()) stdout.write(`A start from here would warn: ${warning}.\n`);
  for (const sentence of idleVariables(env)) stdout.write(`${sentence}\n`);
  stdout.write(
    `The configuration can be used; what is not named has its default. Data: ${options.dataDir}\n`,
  );
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
