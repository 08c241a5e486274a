import { nearest } from '../shared/nearest.ts';
import type { Command } from './command.ts';

/** By name or alias, without its slash, in any case. */
export function findCommand(name: string, table: readonly Command[]): Command | undefined {
  const wanted = name.toLowerCase();
  return table.find((command) => namesOf(command).includes(wanted));
}

export function namesOf({ name, aliases }: Command): readonly string[] {
  return [name, ...aliases];
}

/** The name or alias fewest slips away from `typed`, undefined when none is near enough to be meant. */
export function nearestName(typed: string, table: readonly Command[]): string | undefined {
  return nearest(typed, table.flatMap(namesOf));
}
