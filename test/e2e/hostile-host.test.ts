import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  decodeEvent,
  encodeCast,
  encodeRoomMessage,
  identityKey,
  issueDeviceCertificate,
  labels,
  pad,
  randomBytes,
  sealCast,
  type HostHello,
  type HostMessage,
  type RosterMember,
  type Signer,
} from '../../src/shared/public.ts';
import { PaperHost, person, type Placed } from '../support/peers/paper-host.ts';
import { ScriptedHost, type Guest } from '../support/peers/scripted-host.ts';
import { cpuMs } from '../support/cpu-time.ts';
import { hastyClock } from '../support/hasty-clock.ts';
import { RoomRig, type Watched } from '../support/room-rig.ts';

// docs/protocol.md "Into a room", "Events, chain, casts", "Rekey"; docs/threat-model.md "A malicious host"

let rig: RoomRig;
let host: ScriptedHost;
let ada: Watched;
const bob = person();
const cleo = person();

beforeEach(async () => {
  rig = await RoomRig.start({ joinsPerRoom: 1_000 });
  host = await ScriptedHost.open(rig.relay.url);
  ada = await rig.person('ada', { clock: hastyClock(10) });
});
afterEach(async () => {
  await host.line.close();
  await rig.close();
});

const roster: readonly RosterMember[] = [bob, cleo].map(({ publicKey }, index) => ({
  key: publicKey,
  nick: ['bob', 'cleo'][index] ?? '',
  role: 'member',
  presence: 'online',
}));

/** Ada is in the room, with bob and cleo. */
async function adaIn(): Promise<Guest> {
  host.script = {
    ...host.script,
    welcome: (honest) => ({ ...honest, roster: [...honest.roster, ...roster], rosterSize: 4 }),
  };
  await ada.joins(host.invite);
  const guest = await host.guest();
  host.say(bob, 'a first line');
  await ada.hears('a first line');
  return guest;
}

/** Ada goes on: the next true line gets through, and nothing more was shown than `texts`. */
async function adaHearsTheNext(...texts: readonly string[]): Promise<void> {
  host.say(bob, 'the true next line');
  await ada.hears('the true next line');
  expect(ada.texts).toEqual(['a first line', ...texts, 'the true next line']);
}

interface Lie {
  readonly host: PaperHost;
  readonly next: Placed;
}

