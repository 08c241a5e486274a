import { describe, expect, it } from 'vitest';
import { RoomCalls, type CallLine, type WayBack } from '../../../src/client/calls/room-calls.ts';
import type { Absence } from '../../../src/client/relays/host-line.ts';
import type { CallOptions, Talk } from '../../../src/client/calls/talks.ts';
import { relayId } from '../../../src/shared/ids.ts';
import { MINUTE, REHANDSHAKE_MS } from '../../../src/shared/limits.ts';
import { ProtocolError } from '../../../src/shared/errors.ts';
import type { HostMessageOf, MemberMessage } from '../../../src/shared/room/messages.ts';
import { ManualClock } from '../../link/manual-clock.ts';

interface Line extends CallLine {
  online: boolean;
  absence: Absence;
  info: CallLine['info'];
}

/** A call that the test answers in the host's place. */
interface Call extends Talk, CallOptions {
  readonly line: Line;
  readonly sent: MemberMessage[];
  over: boolean;
}

const lanKey = new Uint8Array(32).fill(7);
const welcome: HostMessageOf<'welcome'> = {
  t: 'welcome',
  title: 'tea',
  topic: '',
  private: false,
  role: 'member',
  log: new Uint8Array(8),
  floor: 1,
  head: [0, new Uint8Array(32), 1, new Uint8Array(64)],
  key: new Uint8Array(32),
  resume: 'fresh',
  roster: [],
  rosterSize: 0,
  counter: 0,
  limits: { rate: 1, burst: 1, textBytes: 100, textLines: 10 },
  rules: { slow: 0, filters: [], motd: '' },
  lan: lanKey,
};

function line(url: string, via: 'relay' | 'lan', id = new Uint8Array(32)): Line {
  return { url, via, online: true, absence: 'unreachable', info: { id: relayId(id) } };
}

interface Change {
  readonly code?: Uint8Array;
  readonly bringsCode?: boolean;
  readonly back?: Pick<WayBack, 'lan'>;
  /** The room is on the local network only. */
  readonly near?: boolean;
}

function rig({ code, bringsCode = false, back, near = false }: Change = {}) {
  const clock = new ManualClock();
  const [relay, lan] = [line('wss://relay.test', 'relay'), line('ws://10.0.0.1', 'lan', lanKey)];
  const lines = [near ? lan : relay];
  const listed: Line[] = [];
  const placed: Call[] = [];
  const told: string[] = [];
  const calls = new RoomCalls<Line>({
    code,
    bringsCode,
    line: near ? lan : relay,
    back,
    clock,
    random: () => 0.5,
    listedBy: () => listed,
    online: () => lines.filter(({ online }) => online),
    hello: () => ({ nick: 'ada' }),
    call: (over, options) => {
      const call: Call = {
        ...options,
        line: over,
        sent: [],
        over: false,
        send: (message) => call.sent.push(message) > 0,
        hangUp: () => (call.over = true),
      };
      placed.push(call);
      return call;
    },
    listener: {
      calling: (step) => told.push(step),
      state: (state, reason) => told.push(reason === undefined ? state : `${state}: ${reason}`),
      reachedBy: ({ via }) => told.push(`by ${via}`),
      message: (message) => {
        told.push(message.t);
        if (message.t === 'welcome') calls.entered(message.lan);
      },
      cast: () => told.push('cast'),
      interrupted: () => undefined,
      over: (end) => told.push(`over: ${end.code}`),
    },
  });
  const call = (): Call => {
    const last = placed.at(-1);
    if (!last) throw new Error('nobody was called');
    return last;
  };
  const news = (): string[] => told.splice(0);
  const enter = (): void => {
    calls.start();
    call().listener.message(welcome);
    news();
  };
  return { clock, relay, lan, lines, listed, placed, calls, call, news, enter };
}

