import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Archive } from '../../../src/client/archive/archive.ts';
import { openArchive } from '../../../src/client/archive/open-archive.ts';
import { MISSED_PAGE_MS } from '../../../src/client/log/page-fetch.ts';
import { keyTag, labels, randomBytes, verify } from '../../../src/shared/crypto/sign.ts';
import { identityKey, roomId } from '../../../src/shared/ids.ts';
import {
  GAP_WAIT_MS,
  MAX_MOTD_LINES,
  MAX_TEXT_LINES,
  OLD_KEY_MS,
  SECOND,
} from '../../../src/shared/limits.ts';
import { countLines } from '../../../src/shared/text.ts';
import { followed as followedBy } from '../../support/followed-room.ts';
import { PaperHost, person } from '../../support/peers/paper-host.ts';
import { cpuMs } from '../../support/cpu-time.ts';

let archive: Archive;
beforeEach(() => {
  archive = openArchive(':memory:');
});
afterEach(() => archive.close());

type Followed = ReturnType<typeof followedBy>;
type Page = ReturnType<PaperHost['page']>;
const followed = (host = new PaperHost()): Followed => followedBy(archive, host);

describe('a member and the relay together', () => {
  it.each([
    [
      'a line in another’s name',
      'bad signature of an author',
      ({ host, bob, cleo }: Followed) => {
        const [, event, sig] = host.text(cleo, 'I am bob');
        return { signed: [bob.publicKey, event, sig] as const };
      },
    ],
    [
      'a line of somebody who is not in the room',
      'broken chain',
      ({ host }: Followed) => ({ signed: host.text(person(), 'let me in') }),
    ],
    [
      'a line of another room',
      'event of another room or log',
      ({ host, bob }: Followed) => ({
        signed: host.sign(bob, { kind: 'text', body: { text: 'elsewhere' } }, { room: randomBytes(16) }),
      }),
    ],
    [
      'a line of another log of the room',
      'event of another room or log',
      ({ host, bob }: Followed) => ({
        signed: host.sign(bob, { kind: 'text', body: { text: 'earlier' } }, { log: randomBytes(8) }),
      }),
    ],
    [
      'what is no event',
      'unreadable message',
      ({ bob }: Followed) => {
        const event = randomBytes(40);
        return { signed: [bob.publicKey, event, bob.sign(labels.ev, event)] as const };
      },
    ],
    [
      'a true line under a head that the host did not sign',
      'bad signature of the host',
      ({ host, bob }: Followed) => ({ head: host.head(host.end, bob) }),
    ],
    [
      'another true line under a true head',
      'broken chain',
      ({ host, bob }: Followed) => ({ signed: host.text(bob, 'said, but not numbered') }),
    ],
    [
      'a join that the host did not write',
      'author without the right',
      ({ host, bob }: Followed) => ({
        signed: host.sign(bob, {
          kind: 'member-joined',
          body: { key: person().publicKey, nick: 'eve', role: 'op' },
        }),
      }),
    ],
  ] as const)('cannot make %s believed, nor keep the true line out', (_, what, forge) => {
    const room = followed();
    room.enter();
    const placed = room.host.say(room.bob, 'the true line');
    const forged = forge(room);
    const changes =
      'signed' in forged ? { signed: [...forged.signed] as [Uint8Array, Uint8Array, Uint8Array] } : forged;
    for (let i = 0; i < 3; i++) room.log.cast(room.host.cast(placed, changes));
    expect(room.suspicions()).toEqual([what]);
    expect(room.texts()).toEqual([]);
    room.log.cast(room.host.cast(placed));
    expect(room.texts()).toEqual(['the true line']);
    room.log.cast(room.host.cast(room.host.say(room.cleo, 'and the next')));
    expect(room.texts()).toEqual(['the true line', 'and the next']);
    expect(room.roster.all()).toHaveLength(3);
  });
});