describe('a host that casts', () => {
  const text = (by: Signer, paper: PaperHost, said = 'false') => paper.text(by, said);

  it.each<[string, string, (lie: Lie) => Uint8Array]>([
    [
      'a line in somebody’s name under its own signature',
      'bad signature of an author',
      ({ host: paper, next }) => {
        const [, event, sig] = text(paper.signer, paper);
        return paper.cast(next, { signed: [bob.publicKey, event, sig] });
      },
    ],
    [
      'a line under a signature made for another purpose',
      'bad signature of an author',
      ({ host: paper, next }) => {
        const [author, event] = text(bob, paper);
        return paper.cast(next, { signed: [author, event, bob.sign(labels.head, event)] });
      },
    ],
    [
      'what somebody said in another room',
      'event of another room or log',
      ({ host: paper, next }) => {
        const content = { kind: 'text', body: { text: 'false' } } as const;
        return paper.cast(next, { signed: paper.sign(bob, content, { room: randomBytes(16) }) });
      },
    ],
    [
      'what somebody said in another log',
      'event of another room or log',
      ({ host: paper, next }) => {
        const content = { kind: 'text', body: { text: 'false' } } as const;
        return paper.cast(next, { signed: paper.sign(bob, content, { log: randomBytes(8) }) });
      },
    ],
    [
      'an event that only hosts write, by a member',
      'author without the right',
      ({ host: paper, next }) =>
        paper.cast(next, {
          signed: paper.sign(bob, { kind: 'member-left', body: { key: cleo.publicKey } }),
        }),
    ],
    [
      'an event that does not decode',
      'unreadable message',
      ({ host: paper, next }) => {
        const event = Uint8Array.of(0x80);
        return paper.cast(next, { signed: [bob.publicKey, event, bob.sign(labels.ev, event)] });
      },
    ],
    [
      'under a head of another key',
      'bad signature of the host',
      ({ host: paper, next }) => paper.cast(next, { head: paper.head(next, bob) }),
    ],
    [
      'under a head of another room',
      'bad signature of the host',
      ({ host: paper, next }) =>
        paper.cast(next, { head: new PaperHost(paper.log, paper.signer).head(next) }),
    ],
    [
      'under a head of another log',
      'bad signature of the host',
      ({ host: paper, next }) => {
        const other = Object.assign(new PaperHost(randomBytes(8), paper.signer), { room: paper.room });
        return paper.cast(next, { head: other.head(next) });
      },
    ],
    [
      'under a stale head',
      'bad signature of the host',
      ({ host: paper, next }) => paper.cast(next, { head: paper.head(paper.events[0]) }),
    ],
    [
      'under a head of another key epoch',
      'bad signature of the host',
      ({ host: paper, next }) => {
        const other = Object.assign(new PaperHost(paper.log, paper.signer), { room: paper.room, kepoch: 7 });
        return paper.cast(next, { head: other.head(next) });
      },
    ],
    [
      'a line that its chain does not have',
      'broken chain',
      ({ host: paper, next }) => paper.cast(next, { signed: text(cleo, paper) }),
    ],
    [
      'a history that forks',
      'broken chain',
      ({ host: paper, next }) =>
        paper.cast(next, { head: paper.head({ seq: next.seq, hash: randomBytes(32) }) }),
    ],
    [
      'something that is no cast',
      'unreadable message',
      ({ host: paper, next: { seq } }) =>
        sealCast(
          paper.key,
          { room: paper.room, log: paper.log, kepoch: paper.kepoch, seq },
          Uint8Array.of(7),
        ),
    ],
    [
      'a line without a number',
      'unreadable message',
      ({ host: paper, next }) => paper.seal(0, { t: 'event', event: next.signed, head: paper.head(next) }),
    ],
    [
      'a hint with a number',
      'unreadable message',
      ({ host: paper, next: { seq } }) => paper.seal(seq, { t: 'typing', key: bob.publicKey }),
    ],
    [
      'under a key that nobody has',
      'unreadable message',
      ({ host: paper, next: { seq } }) =>
        sealCast(
          randomBytes(32),
          { room: paper.room, log: paper.log, kepoch: paper.kepoch, seq },
          new Uint8Array(9),
        ),
    ],
    [
      'what was sealed for another room',
      'unreadable message',
      ({ host: paper, next }) => {
        const other = Object.assign(new PaperHost(paper.log, paper.signer), { key: paper.key });
        return other.cast(next);
      },
    ],
    ['a few bytes', 'unreadable message', () => randomBytes(20)],
  ])('%s is not believed, told once, and the true line follows', async (_, what, forge) => {
    await adaIn();
    const next = host.paper.say(cleo, 'true');
    for (let i = 0; i < 5; i++) host.cast(forge({ host: host.paper, next }));
    host.cast(host.paper.cast(next));
    await ada.hears('true');
    await adaHearsTheNext('true');
    expect(ada.all('suspicious')).toMatchObject([{ what, count: 1 }]);
    expect(ada.all('gap')).toEqual([]);
    expect(ada.room.members()).toHaveLength(4);
  });

  it('thousands of forgeries fills no screen with them', async () => {
    await adaIn();
    const next = host.paper.say(cleo, 'true');
    const forged = host.paper.cast(next, { head: host.paper.head(next, bob) });
    for (let i = 0; i < 1_000; i++) host.cast(forged);
    host.cast(host.paper.cast(next));
    await ada.hears('true');
    expect(ada.all('suspicious').map(({ count }) => count)).toEqual([1, 10, 100, 1_000]);
    await adaHearsTheNext('true');
  });

  it('everything twice, and old numbers again, has each line shown once', async () => {
    await adaIn();
    const lines = ['one', 'two', 'three'].map((text) => host.paper.cast(host.paper.say(bob, text)));
    for (const cast of [...lines, ...lines.toReversed(), ...lines]) host.cast(cast);
    await adaHearsTheNext('one', 'two', 'three');
    expect(ada.all('suspicious')).toEqual([]);
  });

  it('a number of the far future is asked for what lies between, and then left out', async () => {
    const guest = await adaIn();
    host.obliging = false;
    const real = host.paper.end;
    const jumped = { ...host.paper.say(bob, 'from the future'), seq: real.seq + 1_000_000 };
    host.paper.events.pop();
    host.cast(host.paper.cast(jumped));
    await adaHearsTheNext();
    // The hole is too large to fetch: a new handshake finds out that it never was.
    await host.guests.find((other) => (other === guest ? undefined : other));
    await ada.seen('ready', () => true, 2);
    expect(ada.texts).not.toContain('from the future');
    host.say(bob, 'after the second handshake');
    await ada.hears('after the second handshake');
  });

  it('what an author said before what it has shown of them already is passed over, and the log goes on', async () => {
    await adaIn();
    const content = (text: string) => ({ kind: 'text', body: { text } }) as const;
    const { paper } = host;
    const early = paper.sign(bob, content('early'), { counter: 1_000 });
    host.cast(paper.cast(paper.place(paper.sign(bob, content('late'), { counter: 2_000 }))));
    host.cast(paper.cast(paper.place(early)));
    host.cast(paper.cast(paper.place(paper.sign(person(), content('outsider')))));
    const body = { topic: 'anarchy' };
    host.cast(paper.cast(paper.place(paper.sign(bob, { kind: 'topic-changed', body }, { counter: 3_000 }))));
    host.say(cleo, 'go on');
    await ada.hears('go on');
    expect(ada.texts).toEqual(['a first line', 'late', 'go on']);
    expect(ada.room.info.topic).toBe('');
    expect(ada.all('suspicious').map(({ what }) => what)).toEqual([
      'event out of its author’s order',
      'author who is not in the room',
      'author without the right',
    ]);
  });
});

