import type { ClientRefusal } from '../api.ts';
import { because, sentence, what, type RefusalDetail } from './refusal-words.ts';

/** What says which command to type elsewhere; each true without one. */
const words: Partial<Readonly<Record<ClientRefusal, (detail: RefusalDetail) => string | undefined>>> = {
  'already-hosting': () => 'This room is open already.',
  'changed-key': (d) => changedKeys[d.about ?? 'room'](d),
  'has-name': () => 'You have a name at this relay already.',
  'host-closed': () => 'The host closed this room.',
  'ignore-limit': ({ limit }) => `You ignore ${limit ?? 'too many'} people already.`,
  'invite-limit': ({ limit }) => `${limit ?? 'Too many'} such invites are open already; take one back first.`,
  kicked: (d) => `You were put out of this room; join it again if you are welcome.${because(d)}`,
  left: () => 'The room was left, so this was not sent; join it and send it again.',
  'left-out': () => 'It is at another relay than the one that was named.',
  'list-full': ({ limit }) =>
    `The list is full${limit === undefined ? '' : ` (${limit})`}; lift a ban first.`,
  'no-code': () =>
    'Anybody may come into this room without a code, so a link to it cannot run out; its host has to open it with one.',
  'no-relay': () => 'No relay is connected; name one.',
  'no-such-member': (d) => `${what(d, 'That person')} is not in this room.`,
  'no-such-name': ({ name }) => `Nobody is registered as ${name ?? 'that'} here.`,
  'no-such-person': ({ name }) => `Nobody called ${name ?? 'that'} is known here.`,
  'no-such-room': ({ about, name }) =>
    about === 'invite' ? undefined : `No room called ${name ?? 'that'} is in reach; its host may be away.`,
  'not-registered': () => 'You have no name at this relay.',
  'relay-banned': () =>
    'You are banned at this relay: its operator keeps your key or your network out; ask them, or name another.',
  'relay-private': () =>
    'This relay is private: its operator has to add your key, which chat-tui doctor shows; or name another.',
  'room-limit': ({ limit }) =>
    `You already host ${limit ?? 3} rooms, or your network has too many here; close one first.`,
  'too-many-rooms': ({ limit }) => `You are in ${limit ?? 20} rooms already; leave one, then join this one.`,
  'unknown-words': ({ names = [] }) =>
    `Nobody answers to these words at ${names.length > 0 ? names.join(', ') : 'any relay in reach'}: they were used, have run out, or belong to another relay. Ask for new ones.`,
};

const changedKeys: Readonly<
  Record<NonNullable<RefusalDetail['about']>, (detail: RefusalDetail) => string | undefined>
> = {
  invite: () => undefined,
  person: ({ names: [now = 'This one', ...before] = [] }) =>
    `${now} is not who you know by this name (${before.join(', ') || 'somebody else'}), so nothing was sent. Ask them in another way, by phone for instance.`,
  relay: ({ name, names }) =>
    `${names?.[0] ?? name ?? 'This address'} is answered by another relay than before, so nothing was sent there. Ask whoever runs it.`,
  room: (d) =>
    `${what(d, 'This room')} is hosted by somebody else than before, so you were not let in. Ask its host, by phone for instance, for an invite: it leads to them alone.`,
};

/** A refusal in words where nobody can type a command. */
export function plainSentence(code: ClientRefusal, detail: RefusalDetail = {}): string {
  return words[code]?.(detail) ?? sentence(code, detail);
}
