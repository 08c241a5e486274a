import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Archive } from '../../../src/client/archive/archive.ts';
import { openArchive } from '../../../src/client/archive/open-archive.ts';
import type { RoomEvent } from '../../../src/shared/room/events.ts';
import { randomBytes, type Signer } from '../../../src/shared/crypto/sign.ts';
import { roomId } from '../../../src/shared/ids.ts';
import { GAP_WAIT_MS } from '../../../src/shared/limits.ts';
import { followed as followedBy } from '../../support/followed-room.ts';
import { PaperHost, person } from '../../support/peers/paper-host.ts';

// docs/protocol.md "Events, chain, casts"; docs/threat-model.md "A malicious host"

let archive: Archive;
beforeEach(() => {
  archive = openArchive(':memory:');
});
afterEach(() => archive.close());

type Followed = ReturnType<typeof followedBy>;
const followed = (): Followed => followedBy(archive, new PaperHost());

const kick = (who: Signer) => ({ kind: 'kicked', body: { key: who.publicKey } }) as const;
const rank = (who: Signer, role: 'op' | 'member') =>
  ({ kind: 'role-changed', body: { key: who.publicKey, role } }) as const;
const leave = (who: Signer) => ({ kind: 'member-left', body: { key: who.publicKey } }) as const;
const say = (text: string) => ({ kind: 'text', body: { text } }) as const;

const lines = ({ host }: Followed) => archive.rooms.lines(roomId(host.room), 50);
const texts = (room: Followed) => lines(room).flatMap((line) => (line.kind === 'text' ? [line.text] : []));

/** What a host has numbered although its author, who really signed it, had no right to it. */
const wrongs: readonly [string, string, (room: Followed) => void][] = [
  [
    'a kick by a member',
    'author without the right',
    ({ host, bob, cleo }) => {
      host.join(bob, 'bob');
      host.place(host.sign(bob, kick(cleo)));
    },
  ],
  [
    'a line taken back by another member',
    'author without the right',
    ({ host, bob, cleo }) => {
      host.join(bob, 'bob');
      const id = randomBytes(16);
      host.place(host.sign(cleo, say('to be kept'), { id }));
      host.place(host.sign(bob, { kind: 'deleted', body: { of: id, author: cleo.publicKey } }));
    },
  ],
  [
    'a rank given by an operator',
    'author without the right',
    ({ host, bob, cleo }) => {
      host.place(host.sign(host.signer, rank(bob, 'op')));
      host.place(host.sign(bob, rank(cleo, 'op')));
    },
  ],
  [
    'a rank given by somebody who was there before the pages begin',
    'author without the right',
    ({ host, bob, cleo }) => void host.place(host.sign(bob, rank(cleo, 'op'))),
  ],
  [
    'a kick by somebody who was an operator once',
    'author without the right',
    ({ host, bob, cleo }) => {
      host.place(host.sign(host.signer, rank(bob, 'op')));
      host.place(host.sign(host.signer, rank(bob, 'member')));
      host.place(host.sign(bob, kick(cleo)));
    },
  ],
  [
    'an operator’s kick of another',
    'author without the right',
    ({ host, bob, cleo }) => {
      host.place(host.sign(host.signer, rank(bob, 'op')));
      host.place(host.sign(host.signer, rank(cleo, 'op')));
      host.place(host.sign(bob, kick(cleo)));
    },
  ],
  [
    'a kick of the owner',
    'author without the right',
    ({ host, bob }) => void host.place(host.sign(bob, kick(host.signer))),
  ],
  [
    'a line of somebody who had left',
    'author who is not in the room',
    ({ host, bob }) => {
      host.place(host.sign(host.signer, leave(bob)));
      host.place(host.sign(bob, say('still here')));
    },
  ],
  [
    'a line of somebody who had been put out, and whose rank was taken then',
    'author who is not in the room',
    ({ host, bob }) => {
      host.place(host.sign(host.signer, kick(bob)));
      host.place(host.sign(host.signer, rank(bob, 'member')));
      host.place(host.sign(bob, say('still here')));
    },
  ],
  [
    'an author’s event out of the author’s order',
    'event out of its author’s order',
    ({ host, bob }) => {
      const early = host.sign(bob, say('early'));
      host.place(host.sign(bob, say('late')));
      host.place(early);
    },
  ],
];

