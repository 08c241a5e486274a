import type { BanInfo, Refusal, Result, RoomAction, RoomSession } from '../client/api.ts';
import { fullName } from '../client/words/full-name.ts';
import { howLong } from '../client/words/line-words.ts';
import type { Person } from '../client/session-events.ts';
import { MAX_SLOW_SECONDS, SECOND } from '../shared/limits.ts';
import { sanitize, sanitizeLine } from '../shared/text.ts';
import { firstWord } from './arguments.ts';
import { columns } from '../shared/columns.ts';
import { answer, ownRef, refused, refuseUsage, said, shortened, type Command } from './command.ts';
import type { CommandContext, CommandOutcome } from './context.ts';
import { duration, parseDuration, period } from '../shared/durations.ts';
import { memberNamed, memberOrKnown, oneNamed } from './members.ts';
import { defined } from '../shared/defined.ts';

const kickUsage = '/kick NICK [REASON]';
const banUsage = '/ban NICK [2h] [REASON]';
const unbanUsage = '/unban NICK';
const silenceUsage = '/silence NICK [2h|off]';
const opUsage = '/op NICK';
const deopUsage = '/deop NICK';
const slowUsage = '/slow [SECONDS|off]';
const filterUsage = '/filter [NAME on|off]';
const durationNotes = [['30s 10m 2h 3d 1w', 'how long; without one it is for good']] as const;
/** Taken for the reason it would keep somebody out for good who was to go for a while. */
const likeTime = /^\d+[a-z]*$/i;
const filterNames = ['links', 'invites'] as const;

export const moderation: readonly Command[] = [
  {
    name: 'kick',
    aliases: ['k'],
    area: 'moderation',
    usage: kickUsage,
    where: 'room',
    who: 'operators',
    help: 'put somebody out, who may come back',
    complete: 'nick',
    run: async (args, ctx, room) => {
      const [name, reason] = firstWord(args);
      if (name === '') return refuseUsage(kickUsage);
      return against(memberNamed(name, room), name, ctx, room, ({ key }) => ({
        type: 'kick',
        key,
        ...reasonOf(reason),
      }));
    },
  },
  {
    name: 'ban',
    aliases: [],
    area: 'moderation',
    usage: banUsage,
    where: 'room',
    who: 'operators',
    help: 'put somebody out and keep them out',
    notes: durationNotes,
    complete: 'nick',
    run: async (args, ctx, room) => {
      const [name, rest] = firstWord(args);
      if (name === '') return refuseUsage(banUsage);
      const [word, afterWord] = firstWord(rest);
      const ms = parseDuration(word);
      if (ms === undefined && likeTime.test(word)) return refuseUsage(banUsage, noTime(word));
      return against(memberOrKnown(name, room, ctx.client), name, ctx, room, ({ key }) => ({
        type: 'ban',
        key,
        ...defined({ ms }),
        ...reasonOf(ms === undefined ? rest : afterWord),
      }));
    },
  },
  {
    name: 'unban',
    aliases: ['ub'],
    area: 'moderation',
    usage: unbanUsage,
    where: 'room',
    who: 'operators',
    help: 'let somebody come again',
    run: async (args, ctx, room) => {
      const name = args.trim();
      if (name === '') return refuseUsage(unbanUsage);
      const bans = await room.bans();
      if (!bans.ok) return refused(bans);
      return against(oneNamed(name, bans.value, notBanned), name, ctx, room, ({ key }) => ({
        type: 'unban',
        key,
      }));
    },
  },
  {
    name: 'bans',
    aliases: [],
    area: 'moderation',
    usage: '/bans',
    where: 'room',
    who: 'operators',
    help: 'list who is kept out, how long and why',
    run: async (_args, _ctx, room) => {
      const bans = await room.bans();
      if (!bans.ok) return refused(bans);
      return answer(bans.value.length === 0 ? 'Nobody is banned from this room.' : banList(bans.value));
    },
  },
  {
    name: 'silence',
    aliases: [],
    area: 'moderation',
    usage: silenceUsage,
    where: 'room',
    who: 'operators',
    help: 'let somebody read only, or speak again',
    notes: [...durationNotes, ['off', 'ends it at once']],
    complete: 'nick',
    run: async (args, ctx, room) => {
      const [name = '', time, ...rest] = args.trim().split(/\s+/);
      const ms = time === 'off' ? 0 : time === undefined ? undefined : parseDuration(time);
      if (name === '' || rest.length > 0 || (time !== undefined && ms === undefined))
        return refuseUsage(silenceUsage);
      // Whoever has left can be let speak again, too.
      const who = ms === 0 ? memberOrKnown(name, room, ctx.client) : memberNamed(name, room);
      return against(who, name, ctx, room, ({ key }) => ({
        type: 'mute',
        key,
        ...defined({ ms }),
      }));
    },
  },
  roleCommand('op', opUsage, 'op', 'make somebody an operator'),
  roleCommand('deop', deopUsage, 'member', 'make an operator a member again'),
  {
    name: 'slow',
    aliases: [],
    area: 'moderation',
    usage: slowUsage,
    where: 'room',
    who: 'operators',
    help: 'show or set the time between messages',
    run: async (args, ctx, room) => {
      const wanted = args.trim();
      if (wanted === '') return answer(slowWords(room.info.rules?.slow ?? 0));
      const seconds = wanted === 'off' ? 0 : /^\d{1,6}$/.test(wanted) ? Number(wanted) : undefined;
      if (seconds === undefined || seconds > MAX_SLOW_SECONDS)
        return refuseUsage(slowUsage, `A time is 0 to ${MAX_SLOW_SECONDS} seconds.`);
      return act(ctx, room, { type: 'slow', seconds });
    },
  },
  {
    name: 'filter',
    aliases: [],
    area: 'moderation',
    usage: filterUsage,
    where: 'room',
    who: 'operators',
    help: 'show or set what members may not send',
    notes: [
      ['links', 'addresses of web pages and the like'],
      ['invites', 'links that lead into rooms'],
    ],
    complete: filterNames,
    completeNext: () => ['on', 'off'],
    run: async (args, ctx, room) => {
      const active = room.info.rules?.filters ?? [];
      if (args.trim() === '')
        return answer(active.length === 0 ? 'Nothing is kept out.' : `Kept out: ${active.join(', ')}.`);
      const [name, state, ...rest] = args.trim().toLowerCase().split(/\s+/);
      const filter = filterNames.find((each) => each === name);
      if (!filter || (state !== 'on' && state !== 'off') || rest.length > 0) return refuseUsage(filterUsage);
      return act(ctx, room, { type: 'filter', filter, on: state === 'on' });
    },
  },
  {
    name: 'motd',
    aliases: [],
    area: 'hosting',
    usage: '/motd [TEXT|off]',
    where: 'room',
    who: 'operators',
    help: 'show or set what newcomers are told',
    run: async (args, ctx, room) => {
      const motd = sanitize(args).trim();
      const now = room.info.rules?.motd ?? '';
      if (motd === '') return answer(now === '' ? 'This room tells newcomers nothing.' : now);
      return act(ctx, room, { type: 'motd', motd: motd === 'off' ? '' : motd });
    },
  },
];

