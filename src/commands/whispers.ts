import { firstWord } from './arguments.ts';
import { refuse, refused, refuseUsage, type Command } from './command.ts';
import type { CommandContext, CommandOutcome } from './context.ts';

const whisperUsage = '/whisper NICK TEXT';
const replyUsage = '/reply TEXT';

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
      return whisper(nick, nick, text, ctx);
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
      return whisper(last.key, last.nick, args, ctx);
    },
  },
];

async function whisper(
  to: string,
  name: string,
  text: string,
  { client, room, ref }: CommandContext,
): Promise<CommandOutcome> {
  const whispered = await client.whisper(to, text, {
    ...(room ? { room: room.info.id } : {}),
    ...(ref === undefined ? {} : { ref }),
  });
  return whispered.ok ? { type: 'whispered', whisper: whispered.value } : refused(whispered, { name });
}