describe('a cast', () => {
  it.each([
    ['an event without a number', ({ host, bob }: Followed) => host.cast({ ...host.say(bob, 'x'), seq: 0 })],
    ['a hint with a number', ({ host, bob }: Followed) => host.seal(1, { t: 'typing', key: bob.publicKey })],
    ['what is no message', ({ host }: Followed) => host.seal(1, { t: 'nothing' } as never)],
  ])('that is %s is counted, and nothing else', (_, make) => {
    const room = followed();
    room.enter();
    room.log.cast(make(room));
    expect(room.suspicions()).toEqual(['unreadable message']);
    expect([room.texts(), room.hints()]).toEqual([[], []]);
  });

  it.each([
    [
      'number',
      ({ host, bob }: Followed) => host.cast({ ...host.say(bob, 'x'), seq: 2 }, { head: host.head() }),
    ],
    [
      'epoch',
      (room: Followed) => {
        const { host, bob, log } = room;
        const placed = host.say(bob, 'x');
        const head = host.head();
        log.rekey(host.rekey(1));
        return host.cast(placed, { head });
      },
    ],
  ])('whose head is of another %s is not believed', (_, make) => {
    const room = followed();
    room.enter();
    room.log.cast(make(room));
    expect(room.suspicions()).toEqual(['bad signature of the host']);
    expect(room.texts()).toEqual([]);
  });
});

describe('a host', () => {
  it('cannot number what somebody outside the room says, and the log goes on', () => {
    const { host, bob, log, enter, texts, suspicions } = followed();
    enter();
    log.cast(host.cast(host.say(person(), 'outsider')));
    log.cast(host.cast(host.say(bob, 'insider')));
    expect(texts()).toEqual(['insider']);
    expect(suspicions()).toEqual(['author who is not in the room']);
  });

  it('cannot repeat an author’s event out of the author’s order', () => {
    const { host, bob, log, enter, texts, suspicions } = followed();
    enter();
    const early = host.sign(bob, { kind: 'text', body: { text: 'early' } }, { counter: 5 });
    log.cast(host.cast(host.place(host.sign(bob, { kind: 'text', body: { text: 'late' } }, { counter: 9 }))));
    log.cast(host.cast(host.place(early)));
    expect(texts()).toEqual(['late']);
    expect(suspicions()).toEqual(['event out of its author’s order']);
  });

  it('cannot number what somebody said a second time', () => {
    const { host, bob, log, enter, suspicions, events } = followed();
    enter();
    const named = host.sign(bob, { kind: 'nick-changed', body: { nick: 'rob' } });
    for (let i = 0; i < 2; i++) log.cast(host.cast(host.place(named)));
    expect(suspicions()).toEqual(['event out of its author’s order']);
    expect(events.filter(({ type }) => type === 'line')).toHaveLength(1);
  });

  it('lets people in and out: their lines are theirs from then to then', () => {
    const { host, log, enter, texts, roster } = followed();
    enter();
    const dan = person();
    log.cast(host.cast(host.join(dan, 'dan')));
    expect(roster.get(identityKey(dan.publicKey))?.nick).toBe('dan');
    log.cast(host.cast(host.say(dan, 'hello')));
    log.cast(
      host.cast(host.place(host.sign(host.signer, { kind: 'member-left', body: { key: dan.publicKey } }))),
    );
    log.cast(host.cast(host.say(dan, 'one more thing')));
    expect(texts()).toEqual(['hello']);
    expect(roster.get(identityKey(dan.publicKey))).toBeUndefined();
  });

  it('whose first head is not its own is not believed at all', () => {
    const { host, bob, log } = followed();
    expect(() => log.welcomed(host.welcome([], { head: host.head(host.end, bob) }))).toThrow('head');
  });
});