describe('a host that changes keys', () => {
  it('to one of an earlier epoch is not followed', async () => {
    const guest = await adaIn();
    guest.say(host.paper.rekey(host.paper.end.seq + 1));
    for (const kepoch of [host.paper.kepoch, 1, 0])
      guest.say({ t: 'rekey', kepoch, key: randomBytes(32), first: 0 });
    await adaHearsTheNext();
    expect(ada.all('suspicious')).toMatchObject([{ what: 'key of an earlier epoch', count: 1 }]);
  });

  it('and casts under the old one opens nothing that is numbered after the change', async () => {
    const guest = await adaIn();
    const { key, kepoch } = host.paper;
    guest.say(host.paper.rekey(host.paper.end.seq + 1));
    host.say(bob, 'under the new key');
    await ada.hears('under the new key');
    const { room, log } = host.paper;
    const late = host.paper.say(bob, 'under the old key');
    const [author, event, sig] = late.signed;
    const plaintext = encodeRoomMessage({
      t: 'event',
      event: [author, event, sig],
      head: host.paper.head(late),
    });
    host.cast(sealCast(key, { room, log, kepoch, seq: late.seq }, plaintext));
    host.cast(host.paper.cast(late));
    await ada.hears('under the old key');
    await adaHearsTheNext('under the new key', 'under the old key');
  });

  it('to one that it never uses, or never tells, is asked for the lines', async () => {
    const guest = await adaIn();
    guest.say({ t: 'rekey', kepoch: 5, key: randomBytes(32), first: host.paper.end.seq + 1 });
    host.paper.kepoch = 9;
    host.paper.key = randomBytes(32);
    host.say(bob, 'under a key that was never told');
    await ada.hears('under a key that was never told');
    expect(guest.said.all.some(({ t }) => t === 'fetch')).toBe(true);
    expect(ada.all('gap')).toEqual([]);
  });
});

