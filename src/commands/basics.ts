import { done, refuse, type Command } from './command.ts';

export const basics: readonly Command[] = [
  {
    name: 'quit',
    aliases: ['exit', 'bye', 'q'],
    area: 'basics',
    usage: '/quit [REASON]',
    where: 'anywhere',
    who: 'everyone',
    help: 'leave everything and end the program',
    run: async (args, { front }) => {
      const reason = args.trim();
      if (reason === '') front.quit();
      else front.quit(reason);
      return done;
    },
  },
  {
    name: 'clear',
    aliases: ['c', 'cl'],
    area: 'basics',
    usage: '/clear',
    where: 'anywhere',
    who: 'everyone',
    help: 'empty the view; history stays',
    run: async (_args, { front }) => {
      if (!front.clear) return refuse('no-screen', '/clear is for the screen; there is none here.');
      front.clear();
      return done;
    },
  },
];
