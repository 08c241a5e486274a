import type { ChatClient, RoomSession } from '../client/api.ts';
import { byRank } from '../client/people/member-order.ts';
import { presenceWords, roleWords } from '../client/words/state-words.ts';
import type { MemberInfo } from '../client/session-events.ts';
import { utf8 } from '../shared/bytes.ts';
import { MAX_STATUS_BYTES } from '../shared/limits.ts';
import { cleanNick, sanitizeLine } from '../shared/text.ts';
import { columns } from '../shared/columns.ts';
import { answer, ownRef, refuse, refused, refuseUsage, said, type Command } from './command.ts';
import type { CommandContext, CommandOutcome } from './context.ts';
import { whisperTo } from './whispers.ts';

/** Most members `/members` shows by name. */
export const MAX_MEMBERS_SHOWN = 200;

const meUsage = '/me TEXT';
const nickUsage = '/nick NAME';

export const people: readonly Command[] = [
  {
    name: 'members',
    aliases: ['clients', 'names', 'n', 'who'],
    area: 'people',
    usage: '/members',
    where: 'room',
    who: 'everyone',
    help: 'list who is in this room, with presence and role',
    run: async (_args, { client, now }, room) => answer(memberList(room.members(), client, now())),
  },
  {
    name: 'me',
    aliases: [],
    area: 'people',
    usage: meUsage,
    where: 'room',
    who: 'everyone',
    help: 'say what you do: /me waves',
    run: async (args, ctx, room) => {
      if (args.trim() === '') return refuseUsage(meUsage);
      return said(room.say(args.trimStart(), { kind: 'me', ...ownRef(ctx) }));
    },
    withPerson: async (args, ctx, { key, nick }) =>
      args.trim() === '' ? refuseUsage(meUsage) : whisperTo(key, nick, `/me ${args.trimStart()}`, ctx),
  },
  {
    name: 'nick',
    aliases: [],
    area: 'people',
    usage: nickUsage,
    where: 'anywhere',
    who: 'everyone',
    help: 'change your name, in all rooms',
    run: async (args, ctx) => {
      const { client } = ctx;
      if (args.trim() === '') return refuseUsage(nickUsage, `You are ${client.self.nick}.`);
      const nick = cleanNick(args);
      if (nick === undefined) return refused({ code: 'bad-nick' });
      const changed = await client.setNick(nick, ownRef(ctx));
      if (!changed.ok) return refused(changed, { name: nick });
      return { type: 'answer', text: `You are ${nick} now.`, said: changed.value };
    },
  },
  {
    name: 'away',
    aliases: [],
    area: 'people',
    usage: '/away [TEXT]',
    where: 'anywhere',
    who: 'everyone',
    help: 'show in all rooms that you are away, and why',
    run: async (args, ctx) => {
      const status = sanitizeLine(args).trim();
      if (utf8(status).length > MAX_STATUS_BYTES)
        return refused({ code: 'too-long', limit: MAX_STATUS_BYTES });
      return inEveryRoom(ctx, 'You are away; /back ends it.', (room) => {
        if (status === '') room.setPresence('away');
        else room.setPresence('away', status);
      });
    },
  },
  {
    name: 'back',
    aliases: [],
    area: 'people',
    usage: '/back',
    where: 'anywhere',
    who: 'everyone',
    help: 'show that you are here again',
    run: async (_args, ctx) => inEveryRoom(ctx, 'Welcome back.', (room) => room.setPresence('online')),
  },
];

function inEveryRoom(
  { client }: CommandContext,
  text: string,
  change: (room: RoomSession) => void,
): CommandOutcome {
  const rooms = client.rooms();
  if (rooms.length === 0) return refuse('no-room', 'You are in no room that could see it; /join one first.');
  for (const room of rooms) change(room);
  return answer(text);
}

const lineWords = { lan: 'on the local network', relay: 'over the relay' } as const;

/** Those with a say first, then those who are here; key tags only where names could be mistaken. */
function memberList(
  members: readonly MemberInfo[],
  { self, people: known }: ChatClient,
  now: number,
): string {
  const names = known.names();
  const rows = members
    .toSorted(byRank)
    .slice(0, MAX_MEMBERS_SHOWN)
    .map((member) => [
      names.show(member),
      presenceWords[member.presence],
      roleWords[member.role],
      [
        member.key === self.key ? 'you' : '',
        member.standing === 'verified' ? 'verified' : '',
        member.standing === 'changed' ? 'not who you know by this name' : '',
        member.via === undefined ? '' : lineWords[member.via],
        member.ignored ? 'ignored' : '',
        (member.mutedUntil ?? 0) > now ? 'silenced' : '',
        member.status === undefined ? '' : `(${member.status})`,
      ]
        .filter((part) => part !== '')
        .join('; '),
    ]);
  const rest = members.length - rows.length;
  return columns(rows) + (rest > 0 ? `\n… and ${rest} more` : '');
}
