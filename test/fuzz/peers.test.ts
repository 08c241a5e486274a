import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  encodeEvent,
  encodeRoomMessage,
  idBytes,
  labels,
  MAX_PADDABLE_BYTES,
  pad,
  randomBytes,
  sealCast,
} from '../../src/shared/public.ts';
import { systemClock, type Clock } from '../../src/link/clock.ts';
import { Link } from '../../src/link/link.ts';
import { DAY, MIB, MINUTE } from '../../src/shared/limits.ts';
import { hostFor, relayFor } from '../host/room-rig.ts';
import { hostOptions } from '../host/host-options.ts';
import { WAIT_MS } from '../support/peers/inbox.ts';
import type { MemberCircuit } from '../support/peers/member-circuit.ts';
import { person } from '../support/peers/paper-host.ts';
import { ScriptedHost } from '../support/peers/scripted-host.ts';
import { ScriptedMember } from '../support/peers/scripted-member.ts';
import { ScriptedRelay } from '../support/peers/scripted-relay.ts';
import { WireLine } from '../support/peers/wire-line.ts';
import { RoomRig, type Watched } from '../support/room-rig.ts';
import { corpus } from './corpus.ts';
import { mutant } from './mutate.ts';
import { frames, seed, timeout, unhandled, used } from './options.ts';
import { Random } from './random.ts';

/** Growth that is nobody's leak: caches with a bound, code that was compiled meanwhile. */
const SLACK_BYTES = 16 * MIB;
/** Mutants before the first measurement, in which caches fill. */
const WARM_UP = 500;

/** Within this time a client is back, whatever it heard: waits of up to a minute, as a host may ask for, are waited. */
const BACK_MS = 80_000;

/** A relay that is dropped by one machine again and again. */
const manyConnections = {
  connectionsPerNetwork: 1e6,
  newConnectionsPerNetwork: 1e9,
  loginsPerNetwork: 1e6,
  joinsPerIdentity: 1e9,
  joinsPerRoom: 1e9,
};

const valid = corpus();
let random: Random;

