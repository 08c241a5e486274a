import type { Refusal } from '../client/api.ts';
import { sentence } from '../client/words/refusal-words.ts';
import { utf8 } from '../shared/bytes.ts';
import type { RoomId } from '../shared/ids.ts';
import { MAX_TITLE_GRAPHEMES, MAX_TOPIC_BYTES } from '../shared/limits.ts';
import { policyRanges, type PolicyOption } from '../shared/room-policy.ts';
import { cleanTitle, sanitizeLine } from '../shared/text.ts';
import { parseArguments, type OptionSpec } from './arguments.ts';
import { answer, ownRef, refuse, refused, refuseUsage, said, shortened, type Command } from './command.ts';
import type { CommandContext, CommandOutcome, HostedRoom, RoomPolicyRequest } from './context.ts';
import { defined } from '../shared/defined.ts';

const hostUsage =
  '/host NAME [--topic TEXT] [--private] [--code] [--backlog N] [--retain N] [--max-members N] [--rate N]';
const hostOptions = {
  topic: 'text',
  private: 'flag',
  code: 'flag',
  backlog: 'value',
  retain: 'value',
  'max-members': 'value',
  rate: 'value',
} as const satisfies OptionSpec;
const unhostUsage = '/unhost [NAME]';

export const hosting: readonly Command[] = [
  {
    name: 'host',
    aliases: [],
    area: 'hosting',
    usage: hostUsage,
    where: 'anywhere',
    who: 'everyone',
    help: 'open a room on this machine',
    notes: [
      ['--topic TEXT', 'what the room is about'],
      ['--private', 'on no list: who has the invite can come'],
      ['--code', 'makes a join code; the invite holds it'],
      ['--backlog N', 'messages a newcomer may read; 200, 0 for none'],
      ['--retain N', 'messages kept; all'],
      ['--max-members N', 'members at a time besides you; 250'],
      ['--rate N', 'messages a second each member may post; 1'],
    ],
    options: hostOptions,
    run: host,
  },
  {
    name: 'unhost',
    aliases: [],
    area: 'hosting',
    usage: unhostUsage,
    where: 'hosting',
    who: 'everyone',
    help: 'close a room you host, for everybody in it',
    run: unhost,
  },
  {
    name: 'topic',
    aliases: ['t'],
    area: 'hosting',
    usage: '/topic [TEXT]',
    complete: 'topic',
    where: 'room',
    who: 'operators',
    help: 'show what this room is about, or change it',
    run: async (args, ctx, room) => {
      const topic = sanitizeLine(args).trim();
      if (topic === '') {
        return answer(
          room.info.topic === '' ? `${room.info.title} has no topic.` : `Topic: ${room.info.topic}`,
        );
      }
      return said(room.setTopic(topic, ownRef(ctx)));
    },
  },
];

async function host(args: string, ctx: CommandContext): Promise<CommandOutcome> {
  if (!ctx.hosting.open)
    return refuse('no-screen', '/host is for the screen; in a script, use chat-tui host NAME.');
  const parsed = parseArguments(args, hostOptions);
  if (!parsed.ok) return refuseUsage(hostUsage, parsed.why);
  const { words, options } = parsed;
  if (words.length === 0) return refuseUsage(hostUsage);
  const title = cleanTitle(words.join(' '));
  if (title === undefined) {
    return refuseUsage(hostUsage, `A room's name is 1 to ${MAX_TITLE_GRAPHEMES} characters without ~.`);
  }
  const topic = sanitizeLine(options.get('topic') ?? '').trim();
  if (utf8(topic).length > MAX_TOPIC_BYTES) return refused({ code: 'too-long', limit: MAX_TOPIC_BYTES });
  const policy = policyOf(options);
  if (typeof policy === 'string') return refuseUsage(hostUsage, policy);
  const opened = await ctx.hosting.open({
    title,
    policy,
    ...(topic === '' ? {} : { topic }),
    ...(options.has('private') ? { private: true } : {}),
    ...(options.has('code') ? { code: true } : {}),
  });
  if (!opened.ok) return refused(opened, { name: title });
  const joined = await ctx.client.join(opened.value.invite);
  if (!joined.ok) {
    return refuse(
      joined.code,
      `${title} is open, but could not be entered: ${sentence(joined.code, { name: title })}`,
    );
  }
  ctx.front.show(opened.value.room);
  const listed = options.has('private') ? 'It is on no list' : 'It is listed';
  const { lostFile } = opened.value;
  const lost = lostFile === undefined ? '' : ` ${lostRoomWords(title, lostFile)}`;
  const waiting = waitingWords(opened.value);
  if (waiting !== undefined) return answer(`${waiting}${lost}`);
  return answer(`${title} is open while this program runs. ${listed}; /invite shows the link to it.${lost}`);
}

