import { firstWord } from './arguments.ts';
import type { ChatClient } from '../client/api.ts';
import { stampOf } from '../client/saving/export.ts';
import type { Names } from '../client/people/person-names.ts';
import type { WhisperLine } from '../client/session-events.ts';
import { fullName } from '../client/words/full-name.ts';
import { whisperGapWords } from '../client/words/state-words.ts';
import { answer, done, ownRef, refuse, refused, refuseUsage, type Command } from './command.ts';
import type { CommandContext, CommandOutcome } from './context.ts';

const whisperUsage = '/whisper NICK TEXT';
const replyUsage = '/reply TEXT';
const queryUsage = '/query NICK [TEXT]';
/** Whispers that `/inbox` shows at a time. */
const MAX_INBOX_SHOWN = 100;

export const whispers: readonly Command[] = [
  {
    name: 'whisper',
    aliases: ['w', 'msg', 'm', 'tell'],
    area: 'whispers',
    usage: whisperUsage,
    where: 'anywhere',
    who: 'everyone',
    help: 'say something to one person only, in a room or not',
    complete: 'nick',
    run: async (args, ctx) => {
      const [nick, text] = firstWord(args);
      if (nick === '' || text.trim() === '') return refuseUsage(whisperUsage);
      return whisperTo(nick, nick, text, ctx);
    },
  },
  {
    name: 'reply',
    aliases: ['r'],
    area: 'whispers',
    usage: replyUsage,
    where: 'anywhere',
    who: 'everyone',
    help: 'whisper to whoever whispered to you last',
    run: async (args, ctx) => {
      if (args.trim() === '') return refuseUsage(replyUsage);
      const last = ctx.client.lastWhisperer();
      if (!last) {
        return refuse('no-whisper', `Nobody has whispered to you yet; ${whisperUsage} starts a whisper.`);
      }
      return whisperTo(last.key, last.nick, args, ctx);
    },
  },
  {
    name: 'query',
    aliases: [],
    area: 'whispers',
    usage: queryUsage,
    where: 'anywhere',
    who: 'everyone',
    help: 'open a window for one person',
    complete: 'nick',
    run: async (args, ctx) => {
      const { client, front, room } = ctx;
      const [nick, text] = firstWord(args);
      if (nick === '') return refuseUsage(queryUsage);
      if (!front.query) {
        return refuse('no-screen', `There is no window to open here; ${whisperUsage} writes to one person.`);
      }
      const found = await client.people.look(nick, room?.info.id);
      if (!found.ok) return refused(found, { name: nick });
      front.query(found.value);
      return text.trim() === '' ? done : whisperTo(found.value.key, nick, text, ctx);
    },
  },
  {
    name: 'inbox',
    aliases: ['deliver'],
    area: 'whispers',
    usage: '/inbox',
    where: 'anywhere',
    who: 'everyone',
    help: 'show whispers you have not read yet',
    run: async (_args, { client }) => answer(inbox(client)),
  },
];

export async function whisperTo(
  to: string,
  name: string,
  text: string,
  ctx: CommandContext,
): Promise<CommandOutcome> {
  const { client, room } = ctx;
  const here = room ? { room: room.info.id } : {};
  const whispered = await client.whisper(to, text, { ...here, ...ownRef(ctx) });
  return whispered.ok
    ? { type: 'whispered', whisper: whispered.value }
    : refused(whispered, { name, about: 'person' });
}

function inbox(client: ChatClient): string {
  const unread = client.inbox();
  if (unread.length === 0) return 'Nothing new: you have read every whisper.';
  const shown = unread.slice(-MAX_INBOX_SHOWN);
  const names = client.people.names();
  const met = shown.filter(({ stranger }) => !stranger);
  const strangers = shown.filter(({ stranger }) => stranger);
  const lines = (whispers: readonly WhisperLine[]): string[] =>
    whispers.flatMap((whisper) => [...(whisper.gap ? [whisperGapWords] : []), inboxLine(whisper, names)]);
  for (const key of new Set(shown.map((whisper) => whisper.with.key))) client.markRead(key);
  const earlier = unread.length - shown.length;
  return [
    ...(earlier > 0 ? [`… and ${earlier} earlier; /query NICK shows all of one person.`] : []),
    ...lines(met),
    ...(strangers.length > 0
      ? [
          'From people you have neither met in a room nor written to:',
          ...lines(strangers),
          '/whisper NICK TEXT answers them, /ignore NICK keeps them out.',
        ]
      : []),
  ].join('\n');
}

/** Further lines of a whisper are indented, so that it cannot pretend to be two. */
function inboxLine(whisper: WhisperLine, names: Names): string {
  // Whoever is a stranger has chosen the name for this whisper.
  const name = whisper.stranger ? fullName(whisper.with) : names.show(whisper.with);
  return `${stampOf(whisper.sentAt)}  ${name}: ${whisper.text.replaceAll('\n', '\n    ')}`;
}