describe('a host that answers', () => {
  const hellos: readonly [string, (honest: HostHello) => HostHello, string][] = [
    [
      'with an expired certificate',
      (honest) => ({
        ...honest,
        cert: issueDeviceCertificate(host.paper.signer, honest.cert.key, honest.cert.device, 1),
      }),
      'protocol',
    ],
    [
      'with a certificate of another device',
      (honest) => ({
        ...honest,
        cert: issueDeviceCertificate(host.paper.signer, randomBytes(32), honest.cert.device, 4_000_000_000),
      }),
      'protocol',
    ],
    [
      'with a changed certificate',
      (honest) => ({ ...honest, cert: { ...honest.cert, expires: 4_000_000_001 } }),
      'protocol',
    ],
    [
      'as somebody else',
      (honest) => ({
        ...honest,
        cert: issueDeviceCertificate(bob, honest.cert.key, honest.cert.device, 4_000_000_000),
      }),
      'foreign-invite',
    ],
    ['with another room’s nonce', (honest) => ({ ...honest, nonce: randomBytes(16) }), 'foreign-invite'],
    ['in another version', (honest) => ({ ...honest, v: 2 }), 'unsupported-version'],
  ];

  it.each(hellos)('%s learns nothing: not even who calls', async (_, hello, code) => {
    host.script = { hello };
    const joined = await ada.client.join(host.invite);
    expect(joined).toMatchObject({ ok: false, code });
    expect(host.guests.all).toEqual([]);
    expect(ada.client.rooms()).toEqual([]);
  });

  it.each<[string, number]>([
    ['another suite', 6],
    ['another version', 7],
    ['another room', 8],
    ['another relay', 24],
    ['another circuit', 56],
  ])('for %s does not get through the handshake', async (_, at) => {
    host.script = { prologue: (honest) => honest.with(at, (honest[at] ?? 0) ^ 1) };
    // With a psk even message 1 carries a tag: it does not open at the host.
    expect(await ada.client.join(host.invite)).toMatchObject({ ok: false, code: 'protocol' });
    expect(host.guests.all).toEqual([]);
  });

  it.each<[string, (guest: Guest) => void]>([
    ['speaks before its welcome', (guest) => guest.say({ t: 'roster', members: [] })],
    [
      'changes the key before its welcome',
      (guest) => guest.say({ t: 'rekey', kepoch: 3, key: randomBytes(32), first: 1 }),
    ],
    [
      'welcomes with a head that is not its own',
      (guest) => guest.say(host.paper.welcome([], { head: host.paper.head(host.paper.end, bob) })),
    ],
    [
      'says what only members say',
      (guest) => guest.raw(guest.sealBytes(pad(encodeRoomMessage({ t: 'typing' })))),
    ],
    ['sends what is not sealed', (guest) => guest.raw(randomBytes(300))],
    ['sends what is not padded', (guest) => guest.raw(guest.sealBytes(randomBytes(300)))],
  ])('and then %s is left', async (_, greet) => {
    host.script = { greet };
    expect(await ada.client.join(host.invite)).toMatchObject({ ok: false, code: 'protocol' });
    expect(ada.client.rooms()).toEqual([]);
    expect(ada.all('ready')).toEqual([]);
  });

  it('with casts before its welcome is not heard before it', async () => {
    host.script = {
      greet: (guest) => {
        host.line.tell({ t: 'admit', circuit: guest.circuit });
        host.cast(host.paper.seal(0, { t: 'typing', key: bob.publicKey }));
        host.welcome(guest);
      },
    };
    await ada.joins(host.invite);
    host.say(host.paper.signer, 'welcome at last');
    await ada.hears('welcome at last');
    expect(ada.texts).toEqual(['welcome at last']);
  });

  it.each<[string, (guest: Guest) => void]>([
    [
      'sends one sealed message twice',
      (guest) => {
        const sealed = guest.seal({ t: 'pong', rid: 7, seq: 0 });
        guest.raw(sealed);
        guest.raw(sealed);
      },
    ],
    [
      'swaps two sealed messages',
      (guest) => {
        const [one, two] = [
          guest.seal({ t: 'pong', rid: 7, seq: 0 }),
          guest.seal({ t: 'pong', rid: 8, seq: 0 }),
        ];
        guest.raw(two);
        guest.raw(one);
      },
    ],
    ['welcomes twice', (guest) => host.welcome(guest)],
  ])('and later %s is met again by a new handshake, and nothing is lost', async (_, act) => {
    const guest = await adaIn();
    act(guest);
    await ada.seen('ready', () => true, 2);
    await adaHearsTheNext();
  });

  it('a call of the client with numbers out of all proportion ends nothing', async () => {
    const most = 2 ** 52;
    const guest = await adaIn();
    const words: readonly HostMessage[] = [
      { t: 'posted', id: randomBytes(16), seq: Number.MAX_SAFE_INTEGER },
      { t: 'rejected', id: randomBytes(16), code: 'slow-down', retryMs: Number.MAX_SAFE_INTEGER },
      { t: 'pong', rid: Number.MAX_SAFE_INTEGER, seq: 0 },
      { t: 'page', rid: 99, from: Number.MAX_SAFE_INTEGER, prev: randomBytes(32), events: [], last: true },
      { t: 'page', rid: 0, from: 0, prev: randomBytes(32), events: [host.paper.text(bob, 'x')], last: true },
      { t: 'roster', members: [] },
    ];
    for (const word of words) guest.say(word);
    await adaHearsTheNext();
    // Its log may stand where no other ever came.
    host.paper.events.push({ ...host.paper.say(bob, 'unheard'), seq: most });
    guest.say({ t: 'closing', code: 'host-away' });
    await ada.seen('ready', () => true, 2);
    expect(ada.room.state).toBe('online');
    ada.room.say('am I here?');
    await host.guests.all.at(-1)?.said.find(({ t }) => (t === 'post' ? true : undefined));
    expect(ada.room.history(10).length).toBeGreaterThan(0);
  });

  it('a post by telling the client to wait for ever does not keep the processor busy', async () => {
    const guest = await adaIn();
    host.obliging = false;
    ada.room.say('hello?');
    const post = await guest.said.find((said) => (said.t === 'post' ? said : undefined));
    const { id } = decodeEvent(post.event[1]);
    guest.say({ t: 'rejected', id, code: 'slow-down', retryMs: Number.MAX_SAFE_INTEGER });
    await ada.room.ping();
    const before = cpuMs();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(cpuMs() - before).toBeLessThan(200);
  });
});