describe('a room of another day', () => {
  const back = { lan: relayId(lanKey) };

  it('is called at once where its relay is there, and told of from the start', () => {
    const { calls, call, news } = rig({ back });
    calls.start();
    call().listener.called('ringing');
    call().listener.message(welcome);
    expect(news()).toEqual(['connecting', 'dialling', 'ringing', 'welcome', 'online']);
  });

  it('waits for a relay that is being dialled, and says when that cannot be reached', () => {
    const { calls, relay, news, placed } = rig({ back });
    relay.online = false;
    calls.start();
    calls.lineFailed();
    expect(news()).toEqual(['connecting']);
    relay.info = { reason: 'timeout' };
    calls.lineFailed();
    expect(news()).toEqual(['reconnecting: unreachable']);
    expect(placed).toHaveLength(0);
    relay.online = true;
    calls.lineOnline(relay);
    expect(news()).toEqual(['by relay', 'connecting', 'dialling']);
  });

  it('whose host had nothing but its own network is away until that is found again', () => {
    const { calls, call, relay, lan, lines, news } = rig({ back });
    Object.assign(relay, { online: false, via: 'lan' });
    calls.start();
    expect(news()).toEqual(['connecting', 'host-offline']);
    lines.push(lan);
    calls.lineOnline(lan);
    expect(news()).toEqual(['by lan']);
    expect(call().line).toBe(lan);
  });

  it('is found where another relay lists it', () => {
    const { calls, relay, lan, listed, news } = rig({ back: {} });
    relay.online = false;
    calls.start();
    listed.push(lan);
    calls.listedAt(lan);
    expect(news()).toEqual(['connecting', 'by lan', 'dialling']);
  });

  it('is not ended by a relay that speaks for its host, and is by the host', () => {
    const { calls, call, news, clock } = rig({ back });
    calls.start();
    call().listener.ended('banned');
    expect(news()).toEqual(['connecting', 'dialling', 'host-offline: host-away']);
    clock.advance(2_000);
    call().listener.message({ t: 'refused', code: 'banned' });
    expect(news()).toEqual(['by relay', 'over: banned']);
  });

  it('knows the way back for the next day', () => {
    const { calls, call } = rig({ back: {} });
    calls.start();
    expect(calls.wayBack).toEqual({ relay: 'wss://relay.test' });
    call().listener.message(welcome);
    expect(calls.wayBack).toEqual({ relay: 'wss://relay.test', lan: relayId(lanKey) });
  });

  it('knows the relay of a network where there is no other', () => {
    const { calls, call, relay } = rig();
    Object.assign(relay, { via: 'lan' });
    calls.start();
    const { lan: _, ...alone } = welcome;
    call().listener.message(alone);
    expect(calls.wayBack).toEqual({ lan: relay.info.id });
  });
});

describe('before the room has let us in', () => {
  it('nothing is told but how far the call is', () => {
    const { calls, call, news } = rig();
    calls.start();
    call().listener.called('ringing');
    expect(news()).toEqual(['dialling', 'ringing']);
    call().listener.message(welcome);
    expect(news()).toEqual(['welcome', 'online']);
  });

  it('the first refusal ends it', () => {
    const { calls, call, news, placed } = rig();
    calls.start();
    call().listener.message({ t: 'refused', code: 'room-full' });
    expect(news()).toEqual(['dialling', 'over: room-full']);
    expect(placed).toHaveLength(1);
  });

  it('another line is tried where only the line was at fault', () => {
    const { calls, call, news, listed, lan } = rig();
    listed.push(lan);
    calls.start();
    call().listener.ended('unreachable');
    expect(call().line).toBe(lan);
    call().listener.ended('wrong-code');
    expect(news()).toEqual(['dialling', 'by lan', 'dialling', 'over: wrong-code']);
  });

  it('another line is tried whatever a relay says for the host, and what it said is told when none leads there', () => {
    const { calls, call, news, listed, lan } = rig();
    listed.push(lan);
    calls.start();
    call().listener.ended('room-full', 7);
    expect(call().line).toBe(lan);
    call().listener.ended('timeout');
    expect(news()).toEqual(['dialling', 'by lan', 'dialling', 'over: room-full']);
  });

  it('nothing more is tried after the word of the host itself, or the end of our login', () => {
    for (const end of ['refused', 'login'] as const) {
      const { calls, call, placed, listed, lan } = rig();
      listed.push(lan);
      calls.start();
      if (end === 'login') call().listener.ended('signed-in-elsewhere');
      else call().listener.message({ t: 'refused', code: 'banned' });
      expect(placed).toHaveLength(1);
    }
  });

  it('a host that speaks before its welcome has broken the rules', () => {
    const { calls, call } = rig();
    calls.start();
    const { listener } = call();
    expect(() => listener.message({ t: 'pong', rid: 1, seq: 0 })).toThrow(ProtocolError);
    listener.message(welcome);
    expect(() => listener.message(welcome)).toThrow(ProtocolError);
  });
});

