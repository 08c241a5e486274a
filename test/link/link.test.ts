import { describe, expect, it } from 'vitest';
import { Link, MAX_LINK_BACKLOG, type LinkEvent, type LinkOptions } from '../../src/link/link.ts';
import { ATTEMPT_MS } from '../../src/link/link-state.ts';
import { MAX_QUESTIONS, QUESTION_MS } from '../../src/link/questions.ts';
import { nowhere, type Dialler, type TransportEvents } from '../../src/link/transport.ts';
import { equalBytes } from '../../src/shared/bytes.ts';
import { labels, randomBytes, signerFrom } from '../../src/shared/crypto/sign.ts';
import { relayId } from '../../src/shared/ids.ts';
import { PING_MS, SILENCE_MS } from '../../src/shared/limits.ts';
import { closeCodes } from '../../src/shared/wire/close-codes.ts';
import { encodeCast, encodeControl } from '../../src/shared/wire/codec.ts';
import { ScriptedRelay, type RelayScript } from '../support/peers/scripted-relay.ts';
import { ManualClock } from './manual-clock.ts';

/** Lines on which nothing happens but what a test does, and what was said and done on each. */
function scriptedLines() {
  const lines: { events: TransportEvents; sent: Uint8Array[]; closedWith: number[] }[] = [];
  const dialler: Dialler = (_, events) => {
    const line = { events, sent: [] as Uint8Array[], closedWith: [] as number[] };
    lines.push(line);
    return {
      ...nowhere,
      send: (bytes) => void line.sent.push(bytes),
      close: (code) => void line.closedWith.push(code),
    };
  };
  return { lines, dialler };
}

