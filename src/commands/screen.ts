import type { RoomSession } from '../client/api.ts';
import { fetchHistory } from '../client/saving/fetch-history.ts';
import { stampOf } from '../client/saving/export.ts';
import { isSaid, saidWords } from '../client/words/line-words.ts';
import type { RoomLine } from '../client/session-events.ts';
import { columns } from '../shared/columns.ts';
import { answer, done, helpAnswer, refuse, refuseUsage, shortened, type Command } from './command.ts';
import type { CommandOutcome, Front, ScreenFront } from './context.ts';

/** Most hits an answer lists; a screen's own search shows more. */
const MAX_HITS_TOLD = 20;
const DEFAULT_HISTORY = 50;
const MAX_HISTORY = 100_000;
/** Most links that are listed. */
const MAX_LINKS_TOLD = 20;

const searchUsage = '/search TEXT';
const historyUsage = '/history [N]';
const openUsage = '/open [N]';
const copyUsage = '/copy [N]';
const winUsage = '/win N|NAME';

export const screenCommands: readonly Command[] = [
  {
    name: 'search',
    aliases: ['find', 'lastlog'],
    area: 'messages',
    usage: searchUsage,
    where: 'anywhere',
    who: 'everyone',
    help: 'find words in everything said here',
    notes: [['lines that only the host has', 'are fetched first, up to 100 000; Esc ends that']],
    run: async (args, { front, room }) => {
      const words = args.trim();
      if (front.screen?.find(words)) return done;
      if (front.screen || !room)
        return refuse('no-room', 'Search works in rooms, and on a screen in windows for one person.');
      return words === '' ? refuseUsage(searchUsage) : hits(words, room, front);
    },
  },
  {
    name: 'history',
    aliases: [],
    area: 'messages',
    usage: historyUsage,
    where: 'room',
    who: 'everyone',
    help: 'go back N lines, fetched where they are not here',
    run: async (args, { front }, room) => {
      const many = args.trim() === '' ? DEFAULT_HISTORY : Number(args.trim());
      if (!Number.isSafeInteger(many) || many < 1 || many > MAX_HISTORY) {
        return refuseUsage(historyUsage, `N is a number from 1 to ${MAX_HISTORY}.`);
      }
      if (front.screen) return front.screen.back(many);
      const lines = room.history(many);
      return answer(lines.length === 0 ? 'Nothing was said here yet.' : told(lines));
    },
  },
  onScreen('keys', '/keys', 'list the keys', (_args, screen) => helpAnswer(screen.keys())),
  onScreen('win', winUsage, 'show a room or person by number or name; 0: the lobby', (args, screen) => {
    const which = args.trim();
    if (which === '') return refuseUsage(winUsage);
    if (screen.window(which)) return done;
    const what = /^\d+$/.test(which) ? 'with the number' : 'called';
    return refuse('no-room', `There is no room or window ${what} ${shortened(which)}.`);
  }),
  onScreen('open', openUsage, 'open a link of this room; without N list them', (args, screen) =>
    withLink(args, openUsage, screen, (url) =>
      screen.open(url)
        ? answer(`Opening ${url}`)
        : refuse('no-browser', `Nothing here can open ${url}; /copy copies it instead.`),
    ),
  ),
  onScreen('copy', copyUsage, 'copy a link; without N what was said last', (args, screen) => {
    if (args.trim() !== '') {
      return withLink(args, copyUsage, screen, (url) => {
        screen.copy(url);
        return answer(`Copied ${url}`);
      });
    }
    const text = screen.newestText();
    if (text === undefined) return refuse('nothing-there', 'There is nothing to copy here yet.');
    screen.copy(text);
    return answer('Copied what was said last.');
  }),
];

function onScreen(
  name: string,
  usage: string,
  help: string,
  run: (args: string, screen: ScreenFront) => CommandOutcome,
): Command {
  return {
    name,
    aliases: name === 'win' ? ['window', 'buffer'] : [],
    ...(name === 'win' ? { complete: 'window' } : {}),
    area: name === 'open' || name === 'copy' ? 'messages' : 'screen',
    usage,
    where: 'anywhere',
    who: 'everyone',
    help,
    run: async (args, { front }) =>
      front.screen
        ? run(args, front.screen)
        : refuse('no-screen', `/${name} is for the screen; there is none here.`),
  };
}

function withLink(
  args: string,
  usage: string,
  screen: ScreenFront,
  act: (url: string) => CommandOutcome,
): CommandOutcome {
  const links = screen.links();
  if (links.length === 0) return refuse('no-link', 'There is no link here.');
  if (args.trim() === '') {
    const rows = links.slice(0, MAX_LINKS_TOLD).map((url, at) => [String(at + 1), url]);
    return answer(
      `${columns(rows)}\n/open N opens one, /copy N copies it; while that is typed, links on screen show their numbers.`,
    );
  }
  const number = Number(args.trim());
  if (!Number.isSafeInteger(number) || number < 1) return refuseUsage(usage);
  const url = links[number - 1];
  if (url === undefined) return refuse('no-link', `There is no link ${number}; /open lists those there are.`);
  return act(url);
}

async function hits(words: string, room: RoomSession, front: Front): Promise<CommandOutcome> {
  await fetchHistory(room, {
    most: MAX_HISTORY,
    progress: (done, total) => front.progress?.('fetching older lines', done / total),
  });
  const found = room.search(words, MAX_HITS_TOLD);
  const lines = found.length === 0 ? `Nothing here has "${shortened(words)}".` : told(found.toReversed());
  const { unfetched } = room;
  return answer(unfetched === 0 ? lines : `${lines}\n${unfetched} older lines are only with the host.`);
}

/** Further rows of a message are indented, so that it cannot pretend to be two. */
function told(lines: readonly RoomLine[]): string {
  return lines
    .flatMap((line) =>
      isSaid(line)
        ? [`${stampOf(line.at)}  ${line.by.nick}  ${saidWords(line).replaceAll('\n', '\n    ')}`]
        : [],
    )
    .join('\n');
}
