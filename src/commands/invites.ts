import type { InviteOptions, IssuedInvite, MadeInvite, RoomSession } from '../client/api.ts';
import { isThisMachine, relayOfInvite, roomInvite } from '../client/finding/room-invite.ts';
import type { Person } from '../client/session-events.ts';
import { MAX_INVITE_MS, MAX_WORDS_MS } from '../shared/limits.ts';
import { parseArguments, type OptionSpec } from './arguments.ts';
import { columns } from '../shared/columns.ts';
import { answer, refuse, refused, refuseUsage, type Command } from './command.ts';
import type { CommandContext, CommandOutcome } from './context.ts';
import { duration, parseDuration } from '../shared/durations.ts';
import { whisperTo } from './whispers.ts';
import { defined } from '../shared/defined.ts';

const inviteUsage = '/invite [NICK] [--once] [--expires 2h] [--words]';
const inviteOptions = { once: 'flag', expires: 'value', words: 'flag' } as const satisfies OptionSpec;
const onlyHere = 'It works on this machine only: its relay has no other address.';
const invitesUsage = '/invites [--revoke N]';
const invitesOptions = { revoke: 'value' } as const satisfies OptionSpec;

export const invites: readonly Command[] = [
  {
    name: 'invite',
    aliases: [],
    area: 'hosting',
    usage: inviteUsage,
    where: 'room',
    who: 'everyone',
    help: 'show a link that leads into this room',
    complete: 'nick',
    notes: [
      ['NICK', 'whispers it to them'],
      ['--once', 'for one person; the room has to ask for a code'],
      ['--expires 2h', 'good for so long'],
      ['--words', 'eight words to say, for one person and an hour'],
    ],
    options: inviteOptions,
    run: invite,
  },
  {
    name: 'invites',
    aliases: [],
    area: 'hosting',
    usage: invitesUsage,
    where: 'room',
    who: 'operators',
    help: 'list the invites that were made, or take one back',
    notes: [['--revoke N', 'takes back the one with this number']],
    options: invitesOptions,
    run: async (args, _ctx, room) => {
      const parsed = parseArguments(args, invitesOptions);
      const typed = parsed.ok ? parsed.options.get('revoke') : undefined;
      if (!parsed.ok || parsed.words.length > 0 || (typed !== undefined && !/^\d{1,6}$/.test(typed)))
        return refuseUsage(invitesUsage, parsed.ok ? undefined : parsed.why);
      const found = await room.invites(typed === undefined ? undefined : Number(typed));
      if (!found.ok)
        return found.code === 'no-change'
          ? refuse(
              'no-change',
              `Invite ${typed ?? ''} does not lead in any more; /invites lists those that do.`,
            )
          : refused(found);
      if (typed !== undefined) return answer(`Invite ${typed} leads nowhere any more.`);
      const none =
        'No invites of their own were made here; /invite --once makes one, /invite shows the link.';
      return answer(found.value.length === 0 ? none : columns(found.value.map(rowOf)));
    },
  },
];

async function invite(args: string, ctx: CommandContext, room: RoomSession): Promise<CommandOutcome> {
  const parsed = parseArguments(args, inviteOptions);
  const [nick, ...more] = parsed.ok ? parsed.words : [];
  if (!parsed.ok || more.length > 0 || (nick !== undefined && parsed.options.has('words')))
    return refuseUsage(inviteUsage, parsed.ok ? undefined : parsed.why);
  const { options } = parsed;
  const time = options.get('expires');
  const ms = time === undefined ? undefined : parseDuration(time);
  const longest = options.has('words') ? MAX_WORDS_MS : MAX_INVITE_MS;
  if (time !== undefined && (ms === undefined || ms > longest))
    return refuseUsage(inviteUsage, `A time is like 30m, 2h or 3d, at most ${duration(longest)}.`);
  const guest = nick === undefined ? undefined : await ctx.client.people.look(nick, room.info.id);
  if (guest?.ok === false) return refused(guest, { name: nick ?? '' });
  const to = guest?.value;
  if (options.size === 0) return await plainInvite(ctx, room, to);
  const wanted: InviteOptions = {
    once: options.has('once'),
    words: options.has('words'),
    ...defined({ ms }),
  };
  const made = await room.invite(wanted);
  if (!made.ok) return refused(made);
  const { words } = made.value;
  if (words !== undefined) return answer(spokenWords(words, made.value, room));
  const who = wanted.once === true ? 'one person' : 'anybody who has it';
  const terms = conditions(who, made.value);
  if (!to) return await withFigure(made.value.link, [terms]);
  ctx.front.tell(terms);
  return await whisperLink(made.value.link, [], ctx, room, to);
}

/** The room's own link: from this process, from the host, or what everybody knows of it. */
async function plainInvite(
  ctx: CommandContext,
  room: RoomSession,
  to: Person | undefined,
): Promise<CommandOutcome> {
  const hosted = ctx.hosting.list().find((each) => each.room === room.info.id);
  const told = !hosted && room.me.role !== 'member' ? await room.invite({}) : undefined;
  const own = hosted?.invite ?? (told?.ok ? told.value.link : undefined);
  const link = own ?? roomInvite(room.info);
  if (link === undefined) return refuse('no-invite', 'This room has no address that a link could name.');
  const codeless = own === undefined ? ['Where the room has a join code, its host must tell that too.'] : [];
  return await (to ? whisperLink(link, codeless, ctx, room, to) : withFigure(link, codeless));
}

function whisperLink(
  link: string,
  notes: readonly string[],
  ctx: CommandContext,
  { info }: RoomSession,
  { key, nick }: Person,
): Promise<CommandOutcome> {
  return whisperTo(
    key,
    nick,
    [`Come to ${info.title}: /join ${link}`, ...nearNotes(link), ...notes].join('\n'),
    ctx,
  );
}

function nearNotes(link: string): readonly string[] {
  return isThisMachine(link) ? [onlyHere] : [];
}

async function withFigure(link: string, notes: readonly string[]): Promise<CommandOutcome> {
  const { renderUnicodeCompact } = await import('uqr');
  const text = [link, ...nearNotes(link), ...notes].join('\n');
  return { type: 'answer', text, figure: renderUnicodeCompact(link) };
}

function spokenWords(words: string, made: MadeInvite, { info }: RoomSession): string {
  const relay = relayOfInvite(made.link) ?? info.relay;
  const where = info.via === 'lan' ? 'On this network' : `Connected to ${relay}`;
  return [
    ...rowsOf(words),
    ...nearNotes(made.link),
    `${where}, whoever types /join and these words is in.`,
    conditions('one person', made),
  ].join('\n');
}

/** Four words a row, as they are said best. */
function rowsOf(words: string): string[] {
  const all = words.split(' ');
  return [all.slice(0, all.length / 2), all.slice(all.length / 2)].map((row) => row.join(' '));
}

function conditions(who: string, { n, ms }: MadeInvite): string {
  const time = ms === undefined ? '' : `, for ${duration(ms)}`;
  return `For ${who}${time}; /invites --revoke ${n ?? 'N'} takes it back.`;
}

function rowOf({ n, state, once, words, ms, by, usedBy }: IssuedInvite): string[] {
  const who = usedBy === undefined ? '' : ` by ${usedBy.nick}`;
  const left = ms === undefined ? 'open' : `${duration(ms)} left`;
  const states = { open: left, used: `used${who}`, expired: 'run out', revoked: 'taken back' } as const;
  const kind = words
    ? 'eight words'
    : once
      ? 'for one person'
      : `for anybody${who === '' ? '' : `, last used${who}`}`;
  return [String(n), kind, states[state], `made by ${by.nick}`];
}