describe('a lost host', () => {
  it('is called again and again, more and more seldom, and told once a change', () => {
    const { clock, call, news, placed, enter } = rig();
    enter();
    const waits: number[] = [];
    call().listener.ended('host-away');
    for (let n = 2; n <= 6; n++) {
      const since = clock.now();
      while (placed.length < n) clock.advance(50);
      waits.push(clock.now() - since);
      call().listener.ended('host-away');
    }
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(new Set(waits).size).toBe(waits.length);
    expect(news().filter((word) => word !== 'by relay')).toEqual(['host-offline: host-away']);
  });

  it('that said how long to wait is not called before', () => {
    const { clock, call, placed, enter } = rig();
    enter();
    call().listener.message({ t: 'closing', code: 'draining', retryMs: 20_000 });
    clock.advance(19_999);
    expect(placed).toHaveLength(1);
    clock.advance(1);
    expect(placed).toHaveLength(2);
  });

  it('is called at once when a relay lists the room, over that one', () => {
    const { call, calls, lines, lan, news, enter } = rig();
    enter();
    call().listener.ended('host-away');
    lines.push(lan);
    calls.listedAt(lan);
    expect(call().line).toBe(lan);
    expect(news()).toEqual(['host-offline: host-away', 'by lan']);
  });

  it('who puts us out is not called again', () => {
    const { clock, call, calls, news, placed, enter } = rig();
    enter();
    call().listener.message({ t: 'closing', code: 'kicked' });
    expect(news()).toEqual(['over: kicked']);
    calls.close('kicked');
    clock.advance(REHANDSHAKE_MS);
    expect(placed).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('is not believed to have put us out by a relay', () => {
    const { call, news, enter } = rig();
    enter();
    call().listener.ended('kicked');
    expect(news()).toEqual(['host-offline: host-away']);
  });

  it('says that it was closed until it is open again, whatever is heard on the way', () => {
    const { clock, relay, call, calls, news, enter } = rig();
    enter();
    call().listener.message({ t: 'closing', code: 'host-closed' });
    expect(news()).toEqual(['host-offline: host-closed']);
    relay.online = false;
    clock.advance(MINUTE);
    relay.online = true;
    calls.lineOnline(relay);
    call().listener.ended('no-such-room');
    expect(news()).toContain('reconnecting: unreachable');
    expect([calls.state, calls.reason]).toEqual(['host-offline', 'host-closed']);
    calls.listedAt(relay);
    call().listener.message(welcome);
    expect([calls.state, calls.reason]).toEqual(['online', undefined]);
    call().listener.ended('no-such-room');
    expect([calls.state, calls.reason]).toEqual(['host-offline', 'no-such-room']);
  });

  it('that has closed the room takes its relay of the network with it', () => {
    const { clock, call, calls, lan, news, enter } = rig({ near: true });
    enter();
    call().listener.message({ t: 'closing', code: 'host-closed' });
    clock.advance(MINUTE);
    call().listener.ended('unreachable');
    lan.online = false;
    clock.advance(MINUTE);
    expect(news().filter((word) => word !== 'by lan')).toEqual(['host-offline: host-closed']);
    lan.online = true;
    calls.lineOnline(lan);
    call().listener.message(welcome);
    news();
    call().listener.ended('unreachable');
    expect(news()).toEqual(['reconnecting: unreachable']);
  });

  it('is asked over another line where a relay says that it will never have us again', () => {
    const { clock, call, lan, lines, news, enter } = rig();
    enter();
    lines.push(lan);
    call().listener.ended('unreachable');
    clock.advance(1_000);
    expect(call().line).toBe(lan);
    call().listener.message(welcome);
    call().listener.ended('timeout');
    clock.advance(1_000);
    news();
    call().listener.ended('unsupported-version');
    expect(news()).toEqual(['reconnecting: unsupported-version']);
    clock.advance(2_000);
    call().listener.ended('unreachable');
    clock.advance(1_000);
    expect(call().line).toBe(lan);
    call().listener.message({ t: 'closing', code: 'kicked' });
    expect(news().at(-1)).toBe('over: kicked');
  });

  it('is called at every relay in turn, however often one of them says that it is there', () => {
    const { clock, relay, lan, calls, call, placed, listed, enter } = rig();
    enter();
    call().listener.ended('host-away');
    listed.push(relay, lan);
    for (let ms = 0; ms < 20_000; ms += 100) {
      // A liar on the network: the room is always there, and nobody answers.
      calls.listedAt(lan);
      calls.lineOnline(lan);
      if (call().line === lan && !call().over) call().listener.ended('host-away');
      else if (!call().over) call().listener.ended('no-such-room');
      clock.advance(100);
    }
    const called = placed.slice(1).map(({ line: { via } }) => via);
    expect(called.filter((via) => via === 'relay').length).toBeGreaterThanOrEqual(10);
    // The honest one has news: that is no turn of the liar's.
    calls.listedAt(relay);
    clock.advance(1_000);
    expect(call().line).toBe(relay);
  });

  it('that does not know us any more is called once with the code, or without', () => {
    const { clock, call, news, placed, enter } = rig({ code: new Uint8Array(16), bringsCode: true });
    enter();
    call().listener.ended('host-away');
    clock.advance(1_000);
    expect(call().code).toBeUndefined();
    call().listener.message({ t: 'refused', code: 'wrong-code' });
    clock.advance(2_000);
    expect(placed).toHaveLength(3);
    expect(call().code).toBeDefined();
    call().listener.message({ t: 'refused', code: 'wrong-code' });
    expect(news().at(-1)).toBe('over: wrong-code');
  });
});

describe('a lost relay', () => {
  it('is waited for, and called as soon as it is there', () => {
    const { clock, call, calls, relay, news, placed, enter } = rig();
    enter();
    relay.online = false;
    call().listener.ended('unreachable');
    clock.advance(60_000);
    expect(placed).toHaveLength(1);
    expect(news()).toEqual(['reconnecting: unreachable']);
    relay.online = true;
    calls.lineOnline(relay);
    expect(placed).toHaveLength(2);
    expect(news()).toEqual(['by relay', 'connecting', 'dialling']);
  });

  it('is not waited for where another way into the room comes back, even one that lists nothing', () => {
    const { clock, call, calls, lan, relay, lines, placed, enter } = rig();
    enter();
    lines.push(lan);
    relay.online = false;
    call().listener.ended('unreachable');
    clock.advance(1_000);
    call().listener.message(welcome);
    expect(call().line).toBe(lan);
    lan.online = false;
    call().listener.ended('unreachable');
    const stranger = line('wss://stranger.test', 'relay');
    lines.push(stranger);
    calls.lineOnline(stranger);
    expect(placed).toHaveLength(2);
    relay.online = true;
    calls.lineOnline(relay);
    expect(call().line).toBe(relay);
  });

  it('that is another when it comes back is told, also while the host was away', () => {
    const { call, calls, news, enter } = rig();
    enter();
    call().listener.ended('host-away');
    calls.lineChangedKey();
    expect(news()).toEqual(['host-offline: host-away', 'reconnecting: changed-key']);
  });
});

describe('a relay that another process has signed in to', () => {
  it('ends the room, also while its host is being called there', () => {
    const { relay, calls, call, clock, news, enter, placed } = rig();
    enter();
    call().listener.ended('host-away');
    clock.advance(MINUTE);
    expect(placed.length).toBeGreaterThan(1);
    relay.online = false;
    news();
    calls.lineClosed(relay, 'signed-in-elsewhere');
    expect(news()).toEqual(['over: signed-in-elsewhere']);
    expect(call().over).toBe(true);
  });
});

describe('a nearer line', () => {
  function near() {
    const all = rig();
    all.enter();
    all.lines.push(all.lan);
    all.calls.linesChanged();
    all.clock.advance(10_000);
    const [first, second] = all.placed;
    if (!first || !second) throw new Error('no move');
    return { ...all, first, second };
  }

  it('takes over when the host has answered there; the old is let go at the welcome', () => {
    const { calls, first, second, news } = near();
    expect(calls.talk).toBe(first);
    second.hello();
    expect(calls.talk).toBe(second);
    expect(first.over).toBe(false);
    second.listener.message(welcome);
    expect(first.over).toBe(true);
    expect(news()).toEqual(['by lan', 'welcome']);
  });

  it('that does not answer changes nothing', () => {
    const { calls, first, second, news } = near();
    second.listener.ended('timeout');
    expect(calls.talk).toBe(first);
    expect(news()).toEqual([]);
  });
});

it('a talk is begun anew once a day', () => {
  const { clock, placed, news, enter } = rig();
  enter();
  clock.advance(REHANDSHAKE_MS);
  expect(placed.map(({ over }) => over)).toEqual([true, false]);
  expect(news()).toEqual([]);
});

describe('a goodbye', () => {
  it('waits for the host’s word, but not for long', async () => {
    const { clock, call, calls, enter } = rig();
    enter();
    const left = calls.leave('tea is cold');
    expect(call().sent).toEqual([{ t: 'leave', reason: 'tea is cold' }]);
    call().listener.message({ t: 'closing', code: 'left' });
    await left;
    enter();
    const again = calls.leave();
    clock.advance(1_000);
    await again;
  });

  it('ends a move to another line, which would bring us in again', async () => {
    const { clock, calls, lan, lines, placed, news, enter } = rig();
    enter();
    lines.push(lan);
    calls.linesChanged();
    clock.advance(10_000);
    const [first, second] = placed;
    const left = calls.leave();
    expect(second?.over).toBe(true);
    second?.hello();
    expect(calls.talk).toBe(first);
    calls.linesChanged();
    clock.advance(60_000);
    await left;
    expect([placed.length, news()]).toEqual([2, []]);
  });

  it('is not followed by another call where the line is given up meanwhile', async () => {
    const { calls, placed, enter } = rig();
    enter();
    const left = calls.leave();
    calls.switchLine();
    await left;
    expect(placed).toHaveLength(1);
  });
});
