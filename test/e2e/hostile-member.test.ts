import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  encodeRoomMessage,
  idBytes,
  issueDeviceCertificate,
  labels,
  openCast,
  pad,
  randomBytes,
  signerFrom,
  type DeviceCertificate,
  type HostMessage,
  type RefusalCode,
  type RoomEvent,
} from '../../src/shared/public.ts';
import type { RunningHost } from '../../src/host/hosting.ts';
import { same, type EntryScript, type MemberCircuit } from '../support/peers/member-circuit.ts';
import { person } from '../support/peers/paper-host.ts';
import { ScriptedMember } from '../support/peers/scripted-member.ts';
import { WireLine } from '../support/peers/wire-line.ts';
import { RoomRig, type Watched } from '../support/room-rig.ts';

// docs/protocol.md "Into a room", "Events, chain, casts"; docs/threat-model.md "A malicious member"

let rig: RoomRig;
let host: RunningHost;
let room: Uint8Array;
let ada: Watched;
let mallory: ScriptedMember;

beforeEach(async () => {
  rig = await RoomRig.start({ joinsPerRoom: 1_000, memberFramesPerSecond: 1_000, memberFrameBurst: 1_000 });
  host = await rig.host('tea');
  room = idBytes(host.room);
  ada = await rig.person('ada');
  await ada.joins(host.invite);
  mallory = await ScriptedMember.logIn(rig.relay.url);
});
afterEach(async () => {
  await mallory.line.close();
  await rig.close();
});

/** Ada has heard nothing false, and the next true line still gets to everybody. */
async function adaIsFine(members = ada.room.members().length): Promise<void> {
  const before = ada.texts;
  const witness = await ScriptedMember.logIn(rig.relay.url);
  const seat = await witness.join(room, { nick: 'witness' });
  ada.room.say('the true next line');
  await ada.hears('the true next line');
  await seat.line('and the one after it');
  await ada.hears('and the one after it');
  expect(ada.texts).toEqual([...before, 'the true next line', 'and the one after it']);
  expect(ada.all('suspicious')).toEqual([]);
  expect(ada.all('gap')).toEqual([]);
  expect(ada.room.members()).toHaveLength(members + 1);
  expect(host.state).toBe('online');
  await witness.line.close();
}

type Forge = (seat: MemberCircuit) => {
  readonly event: RoomEvent;
  readonly signed?: readonly [Uint8Array, Uint8Array, Uint8Array];
};

const elsewhere = signerFrom(randomBytes(32));

