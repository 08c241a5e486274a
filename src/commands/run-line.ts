import { ownRef, refuse, refused, said, shortened, type Command } from './command.ts';
import type { CommandContext, CommandOutcome } from './context.ts';
import { parseLine } from './parse.ts';
import { commands } from './table.ts';
import { whisperTo } from './whispers.ts';

const noRoom = refuse(
  'no-room',
  'You are in no room here; /rooms lists those in reach, /join ROOM goes into one.',
);
const partGone = refuse(
  'program-changed',
  'A part of the program is gone: it was updated or removed while it ran. /quit and start it again; what you are writing is kept.',
);
const notHosting = refuse('not-hosting', 'You host no room; /host NAME opens one.');

/** Does what a typed line says. Never throws for what a person can do wrong: that comes back `refused`. */
export async function runLine(
  typed: string,
  ctx: CommandContext,
  table: readonly Command[] = commands,
): Promise<CommandOutcome> {
  const parsed = parseLine(typed, table);
  switch (parsed.type) {
    case 'text':
      return say(parsed.text, ctx);
    case 'unknown':
      return refuse('unknown-command', unknownWords(parsed.name, parsed.near));
    case 'command':
      try {
        return await runCommand(parsed.command, parsed.args, ctx);
      } catch (error) {
        if (isMissingModule(error)) return partGone;
        throw error;
      }
  }
}

/** Some parts are loaded when they are first needed, which may be long after an update has replaced them. */
function isMissingModule(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}

/** Whether a typed line is `/leave`, by any of its names: in a window for one person it closes that. */
export function isLeave(typed: string): boolean {
  const parsed = parseLine(typed, commands);
  return parsed.type === 'command' && parsed.command.name === 'leave';
}

/** Whether it is `/leave` or `/quit`: nothing typed behind it is said in this room. */
export function isLast(typed: string): boolean {
  const parsed = parseLine(typed, commands);
  return parsed.type === 'command' && (parsed.command.name === 'leave' || parsed.command.name === 'quit');
}

async function say(text: string, ctx: CommandContext): Promise<CommandOutcome> {
  const { room, person } = ctx;
  if (text.trim() === '') return refused({ code: 'empty' });
  // What begins so is what one does, which is for `/me` to say.
  if (person) return whisperTo(person.key, person.nick, text.replace(/^\/me /, ' $&'), ctx);
  if (!room) return noRoom;
  return said(room.say(text, ownRef(ctx)));
}

async function runCommand(command: Command, args: string, ctx: CommandContext): Promise<CommandOutcome> {
  const { person, room } = ctx;
  const { name, usage } = command;
  if (usage === `/${name}` && args.trim() !== '')
    return refuse('usage', `/${name} takes nothing behind it; /help ${name} says what it does.`);
  if (room && args.trim() !== '') {
    if (command.who === 'owner' && room.me.role !== 'owner')
      return refuse('not-allowed', 'Only the owner of this room may do that.');
    if (command.who === 'operators' && room.me.role === 'member') return refused({ code: 'not-allowed' });
  }
  if (command.where === 'room') {
    if (person && command.withPerson) return command.withPerson(args, ctx, person);
    if (room) return command.run(args, ctx, room);
    return person
      ? refuse('no-room', `/${name} is for rooms; this window is for whispers with ${person.nick}.`)
      : noRoom;
  }
  if (command.where === 'hosting' && ctx.hosting.list().length === 0) return notHosting;
  return command.run(args, ctx);
}

function unknownWords(name: string, near: string | undefined): string {
  const hint = near === undefined ? '/help lists them all.' : `Did you mean /${near}?`;
  const said = name === '' ? 'A slash alone is no command.' : `There is no command /${shortened(name)}.`;
  return `${said} ${hint} To send it as text, begin with //.`;
}