function roleCommand(name: string, usage: string, role: 'op' | 'member', help: string): Command {
  return {
    name,
    aliases: [],
    area: 'moderation',
    usage,
    where: 'room',
    who: 'owner',
    help,
    complete: 'nick',
    run: async (args, ctx, room) => {
      const who = args.trim();
      if (who === '') return refuseUsage(usage);
      const found = role === 'op' ? memberNamed(who, room) : memberOrKnown(who, room, ctx.client);
      return against(found, who, ctx, room, ({ key }) => ({ type: 'role', key, role }));
    },
  };
}

function against(
  found: Result<Person>,
  name: string,
  ctx: CommandContext,
  room: RoomSession,
  action: (person: Person) => RoomAction,
): CommandOutcome {
  return found.ok ? act(ctx, room, action(found.value)) : refused(found, { name });
}

/** Asks the host of this room for it. */
export function act(ctx: Pick<CommandContext, 'ref'>, room: RoomSession, action: RoomAction): CommandOutcome {
  return said(room.act(action, ownRef(ctx)));
}

function reasonOf(text: string): { reason?: string } {
  const reason = sanitizeLine(text).trim();
  return reason === '' ? {} : { reason };
}

const notBanned: Refusal = {
  ok: false,
  code: 'no-change',
  text: 'Nobody of that name is banned; /bans lists who is.',
};

function banList(bans: readonly BanInfo[]): string {
  return columns(
    bans.map(({ nick, tag, ms, by, reason }) => [
      fullName({ nick, tag }),
      ms === undefined ? howLong(ms) : `${duration(ms)} left`,
      `by ${by.nick}`,
      reason ?? '',
    ]),
  );
}

function noTime(word: string): string {
  return `"${shortened(word)}" is no time, which is written like 30m, 2h or 7d; let a reason begin with another word.`;
}

function slowWords(seconds: number): string {
  return seconds === 0
    ? 'Slow mode is off.'
    : `Slow mode: one message in ${period(seconds * SECOND)} for each member.`;
}