describe('a member who posts', () => {
  it.each<[string, RefusalCode, Forge]>([
    [
      'in the name of another',
      'bad-event',
      (seat) => {
        const event = seat.event('I am ada');
        const [, bytes, sig] = seat.signed(event);
        return { event, signed: [ada.profile.signer.publicKey, bytes, sig] };
      },
    ],
    [
      'what another key signed, under that key',
      'bad-event',
      (seat) => {
        const event = seat.event('I am somebody');
        return { event, signed: seat.signed(event, elsewhere) };
      },
    ],
    [
      'under a broken signature',
      'bad-event',
      (seat) => {
        const event = seat.event('nearly');
        const [author, bytes, sig] = seat.signed(event);
        return { event, signed: [author, bytes, sig.with(7, (sig[7] ?? 0) ^ 1)] };
      },
    ],
    [
      'under a signature for another purpose',
      'bad-event',
      (seat) => {
        const event = seat.event('nearly');
        const [author, bytes] = seat.signed(event);
        return { event, signed: [author, bytes, seat.member.signer.sign(labels.head, bytes)] };
      },
    ],
    [
      'an event of another room',
      'bad-event',
      (seat) => ({ event: seat.event('x', { room: randomBytes(16) }) }),
    ],
    ['an event of another log', 'bad-event', (seat) => ({ event: seat.event('x', { log: randomBytes(8) }) })],
    ['with a counter that goes back', 'bad-event', (seat) => ({ event: seat.event('x', { counter: 1 }) })],
    ['with a counter that stands still', 'bad-event', (seat) => ({ event: seat.event('x', { counter: 2 }) })],
    [
      'that somebody has joined',
      'not-allowed',
      (seat) => ({
        event: seat.event('', {
          kind: 'member-joined',
          body: { key: elsewhere.publicKey, nick: 'eve', role: 'op' },
        } as Partial<RoomEvent>),
      }),
    ],
    [
      'that somebody has left',
      'not-allowed',
      (seat) => ({
        event: seat.event('', {
          kind: 'member-left',
          body: { key: ada.profile.signer.publicKey },
        } as Partial<RoomEvent>),
      }),
    ],
    [
      'that the room was opened',
      'not-allowed',
      (seat) => ({
        event: seat.event('', {
          kind: 'room-opened',
          body: { title: 'mine', topic: '' },
        } as Partial<RoomEvent>),
      }),
    ],
    [
      'a topic it may not set',
      'not-allowed',
      (seat) => ({
        event: seat.event('', { kind: 'topic-changed', body: { topic: 'mine' } } as Partial<RoomEvent>),
      }),
    ],
    [
      'a time that no calendar has',
      'bad-event',
      (seat) => ({ event: seat.event('x', { time: Number.MAX_SAFE_INTEGER }) }),
    ],
  ])('%s is refused, and nobody hears of it', async (_, code, forge) => {
    const seat = await mallory.join(room);
    await seat.line('first');
    await seat.line('second');
    const { event, signed = seat.signed(event) } = forge(seat);
    for (let i = 0; i < 3; i++) seat.post(event, [...signed]);
    const rejected = await seat.message('rejected');
    expect(rejected).toMatchObject({ code, id: event.id });
    await seat.settled();
    expect(seat.casts().filter(({ message }) => message?.t === 'event')).toHaveLength(3);
    await adaIsFine();
  });

  it('a line of somebody else once more is refused', async () => {
    const seat = await mallory.join(room);
    ada.room.say('mine');
    const key = ada.profile.signer.publicKey;
    const ofAda = await seat.heard.find((heard) =>
      heard.type === 'cast' && heard.cast.message?.t === 'event' && same(heard.cast.message.event[0], key)
        ? heard.cast.message.event
        : undefined,
    );
    await ada.hears('mine');
    seat.say({ t: 'post', event: ofAda });
    expect(await seat.message('rejected')).toMatchObject({ code: 'bad-event' });
    await adaIsFine();
  });
});

const hostWords: readonly HostMessage[] = [
  { t: 'rekey', kepoch: 9, key: new Uint8Array(32), first: 1 },
  { t: 'closing', code: 'banned' },
  { t: 'posted', id: new Uint8Array(16), seq: 1 },
  { t: 'pong', rid: 1, seq: 0 },
];

describe('a member who breaks the rules of the channel', () => {
  it.each(hostWords)('by saying “$t”, which only hosts say, is hung up on', async (message) => {
    const seat = await mallory.join(room);
    seat.raw(seat.sealBytes(pad(encodeRoomMessage(message))));
    expect(await seat.hungUp()).toBe('protocol');
    await adaIsFine();
  });

  it.each<[string, (seat: MemberCircuit) => void]>([
    [
      'with a message sent twice',
      (seat) => {
        const sealed = seat.seal({ t: 'typing' });
        seat.raw(sealed);
        seat.raw(sealed);
      },
    ],
    [
      'with two messages in the wrong order',
      (seat) => {
        const [first, second] = [seat.seal({ t: 'ping', rid: 1 }), seat.seal({ t: 'ping', rid: 2 })];
        seat.raw(second);
        seat.raw(first);
      },
    ],
    ['with a message that no key sealed', (seat) => seat.raw(randomBytes(272))],
    ['with a message that is not padded', (seat) => seat.raw(seat.sealBytes(Uint8Array.of(0, 1, 0, 7)))],
    ['with something that is no message', (seat) => seat.raw(seat.sealBytes(pad(Uint8Array.of(0xa0))))],
  ])('%s is hung up on, and comes back by a new handshake', async (_, act) => {
    const seat = await mallory.join(room);
    act(seat);
    expect(await seat.hungUp()).toBe('protocol');
    const again = await mallory.join(room);
    await again.line('sorry');
    await ada.hears('sorry');
    await adaIsFine();
  });

  it('by asking for everything at once is hung up on', async () => {
    const seat = await mallory.join(room);
    await Promise.all([seat.line('one'), seat.line('two')]);
    for (let rid = 1; rid <= 200; rid++) seat.say({ t: 'fetch', rid, from: 0, to: Number.MAX_SAFE_INTEGER });
    const ended = await Promise.race([seat.hungUp(), seat.message('page', (page) => page.rid === 200)]);
    expect(ended === 'too-fast' || typeof ended === 'object').toBe(true);
    await adaIsFine();
  });

  it('with impossible fetches gets empty pages', async () => {
    const seat = await mallory.join(room);
    const max = Number.MAX_SAFE_INTEGER;
    const ranges = [
      [0, 0],
      [max, max],
      [max, 0],
      [5, 3],
    ] as const;
    let rid = 0;
    for (const [from, to] of ranges) {
      rid++;
      seat.say({ t: 'fetch', rid, from, to });
      const page = await seat.message('page', (one) => one.rid === rid);
      expect(page.events).toEqual([]);
      expect(page.last).toBe(true);
    }
    await adaIsFine();
  });
});