describe('pages', () => {
  it.each<[string, (paper: PaperHost, page: ReturnType<PaperHost['page']>) => Partial<typeof page>]>([
    ['with two events swapped', (_, { events }) => ({ events: [...events].reverse() })],
    ['with an event left out', (_, { events }) => ({ events: events.slice(1) })],
    ['that end before their head', (_, { events }) => ({ events: events.slice(0, -1) })],
    [
      'that end before the welcome does, under the true head of then',
      (paper, { events }) => {
        const then = paper.events.at(-2);
        return { events: events.slice(0, -1), head: paper.head(then ?? paper.end) };
      },
    ],
    ['under a head that somebody else signed', (paper) => ({ head: paper.head(paper.end, bob) })],
    ['that begin at another past', () => ({ prev: randomBytes(32) })],
    [
      'with a line that nobody signed',
      (paper, { events }) => ({
        events: events.map((event, i): (typeof events)[number] =>
          i === 1 ? [bob.publicKey, paper.text(cleo, 'x')[1], event[2]] : event,
        ),
      }),
    ],
  ])('%s are not believed, and what is said now is heard', async (_, change) => {
    for (const text of ['one', 'two', 'three']) host.paper.say(bob, text);
    const { paper } = host;
    host.script = {
      greet: (guest) => {
        host.script = {
          welcome: (honest) => ({
            ...honest,
            floor: 1,
            roster: [...honest.roster, ...roster],
            rosterSize: 4,
          }),
        };
        host.welcome(guest);
        const page = paper.page(0, 1, 3);
        guest.say({ ...page, ...change(paper, page) });
      },
    };
    await ada.joins(host.invite);
    host.say(bob, 'now');
    await ada.hears('now');
    expect(ada.texts).toEqual(['now']);
    expect(ada.all('suspicious')).toHaveLength(1);
  });
});

it('a cast for a handle that nobody has is nobody’s', async () => {
  await adaIn();
  for (const handle of [0, host.handle + 1, 0xffff_ffff])
    host.line.bytes(encodeCast(handle, host.paper.cast(host.paper.say(bob, 'elsewhere'))));
  host.paper.events.splice(1);
  await adaHearsTheNext();
});

it('a host that calls its room like another one once somebody is in is not taken for that by its title', async () => {
  const listedBy = (who: string) =>
    ada.until(
      () => ada.client.listed().some(({ title, host: by }) => title === 'tea' && by === who) || undefined,
    );
  const honest = await rig.host('tea');
  await listedBy((await rig.profile('host', 'host')).key);
  await (await ada.joins('tea')).leave();
  host.script = { welcome: (welcome) => ({ ...welcome, title: 'tea' }) };
  for (let time = 0; time < 2; time++) await (await ada.joins(host.invite)).leave();
  await honest.close();
  expect(await host.list({ title: 'tea' })).toBe(true);
  await listedBy(identityKey(host.paper.signer.publicKey));
  await ada.until(() => ada.client.listed().length === 1 || undefined);
  expect(await ada.client.join('tea')).toMatchObject({ ok: false, code: 'changed-key' });
  const [name] = ada.client.listed().map(({ title, tag }) => `${title}~${tag}`);
  await (await ada.joins(String(name))).leave();
  // To name the tag is to accept it.
  await ada.joins('tea');
});