describe('a new key', () => {
  it('opens casts that came before it', () => {
    const { host, bob, log, enter, texts, suspicions } = followed();
    enter();
    const rekey = host.rekey(1);
    log.cast(host.cast(host.say(bob, 'early')));
    expect(texts()).toEqual([]);
    log.rekey(rekey);
    expect(texts()).toEqual(['early']);
    expect(suspicions()).toEqual([]);
  });

  it('that never comes is made up for by asking the host', () => {
    const { host, bob, log, enter, texts, clock, asked } = followed();
    enter();
    host.rekey(1);
    log.cast(host.cast(host.say(bob, 'sealed under it')));
    clock.advance(GAP_WAIT_MS);
    expect(asked).toMatchObject([{ from: 1 }]);
    log.page(host.page(asked[0]?.rid ?? 0, 1, 1));
    expect(texts()).toEqual(['sealed under it']);
  });

  it('that comes late opens the first 64 casts that waited for it', () => {
    const { host, bob, log, enter, texts, suspicions } = followed();
    enter();
    const rekey = host.rekey(1);
    for (let i = 1; i <= 65; i++) log.cast(host.cast(host.say(bob, `line ${i}`)));
    expect(suspicions()).toEqual(['unreadable message']);
    log.rekey(rekey);
    expect(texts()).toHaveLength(64);
  });

  it('that never comes makes nobody believe pages of another past', () => {
    const { host, bob, log, enter, texts, clock, asked } = followed();
    enter();
    host.rekey(1);
    log.cast(host.cast(host.say(bob, 'sealed under it')));
    clock.advance(GAP_WAIT_MS);
    log.page({ ...host.page(asked[0]?.rid ?? 0, 1, 1), prev: randomBytes(32), head: undefined });
    expect(texts()).toEqual([]);
  });

  it('leaves the old one good for what was numbered before it, and for half a minute', () => {
    const { host, bob, log, enter, texts, clock } = followed();
    enter();
    const [one, two] = [host.say(bob, 'one'), host.say(bob, 'two')];
    const [castOfOne, castOfTwo] = [host.cast(one), host.cast(two)];
    log.rekey(host.rekey(3));
    log.cast(castOfOne);
    expect(texts()).toEqual(['one']);
    clock.advance(OLD_KEY_MS);
    log.cast(castOfTwo);
    expect(texts()).toEqual(['one']);
  });
});

describe('a hole', () => {
  it('is fetched after two seconds, and what came after it follows', () => {
    const { host, bob, log, enter, texts, clock, asked, gaps } = followed();
    enter();
    host.say(bob, 'one');
    host.say(bob, 'two');
    log.cast(host.cast(host.say(bob, 'three')));
    clock.advance(GAP_WAIT_MS - 1);
    expect(asked).toEqual([]);
    clock.advance(1);
    expect(asked).toMatchObject([{ from: 1, to: 2 }]);
    log.page(host.page(asked[0]?.rid ?? 0, 1, 2));
    expect(texts()).toEqual(['one', 'two', 'three']);
    expect(gaps()).toEqual([]);
  });

  it('that the host cannot fill is said, and the log goes on behind it', () => {
    const { host, bob, log, enter, texts, clock, asked, gaps } = followed();
    enter();
    host.say(bob, 'lost');
    log.cast(host.cast(host.say(bob, 'two')));
    clock.advance(GAP_WAIT_MS);
    clock.advance(10 * SECOND);
    expect(asked).toHaveLength(1);
    expect(gaps()).toEqual([{ type: 'gap', from: 1, to: 1 }]);
    log.cast(host.cast(host.say(bob, 'three')));
    expect(texts()).toEqual(['two', 'three']);
  });

  it('that the host could not fill can be filled later, by looking back', async () => {
    const { host, bob, log, enter, clock, asked } = followed();
    enter();
    host.say(bob, 'lost');
    log.cast(host.cast(host.say(bob, 'two')));
    clock.advance(GAP_WAIT_MS);
    clock.advance(10 * SECOND);
    const came = log.fetchOlder(10);
    expect(asked.at(-1)).toMatchObject({ from: 1, to: 2 });
    log.page(host.page(asked.at(-1)?.rid ?? 0, 1, 2));
    expect(await came).toBe(2);
    const lines = archive.rooms.lines(roomId(host.room), 9);
    expect(lines.map((line) => line.kind === 'text' && line.text)).toEqual(['lost', 'two']);
  });

  it('filled with another past makes for a new handshake', () => {
    const { host, bob, log, enter, texts, clock, asked, disagreements } = followed();
    host.say(bob, 'before');
    enter();
    host.say(bob, 'lost');
    const three = host.cast(host.say(bob, 'three'));
    const [first, ...rest] = host.events;
    if (first)
      host.events.splice(
        0,
        3,
        { ...first, hash: randomBytes(32) },
        ...rest.map((one) => ({ ...one, prev: randomBytes(32) })),
      );
    log.cast(three);
    clock.advance(GAP_WAIT_MS);
    log.page({ ...host.page(asked[0]?.rid ?? 0, 2, 2), head: undefined });
    expect(disagreements()).toBe(1);
    expect(texts()).toEqual([]);
  });

  it('filled with a line that was not said there ends in a new handshake', () => {
    const { host, bob, log, enter, texts, suspicions, clock, asked, disagreements } = followed();
    enter();
    host.say(bob, 'lost');
    log.cast(host.cast(host.say(bob, 'two')));
    clock.advance(GAP_WAIT_MS);
    const { head: _, ...page } = host.page(asked[0]?.rid ?? 0, 1, 1);
    log.page({ ...page, events: [host.text(bob, 'not said')] });
    expect(suspicions()).toEqual(['broken chain']);
    log.cast(host.cast(host.say(bob, 'three')));
    clock.advance(GAP_WAIT_MS);
    log.page(host.page(asked[1]?.rid ?? 0, 2, 2));
    expect(disagreements()).toBe(1);
    expect(texts()).toEqual(['not said']);
  });

  it.each([
    ['of 2 000 is fetched', 2_000, 1],
    ['of more is for a new handshake', 2_001, 0],
  ])('%s', (_, size, questions) => {
    const { host, bob, log, enter, clock, asked, disagreements } = followed();
    enter();
    const [hash, prev] = [randomBytes(32), randomBytes(32)];
    host.events.push({ signed: host.text(bob, 'lost'), seq: size, hash, prev });
    log.cast(host.cast(host.say(bob, 'behind it')));
    clock.advance(GAP_WAIT_MS);
    expect([asked.length, disagreements()]).toEqual([questions, 1 - questions]);
  });
});