describe('a caller', () => {
  const swapped = (script: (honest: DeviceCertificate) => DeviceCertificate): EntryScript => ({
    certificate: script,
  });
  const flip = (at: number) => (honest: Uint8Array) => honest.with(at, (honest[at] ?? 0) ^ 1);

  it.each<[string, EntryScript, RefusalCode]>([
    ['that means another suite', { prologue: flip(6) }, 'protocol'],
    ['that means an older version', { prologue: (honest) => honest.with(7, 0) }, 'protocol'],
    ['that means another room', { prologue: flip(8) }, 'protocol'],
    ['that means another relay', { prologue: flip(8 + 16) }, 'protocol'],
    ['that means another circuit', { prologue: flip(8 + 16 + 32) }, 'protocol'],
    ['with a payload in the first message', { first: Uint8Array.of(1) }, 'protocol'],
    ['of another room version', { hello: (honest) => ({ ...honest, v: 0 }) }, 'unsupported-version'],
    [
      'with an expired certificate',
      swapped(({ identity: _, ...rest }) => issueDeviceCertificate(mallory.signer, rest.key, rest.device, 1)),
      'not-allowed',
    ],
    [
      'with a true certificate of somebody else',
      swapped(({ key, device }) => issueDeviceCertificate(elsewhere, key, device, 4_000_000_000)),
      'not-allowed',
    ],
    [
      'with somebody’s name on its own certificate',
      swapped((honest) => ({ ...honest, identity: ada.profile.signer.publicKey })),
      'not-allowed',
    ],
    [
      'with a certificate of another device key',
      swapped(({ device }) => issueDeviceCertificate(mallory.signer, randomBytes(32), device, 4_000_000_000)),
      'not-allowed',
    ],
    [
      'with a certificate whose end was moved',
      swapped((honest) => ({ ...honest, expires: honest.expires + 1 })),
      'not-allowed',
    ],
    [
      'with a certificate signed for another purpose',
      swapped((honest) => ({ ...honest, sig: mallory.signer.sign(labels.prekey, honest.key) })),
      'not-allowed',
    ],
  ])('%s is not let in', async (_, script, code) => {
    const seat = await mallory.enter(room, script);
    expect(await seat.hungUp()).toBe(code);
    await adaIsFine();
  });

  it('who talks before the handshake, or skips it, is hung up on', async () => {
    const seat = await mallory.dial(room);
    seat.raw(randomBytes(272));
    seat.raw(randomBytes(272));
    expect(await seat.hungUp()).toBe('protocol');
    await adaIsFine();
  });

  it.each([
    [
      'a false hash',
      'diverged',
      (seat: MemberCircuit) => ({ log: seat.welcome.log, seq: 3, hash: randomBytes(32) }),
    ],
    [
      'a seq of the future',
      'diverged',
      (seat: MemberCircuit) => ({ log: seat.welcome.log, seq: 99, hash: randomBytes(32) }),
    ],
    ['a log that never was', 'new-log', () => ({ log: randomBytes(8), seq: 3, hash: randomBytes(32) })],
  ] as const)('with %s to resume from is told so: %s', async (_, resume, claim) => {
    const seat = await mallory.join(room);
    const again = await mallory.join(room, { resume: claim(seat) });
    expect(again.welcome.resume).toBe(resume);
    await adaIsFine();
  });

  it('with a nick made of escapes is shown by its key tag', async () => {
    await mallory.join(room, { nick: '\u001b]0;owned\u0007 \u202e' });
    const joined = await ada.seen('line', ({ line }) => line.kind === 'join' && line.seq > 3);
    expect(joined.line).toMatchObject({ who: { nick: expect.stringMatching(/^[a-z2-7]{4}$/) } });
    await adaIsFine();
  });
});