/** Lets every queued microtask, and so every in-memory message, run. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

async function rig(options: Partial<LinkOptions> = {}, script: RelayScript = {}, up = true) {
  const relay = new ScriptedRelay();
  // What is asked is answered by the tests.
  relay.script = { request: () => true, ...script };
  relay.up = up;
  const clock = new ManualClock();
  const link = new Link({
    url: 'memory',
    purpose: 'member',
    signer: signerFrom(randomBytes(32)),
    dialler: relay.dialler,
    clock,
    random: () => 1,
    ...options,
  });
  const events: LinkEvent[] = [];
  link.onEvent((event) => events.push(event));
  link.open();
  await settled();
  return { relay, clock, link, events, types: () => events.map(({ type }) => type) };
}

describe('link login', () => {
  it('signs in with a login the relay can verify and knows the relay afterwards', async () => {
    const { relay, link, types } = await rig({}, { hello: (honest) => ({ ...honest, name: 'test' }) });
    expect(link.state).toBe('online');
    expect(types()).toEqual(['online']);
    expect(relay.callers.all).toHaveLength(1);
    expect(link.relayId).toBe(relayId(relay.signer.publicKey));
    expect(link.hello?.name).toBe('test');
  });

  it('does not believe a relay that cannot sign for its key', async () => {
    const { link, events } = await rig(
      {},
      {
        hello: (honest, signed) => ({
          ...honest,
          sig: signerFrom(randomBytes(32)).sign(labels.hello, signed),
        }),
      },
    );
    expect(link.state).toBe('connecting');
    expect(events).toMatchObject([{ type: 'offline', reason: 'protocol' }]);
  });

  it('ends when the relay is not the pinned one', async () => {
    const { link, events } = await rig({ pinnedRelay: () => false });
    expect(link.state).toBe('closed');
    expect(events).toEqual([{ type: 'closed', code: 'login-failed' }]);
  });

  it('asks about the key the relay has proved', async () => {
    const asked: Uint8Array[] = [];
    const { relay } = await rig({ pinnedRelay: (id) => asked.push(id) > 0 });
    expect(asked.map((id) => equalBytes(id, relay.signer.publicKey))).toEqual([true]);
  });

  it('ends on a refused login and never dials again', async () => {
    const { relay, clock, events } = await rig(
      {},
      { hello: ({ rid }) => ({ t: 'error', rid, code: 'login-failed', fatal: true }) },
    );
    clock.advance(120_000);
    await settled();
    expect(events).toEqual([{ type: 'closed', code: 'login-failed' }]);
    expect(relay.dials).toBe(1);
  });

  it('waits as long as a busy relay asks', async () => {
    const { relay, clock, events } = await rig(
      {},
      { hello: ({ rid }) => ({ t: 'error', rid, code: 'login-limit', retryMs: 7_000, fatal: true }) },
    );
    expect(events).toEqual([{ type: 'offline', reason: 'login-limit', retryMs: 7_000 }]);
    clock.advance(6_999);
    expect(relay.dials).toBe(1);
    clock.advance(1);
    expect(relay.dials).toBe(2);
  });

  it('refuses another version of the wire', async () => {
    const { events } = await rig({}, { challenge: (honest) => ({ ...honest, v: 2 }) });
    expect(events).toEqual([{ type: 'closed', code: 'unsupported-version' }]);
  });

  it('ends on a refusal also where the relay keeps the line', async () => {
    const { events } = await rig(
      {},
      { hello: ({ rid }) => ({ t: 'error', rid, code: 'login-failed', fatal: false }) },
    );
    expect(events).toEqual([{ type: 'closed', code: 'login-failed' }]);
  });

  it('gives up on a relay that says nothing, and hears nothing more of it', async () => {
    const { lines, dialler } = scriptedLines();
    const { clock, events } = await rig({ dialler });
    clock.advance(ATTEMPT_MS);
    expect(events).toMatchObject([{ type: 'offline', reason: 'timeout' }]);
    clock.advance(1_000);
    expect(lines.map(({ closedWith }) => closedWith)).toEqual([[closeCodes.loginTimeout], []]);
    lines[1]?.events.open();
    lines[0]?.events.message(
      encodeControl({ t: 'challenge', v: 1, relay: randomBytes(32), nonce: randomBytes(32) }),
    );
    lines[0]?.events.closed(closeCodes.signedInElsewhere, true);
    expect(lines[1]?.sent).toEqual([]);
    expect(events).toHaveLength(1);
  });

  it.each([
    ['a message', () => encodeControl({ t: 'hangup', circuit: 1 })],
    ['a cast', () => encodeCast(1, Uint8Array.of(1))],
    ['no message', () => Uint8Array.of(9, 9)],
  ])('leaves a relay from which %s comes before its challenge', async (_, early) => {
    const { lines, dialler } = scriptedLines();
    const { events } = await rig({ dialler });
    lines[0]?.events.open();
    lines[0]?.events.message(early());
    expect(events).toMatchObject([{ type: 'offline', reason: 'protocol' }]);
    expect(lines[0]?.closedWith).toEqual([closeCodes.protocolError]);
  });

  it('gives up on a relay that never says hello', async () => {
    const { clock, events } = await rig({}, { hello: () => undefined });
    clock.advance(10_000);
    expect(events).toMatchObject([{ type: 'offline', reason: 'timeout' }]);
  });
});

describe('link reconnection', () => {
  it('reports every failed attempt', async () => {
    const { relay, clock, events, link } = await rig({}, {}, false);
    clock.advance(500);
    await settled();
    expect(events).toEqual([
      { type: 'offline', reason: 'unreachable', retryMs: 500 },
      { type: 'offline', reason: 'unreachable', retryMs: 1_000 },
    ]);
    relay.up = true;
    clock.advance(1_000);
    await settled();
    expect(link.state).toBe('online');
  });

  it('comes back after the cable was pulled', async () => {
    const { relay, clock, link, types } = await rig();
    relay.newest.cut();
    await settled();
    expect(link.state).toBe('reconnecting');
    clock.advance(500);
    await settled();
    expect(types()).toEqual(['online', 'offline', 'online']);
  });

  it('stops for good when the identity signed in elsewhere', async () => {
    const { relay, clock, types } = await rig();
    relay.newest.close(4003);
    await settled();
    clock.advance(60_000);
    expect(types()).toEqual(['online', 'closed']);
    expect(relay.dials).toBe(1);
  });

  it('asks a silent relay for a sign of life and then leaves it', async () => {
    const { relay, clock, events } = await rig();
    clock.advance(25_000);
    await settled();
    expect(relay.newest.last('ping').rid).toBeGreaterThan(0);
    clock.advance(SILENCE_MS - 25_000);
    expect(events.at(-1)).toMatchObject({ type: 'offline', reason: 'timeout' });
  });

  it('asks for a sign of life soon after the machine slept, and does not wait as long for it', async () => {
    const { relay, clock, link, events } = await rig();
    clock.sleep(60_000);
    clock.advance(5_000);
    await settled();
    relay.newest.say({ t: 'pong', rid: relay.newest.last('ping').rid });
    await settled();
    clock.advance(20_000);
    expect(link.state).toBe('online');
    clock.sleep(60_000);
    clock.advance(5_000);
    expect(link.state).toBe('online');
    clock.advance(10_000);
    expect(events.at(-1)).toMatchObject({ type: 'offline', reason: 'timeout' });
  });

  it('takes the time asleep for time that it waited', async () => {
    const { relay, clock, link, events } = await rig();
    relay.up = false;
    relay.newest.cut();
    await settled();
    for (let last = events.at(-1); last?.type === 'offline' && last.retryMs < 30_000; last = events.at(-1)) {
      clock.advance(last.retryMs);
      await settled();
    }
    relay.up = true;
    const { dials } = relay;
    clock.sleep(3_600_000);
    clock.advance(5_000);
    await settled();
    expect(relay.dials).toBe(dials + 1);
    expect(link.state).toBe('online');
  });

  it('does not wait long for a sign of life where the network that it came over has gone', async () => {
    const relay = new ScriptedRelay();
    let stranded = false;
    const dialler: Dialler = (url, events) => ({
      ...relay.dialler(url, events),
      get stranded() {
        return stranded;
      },
    });
    const { clock, link, events } = await rig({ dialler });
    clock.advance(20_000);
    stranded = true;
    clock.advance(5_000);
    await settled();
    relay.newest.say({ t: 'pong', rid: relay.newest.last('ping').rid });
    await settled();
    // Where it comes all the same, the connection is as good as any.
    clock.advance(4_000);
    expect(link.state).toBe('online');
    clock.advance(11_000);
    expect(events.at(-1)).toMatchObject({ type: 'offline', reason: 'timeout' });
  });

  it('is left in peace where somebody sets a clock back', async () => {
    const { relay, clock, link } = await rig();
    clock.sleep(-3_600_000);
    clock.advance(20_000);
    await settled();
    expect(() => relay.newest.last('ping')).toThrow('no ping was heard');
    expect(link.state).toBe('online');
  });

  it('stays when the relay answers', async () => {
    const { relay, clock, link } = await rig();
    for (let i = 0; i < 6; i++) {
      clock.advance(25_000);
      await settled();
      relay.newest.say({ t: 'pong', rid: relay.newest.last('ping').rid });
      await settled();
    }
    expect(link.state).toBe('online');
  });

  it('comes back where the question whether the relay is there was one byte too much', async () => {
    const relay = new ScriptedRelay();
    let buffered = 0;
    const dialler: Dialler = (url, events) => {
      const transport = relay.dialler(url, events);
      return {
        ...transport,
        get buffered() {
          return buffered;
        },
      };
    };
    const { clock, link, events } = await rig({ dialler });
    buffered = MAX_LINK_BACKLOG + 1;
    clock.advance(PING_MS);
    expect(events.at(-1)).toEqual({ type: 'offline', reason: 'slow-consumer', retryMs: 500 });
    buffered = 0;
    clock.advance(500);
    await settled();
    expect(link.state).toBe('online');
  });

  it('leaves a relay that breaks the protocol', async () => {
    const { relay, events } = await rig();
    relay.newest.bytes(Uint8Array.of(9, 9));
    await settled();
    expect(events.at(-1)).toMatchObject({ type: 'offline', reason: 'protocol' });
  });
});

describe('link traffic', () => {
  const room = new Uint8Array(16);

  it('gives each request its own answer', async () => {
    const { relay, link } = await rig();
    const first = link.request({ t: 'dial', room, conv: room });
    await settled();
    const { rid } = relay.newest.last('dial');
    const second = link.request({ t: 'ping' });
    await settled();
    relay.newest.say({ t: 'pong', rid: relay.newest.last('ping').rid });
    relay.newest.say({ t: 'dialled', rid, circuit: 7, handle: 3 });
    expect(await first).toMatchObject({ t: 'dialled', circuit: 7 });
    expect(await second).toMatchObject({ t: 'pong' });
  });

  it('passes refusals on with their details', async () => {
    const { relay, link } = await rig();
    const answer = link.request({ t: 'dial', room, conv: room });
    await settled();
    relay.newest.say({
      t: 'error',
      rid: relay.newest.last('dial').rid,
      code: 'host-away',
      retryMs: 5,
      fatal: false,
    });
    expect(await answer).toEqual({ t: 'refused', code: 'host-away', retryMs: 5 });
  });

  it('tells of an answer before it handles the next frame', async () => {
    const { relay, link } = await rig();
    const order: string[] = [];
    link.onEvent(({ type }) => order.push(type));
    void link.request({ t: 'dial', room, conv: room }, () => order.push('answered'));
    await settled();
    relay.newest.say({ t: 'dialled', rid: relay.newest.last('dial').rid, circuit: 7, handle: 3 });
    relay.newest.send(7, Uint8Array.of(1));
    await settled();
    expect(order).toEqual(['answered', 'data']);
  });

  it('refuses an answer of the wrong kind', async () => {
    const { relay, link } = await rig();
    const answer = link.request({ t: 'dial', room, conv: room });
    await settled();
    relay.newest.say({ t: 'ok', rid: relay.newest.last('dial').rid });
    expect(await answer).toEqual({ t: 'refused', code: 'protocol' });
  });

  it('does not wait for an answer for ever', async () => {
    const { clock, link } = await rig();
    const answer = link.request({ t: 'watch' });
    clock.advance(QUESTION_MS);
    expect(await answer).toEqual({ t: 'refused', code: 'timeout' });
  });

  it('answers open requests when the connection drops', async () => {
    const { relay, link } = await rig();
    const answer = link.request({ t: 'watch' });
    relay.newest.cut();
    expect(await answer).toEqual({ t: 'refused', code: 'unreachable' });
  });

  it('bounds the number of open requests', async () => {
    const { link } = await rig();
    for (let i = 0; i < MAX_QUESTIONS; i++) void link.request({ t: 'watch' });
    expect(await link.request({ t: 'watch' })).toEqual({ t: 'refused', code: 'too-fast' });
  });

  it('carries nothing while it is offline', async () => {
    const { relay, link } = await rig({}, {}, false);
    expect(link.sendData(1, Uint8Array.of(1))).toBe(false);
    expect(link.cast(1, Uint8Array.of(1))).toBe(false);
    expect(await link.request({ t: 'ping' })).toEqual({ t: 'refused', code: 'unreachable' });
    expect(relay.connected).toEqual([]);
  });

  it('hands over data and unasked messages in order', async () => {
    const { relay, link, events } = await rig();
    relay.newest.say({ t: 'hangup', circuit: 4, code: 'room-full' });
    relay.newest.send(5, Uint8Array.of(1, 2));
    await settled();
    expect(events.slice(1)).toEqual([
      { type: 'control', message: { t: 'hangup', circuit: 4, code: 'room-full' } },
      { type: 'data', circuit: 5, payload: Uint8Array.of(1, 2) },
    ]);
    expect(link.sendData(5, Uint8Array.of(3))).toBe(true);
    await settled();
    expect(relay.newest.heard.all.at(-1)).toEqual({ type: 'send', circuit: 5, payload: Uint8Array.of(3) });
  });

  it('tells of unasked refusals, and leaves after one that is final for as long as it says', async () => {
    const { relay, events } = await rig();
    const slower = { t: 'error', code: 'too-fast', retryMs: 5, fatal: false } as const;
    relay.newest.say(slower);
    relay.newest.say({ t: 'error', code: 'draining', retryMs: 20_000, fatal: true });
    await settled();
    expect(events.slice(1)).toEqual([
      { type: 'control', message: slower },
      { type: 'offline', reason: 'draining', retryMs: 20_000 },
    ]);
  });

  it('leaves no timer behind when it is closed', async () => {
    const { clock, link } = await rig();
    const answer = link.request({ t: 'watch' });
    await link.close();
    expect(clock.pending).toBe(0);
    expect(link.state).toBe('closed');
    expect(await answer).toEqual({ t: 'refused', code: 'unreachable' });
  });
});
