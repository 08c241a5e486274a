import type { ChatClient, JoinOptions, Refusal, Result, RoomSession } from '../client/api.ts';
import { isInvite } from '../client/finding/room-invite.ts';
import { relayMarks } from '../client/relays/relay-names.ts';
import { fold } from '../client/fold.ts';
import { roomNames } from '../client/words/room-names.ts';
import type { ListedRoom } from '../client/session-events.ts';
import { counted } from '../shared/counted.ts';
import { SECOND } from '../shared/limits.ts';
import { parseArguments } from './arguments.ts';
import { columns } from '../shared/columns.ts';
import { answer, done, refuse, refused, refuseUsage, shortened, type Command } from './command.ts';
import type { CommandContext, CommandOutcome } from './context.ts';

/** How long `/rooms` waits for relays that do not answer. */
const ROOMS_WAIT_MS = 2 * SECOND;
/** Most rooms `/rooms` shows; the rest is found by a text. */
export const MAX_ROOMS_SHOWN = 100;

const roomsUsage = '/rooms [TEXT]';
const joinUsage = '/join ROOM|INVITE';

export const rooms: readonly Command[] = [
  {
    name: 'rooms',
    aliases: ['list'],
    area: 'rooms',
    usage: roomsUsage,
    where: 'anywhere',
    who: 'everyone',
    help: 'list the rooms in reach, or those that match a text',
    run: async (args, { client }) =>
      listRooms(await client.refresh(ROOMS_WAIT_MS), relayMarks(client.relays()), args.trim()),
  },
  {
    name: 'join',
    aliases: ['j'],
    area: 'rooms',
    usage: joinUsage,
    where: 'anywhere',
    who: 'everyone',
    help: 'go into a room; a join code is asked for',
    notes: [['INVITE', 'a link, or eight words; /join alone asks for it and shows it to nobody']],
    complete: 'room',
    run: joinCommand,
  },
  {
    name: 'leave',
    aliases: ['part', 'close'],
    area: 'rooms',
    usage: '/leave [REASON]',
    where: 'room',
    who: 'everyone',
    help: 'go out of this room',
    run: async (args, { client, front, hosting }, room) => {
      const { id, title } = room.info;
      const reason = args.trim();
      const meant = roomCalled(reason, client.rooms());
      if (meant && meant.info.id !== id)
        return refuse(
          'other-room',
          `/leave goes out of the room on screen, which is ${title}; show ${meant.info.title} first.`,
        );
      await (reason === '' ? room.leave() : room.leave(reason));
      front.show(undefined);
      const stays = hosting.list().some((hosted) => hosted.room === id);
      return stays ? answer(`You left ${title}, which stays open here; /unhost closes it.`) : done;
    },
  },
];

/** In other chats a room is left by its name, with or without a `#`. */
function roomCalled(text: string, all: readonly RoomSession[]): RoomSession | undefined {
  const names = roomNames(all.map(({ info }) => info));
  const wanted = fold(text.replace(/^#/, ''));
  return all.find(({ info }) => fold(names.get(info.id) ?? info.title) === wanted);
}

function listRooms(
  all: readonly ListedRoom[],
  marks: ReadonlyMap<string, string>,
  text: string,
): CommandOutcome {
  const wanted = text.toLowerCase();
  const names = roomNames(all);
  const found = all.filter(({ title, topic }) => `${title}\n${topic}`.toLowerCase().includes(wanted));
  if (all.length === 0) {
    return answer('No rooms in reach. /host NAME opens one here, /connect URL reaches those of a relay.');
  }
  if (found.length === 0) return answer(`No room in reach has "${shortened(text)}" in its title or topic.`);
  const rows = found
    .slice(0, MAX_ROOMS_SHOWN)
    .map((room) => [
      names.get(room.id) ?? room.title,
      counted(room.members, 'member'),
      [room.via === 'lan' ? 'near' : (marks.get(room.relay) ?? 'relay'), ...(room.code ? ['code'] : [])].join(
        ', ',
      ),
      room.topic,
    ]);
  const rest = found.length - rows.length;
  const more = rest > 0 ? `\n… and ${rest} more; /rooms TEXT finds those with a text.` : '';
  return answer(columns(rows) + more);
}

async function joinCommand(args: string, ctx: CommandContext): Promise<CommandOutcome> {
  if (ctx.front.oneRoom)
    return refuse('no-screen', 'A pipe stays in its room; chat-tui pipe ROOM starts one in another.');
  const parsed = parseArguments(args);
  if (!parsed.ok) return refuseUsage(joinUsage, parsed.why);
  // What is asked for is shown to nobody: an invite is a key.
  const target = parsed.words.join(' ') || (await ctx.front.askSecret('Invite, or a room'))?.trim();
  if (target === undefined || target === '') return refuse('no-answer', 'Nothing was joined.');
  // In other chats a room's name begins so.
  const bare = target.startsWith('#') && !isListed(target, ctx.client) ? target.slice(1) : target;
  const joined = await joinAskingForCode(bare, ctx);
  if (!joined.ok) return notJoined(joined, shownTarget(bare));
  ctx.front.show(joined.value.info.id);
  return done;
}

function isListed(name: string, client: ChatClient): boolean {
  return client.listed().some(({ title }) => fold(title) === fold(name));
}

/** Joins; where the host wants a code and none was given, asks for it and joins again. */
export async function joinAskingForCode(
  target: string,
  { client, front }: Pick<CommandContext, 'client' | 'front'>,
  options: JoinOptions = {},
): Promise<Result<RoomSession>> {
  const name = shownTarget(target);
  const call: JoinOptions = { called: (step) => front.called?.(name, step), ...options };
  const first = await client.join(target, call);
  if (first.ok || first.code !== 'code-needed') return first;
  const code = (await front.askSecret(`Join code of ${name}`))?.trim();
  return code === undefined || code === '' ? first : client.join(target, { ...call, code });
}

/** Whoever was asked for a code and gave none knows that one is needed. */
export function notJoined(failure: Refusal, name: string): CommandOutcome {
  return failure.code === 'code-needed'
    ? refuse(failure.code, `Nothing was joined: ${shortened(name)} wants its join code.`)
    : refused(failure, { name, about: 'room' });
}

/** An invite may hold a code: it is not for an answer that stays on screen. */
export function shownTarget(target: string): string {
  return isInvite(target) ? 'the invited room' : target;
}