describe('pages', () => {
  it('of the backlog are believed when they end where the host signed', () => {
    const { host, bob, log, enter, texts } = followed();
    for (const text of ['one', 'two', 'three']) host.say(bob, text);
    const synced = enter({ floor: 1 });
    log.page(host.page(0, 1, 2, false));
    expect(texts()).toEqual([]);
    log.page(host.page(0, 3, 3));
    expect(synced()).toBe(true);
    expect(texts()).toEqual(['one', 'two', 'three']);
  });

  it('with a changed, missing or foreign event are not shown', () => {
    for (const spoil of ['changed', 'missing', 'foreign'] as const) {
      const { host, bob, log, enter, texts, suspicions } = followed();
      for (const text of ['one', 'two', 'three']) host.say(bob, text);
      const synced = enter({ floor: 1 });
      const page = host.page(0, 1, 3);
      const [one, two, three] = page.events;
      if (!one || !two || !three) throw new Error('no events');
      const events = {
        changed: [one, host.text(bob, 'TWO'), three],
        missing: [one, three],
        foreign: [one, [bob.publicKey, two[1], three[2]] as typeof two, three],
      }[spoil];
      log.page({ ...page, events });
      expect(synced()).toBe(true);
      expect(texts()).toEqual([]);
      expect(suspicions()).toHaveLength(1);
    }
  });

  it('whose end nobody signed are not shown, whether they came by themselves or were asked for', async () => {
    const { host, bob, log, enter, texts, suspicions, asked } = followed();
    for (const text of ['one', 'two', 'three', 'four']) host.say(bob, text);
    const synced = enter({ floor: 1 });
    const without = (rid: number) => {
      const page = host.page(rid, 1, 4);
      return { ...page, events: page.events.toSpliced(1, 1), head: undefined };
    };
    log.page(without(0));
    expect(synced()).toBe(true);
    const came = log.fetchOlder(10);
    log.page(without(99));
    log.page(without(asked[0]?.rid ?? 99));
    expect(await came).toBe(0);
    expect(suspicions()).toEqual(['broken chain']);
    expect([texts(), archive.rooms.lines(roomId(host.room), 9)]).toEqual([[], []]);
  });

  it.each([
    [
      'with a line in another’s name',
      'bad signature of an author',
      ({ events, ...page }: Page, { host, cleo, bob }: Followed) => {
        const [, event, sig] = host.text(cleo, 'I am bob');
        return { ...page, events: [...events.slice(0, 1), [bob.publicKey, event, sig] as const] };
      },
      ['one'],
    ],
    [
      'under a head that the host did not sign',
      'bad signature of the host',
      (page: Page, { host, bob }: Followed) => ({ ...page, head: host.head(host.end, bob) }),
      ['one'],
    ],
    [
      'with something else in the place of what was said',
      'broken chain',
      ({ events, ...page }: Page, { host, bob }: Followed) => ({
        ...page,
        events: [...events.slice(0, 1), host.text(bob, 'THREE')],
        head: undefined,
        last: true,
      }),
      ['one', 'two', 'THREE'],
    ],
  ] as const)('of a return %s end it, which is told', (_, what, spoil, shown) => {
    const room = followed();
    const { host, bob, log, enter, texts, suspicions } = room;
    enter();
    log.cast(host.cast(host.say(bob, 'one')));
    log.interrupted();
    for (const text of ['two', 'three']) host.say(bob, text);
    const synced = enter({ resume: 'pages', floor: 1 });
    const { events, head, ...page } = spoil(host.page(0, 2, 3, false), room);
    log.page({ ...page, ...(head && { head }), events: [...events] as Page['events'] });
    expect(synced()).toBe(true);
    expect(suspicions()).toEqual([what]);
    expect(room.events.find(({ type }) => type === 'resumed')).toMatchObject({ complete: false });
    expect(texts()).toEqual(shown);
    log.cast(host.cast(host.say(bob, 'four')));
    expect(texts().at(-1)).toBe('four');
  });

  it('that never end do not hold up what is said now', () => {
    const { host, bob, log, enter, texts, clock } = followed();
    for (const text of ['one', 'two']) host.say(bob, text);
    const synced = enter({ floor: 1 });
    log.cast(host.cast(host.say(bob, 'now')));
    expect(texts()).toEqual([]);
    clock.advance(MISSED_PAGE_MS);
    expect(synced()).toBe(true);
    expect(texts()).toEqual(['now']);
  });

  it('of a return are taken one by one, and casts meanwhile come after them', () => {
    const first = followed();
    const { host, bob, log, enter, texts, ada } = first;
    enter();
    log.cast(host.cast(host.say(bob, 'one')));
    log.interrupted();
    for (const text of ['two', 'three']) host.say(bob, text);
    const synced = enter({ resume: 'pages', floor: 1 });
    log.cast(host.cast(host.say(ada, 'four')));
    log.page(host.page(0, 2, 2, false));
    log.page(host.page(0, 3, 3));
    expect(synced()).toBe(true);
    expect(texts()).toEqual(['one', 'two', 'three', 'four']);
    expect(first.events.filter(({ type }) => type === 'resumed')).toEqual([
      { type: 'resumed', from: 2, to: 3, complete: true },
    ]);
    expect(first.confirmed).toEqual([4]);
  });

  it('of a return that begin later than what is missing hide nothing: the hole is told', () => {
    const first = followed();
    const { host, bob } = first;
    first.enter();
    first.log.cast(host.cast(host.say(bob, 'one')));
    first.log.interrupted();
    for (const text of ['two', 'three']) host.say(bob, text);
    const synced = first.enter({ resume: 'pages', floor: 1 });
    first.log.page(host.page(0, 3, 3));
    expect(synced()).toBe(true);
    expect(first.texts()).not.toContain('three');
    expect(first.gaps()).toMatchObject([{ from: 2, to: 3 }]);
  });

  it.each([
    ['its log is another one', 'new_log', (host: PaperHost) => (host.log = randomBytes(8))],
    ['its log ends before ours', 'diverged', (host: PaperHost) => host.events.splice(1)],
  ] as const)('that a host promises although %s are not waited for', (_, reason, change) => {
    const room = followed();
    const { host, bob, log, enter } = room;
    enter();
    for (const text of ['one', 'two', 'three']) log.cast(host.cast(host.say(bob, text)));
    log.interrupted();
    change(host);
    const synced = enter({ resume: 'pages', floor: host.end.seq + 1 });
    expect(synced()).toBe(true);
    expect(room.events.find(({ type }) => type === 'resumed')).toMatchObject({ reason, complete: false });
  });

  it('of a return that were trimmed leave a hole, and those behind it are shown', () => {
    const room = followed();
    const { host, bob, log, enter } = room;
    enter({ floor: 1 });
    log.cast(host.cast(host.say(bob, 'one')));
    log.interrupted();
    for (const text of ['two', 'three', 'four', 'five']) host.say(bob, text);
    const synced = enter({ resume: 'trimmed', floor: 4 });
    log.page(host.page(0, 4, 5));
    expect(synced()).toBe(true);
    expect(room.gaps()).toEqual([{ type: 'gap', from: 2, to: 3 }]);
    expect(room.texts()).toEqual(['one', 'four', 'five']);
    expect(room.events.filter(({ type }) => type === 'resumed')).toEqual([
      { type: 'resumed', from: 2, to: 5, reason: 'trimmed', complete: false },
    ]);
    expect(archive.rooms.lines(roomId(host.room), 9).map(({ seq }) => seq)).toEqual([1, 4, 5]);
  });

  it('asked for by looking further back are put before what is there', async () => {
    const { host, bob, log, enter, asked, texts } = followed();
    for (let i = 1; i <= 10; i++) host.say(bob, `line ${i}`);
    enter({ floor: 1 });
    log.page({ ...host.page(0, 1, 0), events: [] });
    const came = log.fetchOlder(4);
    expect(asked).toMatchObject([{ from: 7, to: 10 }]);
    log.page(host.page(asked[0]?.rid ?? 0, 7, 10));
    expect(await came).toBe(4);
    expect(texts()).toEqual([]);
    expect(archive.rooms.lines(roomId(host.room), 50).map(({ seq }) => seq)).toEqual([7, 8, 9, 10]);
    const more = log.fetchOlder(50);
    expect(asked[1]).toMatchObject({ from: 1, to: 6 });
    log.page(host.page(asked[1]?.rid ?? 0, 1, 6));
    expect(await more).toBe(6);
    expect(await log.fetchOlder(50)).toBe(0);
  });

  it('of people who have gone have the names that the host gives them, cleaned, but not of those who are here', () => {
    const { host, bob, log, enter } = followed();
    const [dan, eve] = [person(), person()];
    for (const author of [dan, eve, bob]) host.say(author, 'something');
    host.join(dan, 'dan');
    host.join(eve, 'eve');
    for (const author of [dan, eve, bob]) host.say(author, 'something');
    enter({ floor: 6 });
    const former = [
      { key: dan.publicKey, nick: '\u001b]0;x\u0007dan\u202e' },
      { key: eve.publicKey, nick: '  ' },
      { key: bob.publicKey, nick: 'mallory' },
    ];
    log.page({ ...host.page(0, 6, 8), former });
    const nicks = archive.rooms.lines(roomId(host.room), 3).map(({ by }) => by.nick);
    expect(nicks).toEqual(['dan', keyTag(eve.publicKey), 'bob']);
  });

  it('that were trimmed since the welcome are not counted as still to be had', async () => {
    const { host, bob, log, enter, asked } = followed();
    for (let i = 1; i <= 10; i++) host.say(bob, `line ${i}`);
    const synced = enter({ floor: 1 });
    expect(log.unfetched).toBe(0);
    log.page({ ...host.page(0, 11, 10), events: [] });
    expect([synced(), log.unfetched]).toEqual([true, 10]);
    const came = log.fetchOlder(8);
    log.page(host.page(asked[0]?.rid ?? 0, 6, 10));
    expect(await came).toBe(5);
    expect(log.unfetched).toBe(0);
  });
});