describe('a goodbye', () => {
  it.each([
    ['tabs, which are shown as four spaces each', '\t'.repeat(256)],
    ['characters that grow when they are normalised', '\u0958'.repeat(85)],
  ])('of nothing but %s does not end the log for anybody', async (_, reason) => {
    const seat = await mallory.join(room);
    seat.say({ t: 'leave', reason });
    await seat.hungUp();
    await ada.seen('line', ({ line }) => line.kind === 'leave');
    const bob = await rig.person('bob');
    await bob.joins(host.invite);
    expect(bob.all('suspicious')).toEqual([]);
    await adaIsFine();
  });

  it('makes deaf: nothing after it opens with any key the leaver ever had', async () => {
    const seat = await mallory.join(room);
    const eve = await ScriptedMember.logIn(rig.relay.url);
    const recorder = await eve.join(room, { nick: 'eve' });
    const last = await seat.line('my last words');
    const keys = [...seat.keys.values()];
    seat.say({ t: 'leave' });
    await seat.hungUp();
    const left = await ada.seen('line', ({ line }) => line.kind === 'leave');
    for (const text of ['now that we are alone', 'what we really think']) {
      ada.room.say(text);
      await ada.hears(text);
    }
    ada.room.typing();
    await recorder.line('quite so');
    const after = recorder.casts().filter(({ seq }) => seq > left.line.seq);
    expect(after.length).toBeGreaterThanOrEqual(3);
    expect(after.every(({ message }) => message !== undefined)).toBe(true);
    const where = { room, log: seat.welcome.log };
    for (const { payload } of after)
      for (const key of [...keys, ...seat.keys.values()])
        expect(openCast(key, where, payload)).toBeUndefined();
    // The same keys did open what was said before.
    const before = recorder.casts().find(({ seq }) => seq === last);
    expect(before && keys.some((key) => openCast(key, where, before.payload))).toBe(true);
    await eve.line.close();
  });
});

describe('a stranger at the relay', () => {
  it('can neither speak for a room nor renew, change or end it', async () => {
    const seat = await mallory.join(room);
    const rogue = await ScriptedMember.logIn(rig.relay.url, person());
    const { handle, circuit } = seat.place;
    for (const foreign of [handle, handle + 1, 0, 0xffff_ffff]) {
      mallory.line.cast(foreign, randomBytes(300));
      rogue.line.cast(foreign, randomBytes(300));
    }
    rogue.line.tell({ t: 'hangup', circuit, code: 'banned' });
    rogue.line.send(circuit, randomBytes(300));
    rogue.line.tell({ t: 'admit', circuit });
    await rogue.line.settled();
    // A host of another room, with every number that a lease of this one could have.
    const other = await WireLine.connect(rig.relay.url);
    await other.logIn({ purpose: 'host', signer: person() });
    const { publicKey } = elsewhere;
    for (const line of [other, rogue.line])
      for (const fence of [0, 1, 2, 3, 0xffff_ffff]) {
        const claim = { handle, fence };
        const entry = { body: randomBytes(100), sig: randomBytes(64) };
        const code = line === other ? 'fenced' : 'not-allowed';
        expect(await line.ask({ t: 'renew', ...claim })).toMatchObject({ code });
        expect(await line.ask({ t: 'update', ...claim, entry })).toMatchObject({ code });
        expect(await line.ask({ t: 'close-room', ...claim })).toMatchObject({ code });
      }
    const nonce = randomBytes(16);
    const opens = { t: 'open-room', room, nonce, maxMembers: 10, expected: publicKey.slice(0, 8) } as const;
    expect(await other.ask(opens)).toMatchObject({ t: 'error', code: 'not-allowed' });
    other.cast(handle, randomBytes(300));
    other.tell({ t: 'admit', circuit });
    other.tell({ t: 'hangup', circuit, code: 'kicked' });
    await other.settled();
    await other.close();
    await seat.settled();
    expect(seat.heard.all.filter(({ type }) => type === 'hangup')).toEqual([]);
    await adaIsFine();
    await rogue.line.close();
  });
});