beforeEach(() => {
  random = new Random(seed);
  // Whoever is dropped comes back at once.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/**
 * Does `one`, which sends a mutant, for its `share` of all that a peer gets; nothing may be thrown where nobody catches
 * it, and nothing may pile up.
 */
async function bombard(share: number, one: () => Promise<void> | void): Promise<void> {
  const count = Math.ceil(frames * share);
  let before: number | undefined;
  const errors = await unhandled(async () => {
    for (let i = 0; i < count; i++) {
      if (i === WARM_UP) before = used();
      await one();
    }
  });
  expect(errors).toEqual([]);
  if (before === undefined) return;
  // Whoever waited at a connection that was lost gives up.
  await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  const grown = used() - before;
  if (count > 10 * WARM_UP) console.log(`${count} mutants: ${(grown / MIB).toFixed(1)} MiB more in use`);
  expect(grown).toBeLessThan(SLACK_BYTES);
}

describe(`a relay, ${frames} mutants (FUZZ_SEED=${seed})`, () => {
  /** Two honest people of an honest room still hear each other. */
  async function honestTalk(relayUrl: string): Promise<void> {
    const host = await ScriptedHost.open(relayUrl, { title: 'tea' });
    const ada = await ScriptedMember.logIn(relayUrl);
    const bob = await ScriptedMember.logIn(relayUrl);
    const [adas, bobs] = [await ada.enter(host.paper.room), await bob.enter(host.paper.room)];
    await Promise.all([adas.message('welcome'), bobs.message('welcome')]);
    const event = adas.event('still there?');
    adas.post(event);
    await bobs.castOf(event.id);
    for (const { line } of [ada, bob, host]) await line.close();
  }

  it(
    'stands before login',
    async () => {
      const relay = await relayFor(manyConnections);
      let line = await WireLine.connect(relay.url);
      let open = true;
      let sent = 0;
      await bombard(0.2, async () => {
        if (!open || ++sent % 4 === 0) {
          await line.close();
          line = await WireLine.connect(relay.url);
          open = true;
          void line.closed.then(() => (open = false));
        }
        line.bytes(mutant(valid.fromClient, random));
        await new Promise((resolve) => setImmediate(resolve));
      });
      await line.close();
      await honestTalk(relay.url);
    },
    timeout,
  );

  it.each(['member', 'host'] as const)(
    'stands after the login of a %s',
    async (purpose) => {
      const relay = await relayFor(manyConnections);
      const signer = person();
      let line = await signedIn();
      async function signedIn(): Promise<WireLine> {
        const fresh = await WireLine.connect(relay.url);
        await fresh.logIn({ purpose, signer });
        return fresh;
      }
      await bombard(0.4, async () => {
        line.bytes(mutant(valid.fromClient, random));
        // Whatever it was, the relay answers the next question or has closed.
        const closed = await Promise.race([
          line.closed,
          line.settled().then(
            () => undefined,
            () => 0,
          ),
        ]);
        line.frames.forget();
        if (closed !== undefined) line = await signedIn();
      });
      await line.close();
      await honestTalk(relay.url);
    },
    timeout,
  );
});

describe(`a host, ${frames} mutants (FUZZ_SEED=${seed})`, () => {
  async function rig() {
    const relay = await relayFor(manyConnections);
    const host = await hostFor(hostOptions(relay.url, person(), { rate: 1e6, burst: 1e6, backlog: 10 }));
    const room = idBytes(host.room);
    const mallory = await ScriptedMember.logIn(relay.url);
    const goesOn = async (): Promise<void> => {
      const ada = await (await ScriptedMember.logIn(relay.url)).join(room, { nick: 'ada' });
      const bob = await (await ScriptedMember.logIn(relay.url)).join(room, { nick: 'bob' });
      const event = ada.event('still there?');
      ada.post(event);
      await bob.castOf(event.id);
      expect(host.state).toBe('online');
      await Promise.all([ada.member.line.close(), bob.member.line.close(), mallory.line.close()]);
    };
    return { room, mallory, goesOn };
  }

  it(
    'stands before the handshake is done',
    async () => {
      const { room, mallory, goesOn } = await rig();
      const hellos = [randomBytes(48), randomBytes(32), ...valid.memberHellos, ...valid.memberMessages];
      await bombard(0.3, async () => {
        const circuit = await mallory.dial(room);
        circuit.raw(some(mutant(hellos, random)));
        circuit.raw(some(mutant(hellos, random)));
        await mallory.line.settled();
        mallory.line.tell({ t: 'hangup', circuit: circuit.place.circuit });
        mallory.line.frames.forget();
        mallory.line.onFrame = () => undefined;
      });
      await goesOn();
    },
    timeout,
  );

  it(
    'stands against members',
    async () => {
      const { room, mallory, goesOn } = await rig();
      let seat: MemberCircuit | undefined;
      let hungUp = true;
      const seated = async (): Promise<MemberCircuit> => {
        mallory.line.onFrame = () => undefined;
        const fresh = await mallory.enter(room);
        hungUp = false;
        void fresh.hungUp().then(
          () => (hungUp = true),
          () => undefined,
        );
        await fresh.message('welcome');
        return fresh;
      };
      await bombard(0.7, async () => {
        if (!seat || hungUp) seat = await seated();
        const message = random.next(2) === 0 ? spoiledPost(seat) : mutant(valid.memberMessages, random);
        if (random.next(50) === 0) seat.raw(some(mutant([seat.sealBytes(pad(fitting(message)))], random)));
        else seat.raw(seat.sealBytes(random.next(20) === 0 ? fitting(message) : pad(fitting(message))));
        await mallory.line.settled();
        if (mallory.line.frames.all.length > 500) mallory.line.frames.forget();
        if (seat.heard.all.length > 500) seat.heard.forget();
      });
      await goesOn();
    },
    timeout,
  );

  /** An event that mallory really signed, whatever it says. */
  function spoiledPost(seat: MemberCircuit): Uint8Array {
    const event = mutant([encodeEvent(seat.event('hello'))], random).slice(0, 8_000);
    const { publicKey } = seat.member.signer;
    if (event.length === 0) return event;
    return encodeRoomMessage({
      t: 'post',
      event: [publicKey, event, seat.member.signer.sign(labels.ev, event)],
    });
  }
});

describe(`a client, ${frames} mutants (FUZZ_SEED=${seed})`, () => {
  /** What a peer asks to wait for is over at once; the client's own timers are as they are. */
  const impatient: Clock = {
    now: () => systemClock.now(),
    wall: () => systemClock.wall(),
    after: (ms, callback) => systemClock.after(ms > MINUTE && ms !== DAY ? 5 : ms, callback),
  };

  async function rig() {
    const folders = await RoomRig.start();
    const relay = await ScriptedRelay.start();
    const host = await ScriptedHost.open(relay.url);
    const ada = await folders.person('ada', { relays: [relay.url], clock: impatient });
    const bob = person();
    host.script = {
      welcome: (honest) => ({
        ...honest,
        roster: [...honest.roster, { key: bob.publicKey, nick: 'bob', role: 'member', presence: 'online' }],
        rosterSize: 3,
      }),
    };
    const close = async (): Promise<void> => {
      await ada.close();
      await host.line.close();
      await relay.close();
      await folders.close();
    };
    const forget = (): void => {
      ada.events.length = 0;
      for (const caller of relay.callers.all) caller.heard.forget();
      relay.callers.all.splice(0, relay.callers.all.length - 4);
      host.line.frames.all.splice(1);
      host.guests.all.splice(0, host.guests.all.length - 2);
      host.paper.events.splice(0, host.paper.events.length - 1);
    };
    return { relay, host, ada, bob, close, forget };
  }

  /** Ada is in the room, be it again. */
  async function online(ada: Watched, invite: string): Promise<void> {
    const until = performance.now() + BACK_MS;
    while (performance.now() < until) {
      const [room] = ada.client.rooms();
      if (room?.state === 'online') return;
      if (!room) await ada.client.join(invite);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const [room] = ada.client.rooms();
    throw new Error(`not back: ${JSON.stringify([room?.state, ada.client.relays(), ada.events.slice(-5)])}`);
  }

  async function hears(rigged: Awaited<ReturnType<typeof rig>>): Promise<void> {
    const { ada, host, bob } = rigged;
    await ada.client.rooms()[0]?.leave();
    await online(ada, host.invite);
    host.say(bob, 'a true line');
    await ada.hears('a true line');
  }

  it(
    'stands against a relay before its hello',
    async () => {
      const relay = new ScriptedRelay();
      const link = new Link({ url: 'ws://x', purpose: 'member', signer: person(), dialler: relay.dialler });
      let online = false;
      link.onEvent(({ type }) => (online ||= type === 'online'));
      let late = false;
      relay.script = {
        challenge: (honest) => {
          late = random.next(2) === 0;
          if (late) return honest;
          relay.newest.bytes(mutant(valid.fromRelay, random));
          return undefined;
        },
        hello: () => {
          if (late) relay.newest.bytes(mutant(valid.fromRelay, random));
          return undefined;
        },
      };
      link.open();
      await bombard(0.1, async () => {
        const dials = relay.dials;
        for (let i = 0; i < 5 && relay.dials === dials; i++)
          await new Promise((resolve) => setImmediate(resolve));
        // What broke no rule leaves the client waiting.
        relay.newest.close(1011);
        relay.connected.splice(0, relay.connected.length - 1);
        relay.callers.forget();
      });
      expect(online).toBe(false);
      relay.script = {};
      relay.newest.close(1011);
      await vi.waitFor(() => expect(online).toBe(true), 30_000);
      await link.close();
    },
    timeout,
  );

  it(
    'stands against what a relay says',
    async () => {
      const rigged = await rig();
      const { relay, ada, host, close, forget } = rigged;
      await online(ada, host.invite);
      const key = String(ada.profile.signer.publicKey);
      let done = 0;
      await bombard(0.35, async () => {
        const caller = relay.callers.all.findLast((one) => String(one.key) === key);
        caller?.bytes(mutant(valid.fromRelay, random));
        if (++done % 20 === 0) await online(ada, host.invite);
        else await new Promise((resolve) => setImmediate(resolve));
        if (done % 200 === 0) forget();
      });
      await hears(rigged);
      await close();
    },
    timeout,
  );

  it(
    'stands against a host before its welcome',
    async () => {
      const rigged = await rig();
      const { ada, host, close, forget } = rigged;
      let done = 0;
      const honest = host.script;
      host.script = {
        greet: (guest) => guest.raw(guest.sealBytes(pad(fitting(mutant(valid.hostMessages, random))))),
      };
      await bombard(0.1, async () => {
        await Promise.race([ada.client.join(host.invite), new Promise((resolve) => setTimeout(resolve, 50))]);
        for (const room of ada.client.rooms()) await room.leave();
        if (++done % 100 === 0) forget();
      });
      host.script = honest;
      await hears(rigged);
      await close();
    },
    timeout,
  );

  it(
    'stands against what its host says',
    async () => {
      const rigged = await rig();
      const { ada, host, close, forget } = rigged;
      let done = 0;
      await bombard(0.15, async () => {
        await online(ada, host.invite);
        const guest = host.guests.all.at(-1);
        const mutated = fitting(mutant(valid.hostMessages, random));
        guest?.raw(random.next(50) === 0 ? some(mutated) : guest.sealBytes(pad(mutated)));
        await host.line.settled();
        if (++done % 100 === 0) forget();
      });
      await hears(rigged);
      await close();
    },
    timeout,
  );

  it(
    'stands against casts, sealed with the room’s own key',
    async () => {
      const rigged = await rig();
      const { ada, host, bob, close, forget } = rigged;
      await online(ada, host.invite);
      let done = 0;
      await bombard(0.4, async () => {
        const { room, log, kepoch, key, end } = host.paper;
        const next = { room, log, kepoch, seq: random.pick([0, end.seq, end.seq + 1, end.seq + 2, 2 ** 52]) };
        const plaintext = fitting(mutant([...valid.castMessages, signedCast()], random));
        if (random.next(2) === 0) host.cast(some(mutant([sealCast(key, next, plaintext)], random)));
        else host.cast(sealCast(key, next, plaintext));
        if (++done % 50 === 0) {
          await host.line.settled();
          await online(ada, host.invite);
        }
        if (done % 500 === 0) forget();
      });
      await hears(rigged);
      await close();

      /** A true event and head for the next number, to be spoiled. */
      function signedCast(): Uint8Array {
        const signed = host.paper.text(bob, 'spoiled');
        return encodeRoomMessage({ t: 'event', event: signed, head: host.paper.head() });
      }
    },
    timeout,
  );
});

/** A frame without a payload would end the connection before it reaches anybody. */
function some(bytes: Uint8Array): Uint8Array {
  return bytes.length > 0 ? bytes : Uint8Array.of(0);
}

function fitting(bytes: Uint8Array): Uint8Array {
  return bytes.slice(0, MAX_PADDABLE_BYTES);
}