describe('in pages of history', () => {
  it.each(wrongs)('%s is counted and not shown, and the lines around it are', (_, what, wrong) => {
    const room = followed();
    const { host, ada, log, enter, suspicions } = room;
    host.say(ada, 'before');
    wrong(room);
    const refused = host.events.length;
    host.say(ada, 'after');
    const synced = enter({ floor: 1 });
    log.page(host.page(0, 1, host.events.length));
    expect(synced()).toBe(true);
    expect(suspicions()).toEqual([what]);
    expect(lines(room).map(({ seq }) => seq)).not.toContain(refused);
    expect(texts(room)).toContain('before');
    expect(texts(room).at(-1)).toBe('after');
  });

  it.each(wrongs)('%s is not taken after an interruption either', (_, what, wrong) => {
    const room = followed();
    const { host, ada, log, enter, suspicions } = room;
    enter();
    log.cast(host.cast(host.say(ada, 'before')));
    log.interrupted();
    wrong(room);
    const refused = host.events.length;
    host.say(ada, 'after');
    const synced = enter({ resume: 'pages', floor: 1 });
    log.page(host.page(0, 2, host.events.length));
    expect(synced()).toBe(true);
    expect(suspicions()).toEqual([what]);
    expect(lines(room).map(({ seq }) => seq)).not.toContain(refused);
    expect(texts(room)).toContain('before');
    expect(texts(room).at(-1)).toBe('after');
  });

  it.each(wrongs.slice(0, 2))('%s does not fill a hole', (_, what, wrong) => {
    const room = followed();
    const { host, ada, log, enter, clock, asked, suspicions } = room;
    enter();
    wrong(room);
    const refused = host.events.length;
    log.cast(host.cast(host.say(ada, 'after')));
    clock.advance(GAP_WAIT_MS);
    log.page(host.page(asked[0]?.rid ?? 0, 1, refused));
    expect(suspicions()).toEqual([what]);
    expect(lines(room).map(({ seq }) => seq)).not.toContain(refused);
    expect(texts(room).at(-1)).toBe('after');
  });

  it('what everybody had the right to is shown', () => {
    const room = followed();
    const { host, ada, bob, cleo, log, enter, suspicions } = room;
    const newcomer = person();
    host.join(newcomer, 'dan');
    host.say(newcomer, 'hello');
    // An operator from before the pages begin.
    host.place(host.sign(bob, kick(newcomer)));
    host.join(newcomer, 'dan');
    host.say(newcomer, 'sorry');
    host.place(host.sign(host.signer, rank(cleo, 'op')));
    host.place(host.sign(cleo, kick(newcomer)));
    host.place(host.sign(host.signer, leave(cleo)));
    host.join(cleo, 'cleo');
    host.say(cleo, 'back again');
    host.place(host.sign(host.signer, say('I am the host')));
    host.say(ada, 'good');
    enter({ floor: 1 });
    log.page(host.page(0, 1, host.events.length));
    expect(suspicions()).toEqual([]);
    expect(lines(room)).toHaveLength(host.events.length);
  });

  it('a reaction said once is not repeated after it was taken back, be it after an interruption', () => {
    const room = followed();
    const { host, ada, bob, log, enter, suspicions } = room;
    enter();
    const id = randomBytes(16);
    const react = (on: boolean): Pick<Extract<RoomEvent, { kind: 'reacted' }>, 'kind' | 'body'> => ({
      kind: 'reacted',
      body: { of: id, author: ada.publicKey, emoji: '+1', on },
    });
    const once = host.sign(bob, react(true));
    log.cast(host.cast(host.place(host.sign(ada, say('tea?'), { id }))));
    log.cast(host.cast(host.place(once)));
    log.cast(host.cast(host.place(host.sign(bob, react(false)))));
    log.interrupted();
    host.place(once);
    enter({ resume: 'pages', floor: 1 });
    log.page(host.page(0, 4, 4));
    expect(suspicions()).toEqual(['event out of its author’s order']);
    expect(lines(room)[0]).not.toHaveProperty('reactions');
  });
});