/** Opens the rooms that were hosted when the program ended; `tell` is called for each, once it is known what became of it. */
export function reopenRooms(
  { client, hosting: own }: Pick<CommandContext, 'client' | 'hosting'>,
  tell: (room: RoomId, outcome: CommandOutcome) => void,
): void {
  for (const { room, title, opened } of own.reopen?.() ?? []) {
    void opened.then((outcome) => {
      if (outcome.ok) {
        // Whoever left a room of his own stays outside.
        const isIn = client.rooms().some(({ info }) => info.id === room);
        if (isIn && outcome.value.waits === undefined) void client.join(outcome.value.invite);
        const words = waitingWords(outcome.value, ' again');
        const back = isIn ? '' : ` You are not in it; /join ${title} enters it.`;
        return tell(
          room,
          answer(`${words ?? `${title} is open again while this program runs; /unhost closes it.`}${back}`),
        );
      }
      if (outcome.code === 'left') return;
      tell(room, notReopened(title, outcome));
    });
  }
}

function notReopened(title: string, { code, text, ...detail }: Refusal): CommandOutcome {
  if (code === 'already-hosting')
    return answer(
      `Another program hosts ${title} with this profile, so it was not opened here; when that one has ended, /host ${title} opens it.`,
    );
  if (code === 'left-out')
    return answer(
      `${title} was not opened again: it was open at ${detail.names?.join() ?? 'its relay'}, and --relay names another relay. Without --relay it opens there; /host ${title} opens it where you are.`,
    );
  const why = text ?? sentence(code, detail);
  return refuse(code, `${title} was not opened again. ${why} Then /host ${title} opens it.`);
}

/** Undefined for a room that is open wherever it is meant to be. */
function waitingWords({ title, missing, waits, relay }: HostedRoom, again = ''): string | undefined {
  if (waits === 'taken')
    return `Another process hosts ${title} now; it is opened here when that one has ended.`;
  if (waits === 'unreachable')
    return `${title} opens${again} as soon as ${relay ?? 'its relay'} can be reached; /unhost closes it.`;
  if (missing === undefined) return undefined;
  return `${title} is open${again} on your network while this program runs. ${missing} is out of reach; it opens there too as soon as that can be reached.`;
}

/** That a title leads to another room from now on, whose members and invites are not those of before. */
export function lostRoomWords(title: string, file: string): string {
  return `The file of the ${title} that you hosted before is gone, so this is another room, and invites to that one lead nowhere. To have it back, close this one and put a copy of the file to ${file}.`;
}

/** A sentence where a value cannot be used. */
function policyOf(options: ReadonlyMap<string, string>): RoomPolicyRequest | string {
  const wrong: string[] = [];
  const number = (name: PolicyOption): number | undefined => {
    const text = options.get(name);
    if (text === undefined || (name === 'retain' && text === 'all')) return undefined;
    const [from, to] = policyRanges[name];
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= from && value <= to) return value;
    wrong.push(`--${name} is a number from ${from} to ${to}${name === 'retain' ? ', or all' : ''}.`);
    return undefined;
  };
  const [backlog, retain] = [number('backlog'), number('retain')];
  const [maxMembers, rate] = [number('max-members'), number('rate')];
  const [problem] = wrong;
  if (problem !== undefined) return problem;
  return defined({ backlog, retain, maxMembers, rate });
}

async function unhost(
  args: string,
  { client, hosting: own, room, front }: CommandContext,
): Promise<CommandOutcome> {
  const wanted = args.trim().toLowerCase();
  const all = own.list();
  const here = wanted === '' ? all.filter((each) => each.room === room?.info.id) : [];
  const named = wanted === '' ? all : all.filter((each) => each.title.toLowerCase() === wanted);
  const found = here.length > 0 ? here : named;
  const [hosted, other] = found;
  if (!hosted)
    return refuse(
      'not-hosting',
      `You host no room called ${shortened(args.trim())}; you host ${titles(all)}.`,
    );
  if (other) return refuseUsage(unhostUsage, `Which one: ${titles(found)}?`);
  await own.close(hosted.room);
  client.forget(hosted.room);
  if (room?.info.id === hosted.room) front.show(undefined);
  return answer(`${hosted.title} is closed.`);
}

function titles(rooms: readonly HostedRoom[]): string {
  return rooms.map(({ title }) => title).join(', ');
}
