import type { ClientRefusal } from '../client/api.ts';
import { plainSentence } from '../client/words/plain-words.ts';
import type { RefusalDetail } from '../client/words/refusal-words.ts';

/** What to do next, where commands are those of a shell. */
const words: Partial<Readonly<Record<ClientRefusal, (detail: RefusalDetail) => string | undefined>>> = {
  'already-hosting': () => 'This room is open already; chat-tui rooms lists it.',
  'host-closed': () => 'The host closed this room; chat-tui rooms lists the others.',
  'has-name': () => 'You have a name at this relay already; chat-tui account delete gives it up.',
  'no-relay': () =>
    'No relay is connected; --relay URL names one, chat-tui host NAME opens a room on this machine.',
  'no-such-name': ({ name }) =>
    `Nobody is registered as ${name ?? 'that'} here; chat-tui account list shows who is.`,
  'no-such-room': ({ about, name }) =>
    about === 'invite'
      ? undefined
      : `No room called ${name ?? 'that'} is in reach; chat-tui rooms lists those that are.`,
  'no-code': () =>
    'Anybody may come into this room without a code, so a link to it cannot run out; end its host, then start it again with --code.',
  'not-registered': () => 'You have no name at this relay; chat-tui account register NAME gets you one.',
  'relay-banned': () =>
    'You are banned at this relay: its operator keeps your key or your network out; ask them, or name another with --relay URL.',
  'relay-private': () =>
    'This relay is private: its operator has to add your key, which chat-tui doctor shows; or name another with --relay URL.',
};

/** A refusal in words, for whoever started the program from a shell. */
export function shellSentence(code: ClientRefusal, detail: RefusalDetail = {}): string {
  return words[code]?.(detail) ?? plainSentence(code, detail);
}