it('verifying a long history costs little more than its signatures do', () => {
  const { host, bob, log, enter } = followed();
  const lines = 1_000;
  for (let i = 0; i < lines; i++) host.say(bob, `line ${i} with some words in it`);
  const page = (i: number) => host.page(0, 100 * i + 1, 100 * (i + 1), 100 * (i + 1) === lines);
  const pages = Array.from({ length: lines / 100 }, (_, i) => page(i));
  const synced = enter({ floor: 1 });
  const start = cpuMs();
  for (const { signed } of host.events) verify(labels.ev, signed[0], signed[1], signed[2]);
  const signatures = cpuMs() - start;
  for (const one of pages) log.page(one);
  expect(synced()).toBe(true);
  expect(cpuMs() - start - signatures).toBeLessThan(5 * signatures);
});

describe('moderation in the log', () => {
  const nicks = ({ roster }: Followed) => roster.all().map(({ nick }) => nick);
  const kick = (who: { readonly publicKey: Uint8Array }) =>
    ({ kind: 'kicked', body: { key: who.publicKey, reason: 'no' } }) as const;

  /** Bob is an operator. */
  function withOperator(): Followed {
    const room = followed();
    room.enter();
    room.roster.ranked(identityKey(room.bob.publicKey), 'op');
    return room;
  }

  it('is the operator’s own signed word: no host says in its name that it kicked somebody', () => {
    const room = withOperator();
    const { host, bob, cleo, log } = room;
    const [, event] = host.sign(host.signer, kick(cleo));
    const forged = [bob.publicKey, event, host.signer.sign(labels.ev, event)] as const;
    log.cast(host.cast(host.place([...forged])));
    expect(room.suspicions()).toContain('bad signature of an author');
    expect(nicks(room)).toContain('cleo');
  });

  it('takes whom an operator kicked off the roster, and tells by whom and why', () => {
    const room = withOperator();
    const { host, bob, cleo, log, events } = room;
    log.cast(host.cast(host.place(host.sign(bob, kick(cleo)))));
    expect(nicks(room)).toEqual(['ada', 'bob']);
    const line = events.flatMap((each) => (each.type === 'line' ? [each.line] : [])).at(-1);
    expect(line).toMatchObject({ kind: 'kick', by: { nick: 'bob' }, who: { nick: 'cleo' }, reason: 'no' });
  });

  it.each([
    ['a member', (room: Followed) => room.host.sign(room.cleo, kick(room.ada))],
    ['an operator against the owner', (room: Followed) => room.host.sign(room.bob, kick(room.host.signer))],
    ['an operator against itself', (room: Followed) => room.host.sign(room.bob, kick(room.bob))],
  ])('of %s is dropped, though the host numbered it', (_, sign) => {
    const room = withOperator();
    const before = nicks(room);
    const { host, log } = room;
    log.cast(host.cast(host.place(sign(room))));
    expect(room.suspicions()).toEqual(['author without the right']);
    expect(nicks(room)).toEqual(before);
    log.cast(host.cast(host.say(room.bob, 'and on it goes')));
    expect(room.texts()).toEqual(['and on it goes']);
  });

  it.each([
    [
      'a kick by a member',
      'author without the right',
      (room: Followed) => room.host.sign(room.cleo, kick(room.ada)),
    ],
    [
      'a line of an outsider',
      'author who is not in the room',
      ({ host }: Followed) => host.text(person(), 'hi'),
    ],
  ])('does not become the right of more people behind a hole that the host leaves: %s', (_, what, sign) => {
    const room = withOperator();
    const { host, bob, log, clock } = room;
    host.say(bob, 'kept back');
    log.cast(host.cast(host.place(sign(room))));
    clock.advance(GAP_WAIT_MS);
    clock.advance(10 * SECOND);
    expect(room.gaps()).toEqual([{ type: 'gap', from: 1, to: 1 }]);
    expect(room.suspicions()).toEqual([what]);
    expect(nicks(room)).toEqual(['ada', 'bob', 'cleo']);
    log.cast(host.cast(host.say(bob, 'and on it goes')));
    expect(room.texts()).toEqual(['and on it goes']);
  });

  it('with more lines than a person may write fills no screen with them', () => {
    const { host, bob, log, enter, texts, events } = followed();
    enter();
    const lines = (most: number) => 'x\n'.repeat(most).trimEnd();
    log.cast(host.cast(host.say(bob, lines(2_000))));
    expect(texts().map(countLines)).toEqual([MAX_TEXT_LINES]);
    const body = { motd: lines(500) };
    log.cast(host.cast(host.place(host.sign(host.signer, { kind: 'motd-changed', body }))));
    const motds = events.flatMap((event) =>
      event.type === 'line' && event.line.kind === 'motd' ? countLines(event.line.motd) : [],
    );
    expect(motds).toEqual([MAX_MOTD_LINES]);
  });

  it('changes a line that was said, for its author and for operators', () => {
    const room = withOperator();
    const { host, cleo, bob, log, events } = room;
    const id = randomBytes(16);
    log.cast(host.cast(host.place(host.sign(cleo, { kind: 'text', body: { text: 'helo' } }, { id }))));
    log.cast(host.cast(host.place(host.sign(cleo, { kind: 'edited', body: { of: id, text: 'hello' } }))));
    const gone = { kind: 'deleted', body: { of: id, author: cleo.publicKey } } as const;
    log.cast(host.cast(host.place(host.sign(bob, gone))));
    const changed = events.flatMap((event) => (event.type === 'changed' ? [event] : []));
    expect(changed).toMatchObject([
      { change: { kind: 'edit', text: 'hello' }, line: { seq: 1, text: 'hello', edited: true } },
      { change: { kind: 'delete', by: { nick: 'bob' } }, line: { seq: 1, text: '' } },
    ]);
  });
});
