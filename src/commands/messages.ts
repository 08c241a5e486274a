import type { RoomSession } from '../client/api.ts';
import { isSaid, type SaidLine } from '../client/words/line-words.ts';
import type { RoomLine } from '../client/session-events.ts';
import type { IdentityKey } from '../shared/ids.ts';
import { emojiName } from '../shared/emoji.ts';
import { firstWord } from './arguments.ts';
import { done, ownRef, refuse, refused, refuseUsage, said, shortened, type Command } from './command.ts';
import type { CommandContext, CommandOutcome } from './context.ts';
import { memberOrKnown } from './members.ts';
import { act } from './moderation.ts';

/** Lines looked back through for somebody's last one. */
const MAX_LOOKED_BACK = 500;

const editUsage = '/edit [TEXT]';
const deleteUsage = '/delete [NICK]';
const reactUsage = '/react :EMOJI: [NICK]';
const quoteUsage = '/quote NICK TEXT';

export const messages: readonly Command[] = [
  {
    name: 'edit',
    aliases: [],
    area: 'messages',
    usage: editUsage,
    where: 'room',
    who: 'everyone',
    help: 'rewrite your last message; without TEXT in the input',
    run: async (args, ctx, room) => {
      const last = lastOf(room, ctx.client.self.key);
      if (!last) return refuse('no-such-line', 'You have said nothing here that could be changed.');
      if (args.trim() === '') {
        const { screen } = ctx.front;
        if (!screen) return refuseUsage('/edit TEXT', `Your last message: ${shortened(last.text)}.`);
        screen.rewrite(room.info.id, last.id, last.text);
        return done;
      }
      return act(ctx, room, { type: 'edit', of: last.id, text: args.trimStart() });
    },
  },
  {
    name: 'delete',
    aliases: [],
    area: 'messages',
    usage: deleteUsage,
    where: 'room',
    who: 'everyone',
    help: "take back your last message; operators: NICK's",
    complete: 'nick',
    run: async (args, ctx, room) => {
      const name = args.trim();
      const own = { ok: true, value: ctx.client.self } as const;
      const who = name === '' ? own : memberOrKnown(name, room, ctx.client);
      if (!who.ok) return refused(who, { name });
      const last = lastOf(room, who.value.key);
      if (!last) return nothingSaid(name === '' ? 'You have said nothing' : nothingOf(name));
      return act(ctx, room, { type: 'delete', of: last.id, author: last.by.key });
    },
  },
  {
    name: 'react',
    aliases: [],
    area: 'messages',
    usage: reactUsage,
    where: 'room',
    who: 'everyone',
    help: "react to the last message, or to NICK's",
    notes: [['the same again', 'takes the reaction back']],
    run: async (args, ctx, room) => {
      const [typed, rest] = firstWord(args);
      const emoji = emojiName(typed);
      if (typed === '') return refuseUsage(reactUsage);
      if (emoji === undefined)
        return refuse('usage', `${shortened(typed)} is no emoji known here; try :+1:, :heart: or :tada:.`);
      const name = rest.trim();
      const self = ctx.client.self.key;
      const who = name === '' ? undefined : memberOrKnown(name, room, ctx.client);
      if (who && !who.ok) return refused(who, { name });
      const line = who ? lastOf(room, who.value.key) : lastOfOthers(room, self);
      if (!line) return nothingSaid(name === '' ? 'Nobody else has said anything' : nothingOf(name));
      const mine = line.reactions?.find((each) => each.emoji === emoji)?.who.some(({ key }) => key === self);
      return act(ctx, room, { type: 'react', of: line.id, author: line.by.key, emoji, on: mine !== true });
    },
  },
  {
    name: 'quote',
    aliases: [],
    area: 'messages',
    usage: quoteUsage,
    where: 'room',
    who: 'everyone',
    help: "reply to NICK's last message, which is shown above",
    complete: 'nick',
    run: async (args, ctx, room) => {
      const [name, text] = firstWord(args);
      if (name === '' || text.trim() === '') return refuseUsage(quoteUsage);
      const who = memberOrKnown(name, room, ctx.client);
      if (!who.ok) return refused(who, { name });
      const line = lastOf(room, who.value.key);
      return line ? reply(line, text, ctx, room) : nothingSaid(nothingOf(name));
    },
  },
];

function reply(line: SaidLine, text: string, ctx: CommandContext, room: RoomSession): CommandOutcome {
  return said(room.say(text.trim(), { re: { author: line.by.key, id: line.id }, ...ownRef(ctx) }));
}

function lastOf(room: RoomSession, author: IdentityKey): SaidLine | undefined {
  return [...room.history(MAX_LOOKED_BACK), ...room.pending()]
    .filter(isThere)
    .findLast(({ by }) => by.key === author);
}

function lastOfOthers(room: RoomSession, self: IdentityKey): SaidLine | undefined {
  return room
    .history(MAX_LOOKED_BACK)
    .filter(isThere)
    .findLast(({ by }) => by.key !== self);
}

function isThere(line: RoomLine): line is SaidLine {
  return isSaid(line) && line.deleted === undefined;
}

function nothingOf(name: string): string {
  return `${shortened(name)} has said nothing`;
}

function nothingSaid(who: string): CommandOutcome {
  return refuse('no-such-line', `${who} here that is still to be seen.`);
}
