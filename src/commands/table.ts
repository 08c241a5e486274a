import { accounts } from './account.ts';
import { basics } from './basics.ts';
import type { Command } from './command.ts';
import { doctorCommand } from './doctor.ts';
import { exporting } from './export.ts';
import { helpCommand } from './help.ts';
import { hosting } from './hosting.ts';
import { invites } from './invites.ts';
import { line } from './line.ts';
import { messages } from './messages.ts';
import { moderation } from './moderation.ts';
import { people } from './people.ts';
import { relays } from './relays.ts';
import { rooms } from './rooms.ts';
import { screenCommands } from './screen.ts';
import { settingCommands } from './settings.ts';
import { trust } from './trust.ts';
import { whispers } from './whispers.ts';

/** Every command there is. `/help`, completion and the guide come from here. */
export const commands: readonly Command[] = [
  helpCommand(() => commands),
  ...basics,
  ...rooms,
  ...relays,
  ...hosting,
  ...invites,
  ...people,
  ...trust,
  ...whispers,
  ...accounts,
  ...messages,
  ...moderation,
  ...screenCommands,
  ...settingCommands,
  ...exporting,
  ...line,
  doctorCommand,
];
