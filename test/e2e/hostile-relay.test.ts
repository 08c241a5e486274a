import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  encodeCast,
  encodeSend,
  encodeWhisper,
  generateKeyPair,
  idBytes,
  identityKey,
  issuePrekey,
  labels,
  openPrekey,
  randomBytes,
  sealWhisper,
  type RefusalCode,
  type Reply,
  type WhisperBody,
} from '../../src/shared/public.ts';
import type { RelayFinder } from '../../src/client/api.ts';
import type { RunningHost } from '../../src/host/hosting.ts';
import { fromBase32 } from '../../src/shared/base32.ts';
import { MAX_TEXT_LINES } from '../../src/shared/limits.ts';
import { countLines } from '../../src/shared/text.ts';
import type { Caller } from '../support/peers/caller.ts';
import { person } from '../support/peers/paper-host.ts';
import { ScriptedHost } from '../support/peers/scripted-host.ts';
import { ScriptedRelay } from '../support/peers/scripted-relay.ts';
import { WireLine } from '../support/peers/wire-line.ts';
import { RoomRig, type Watched } from '../support/room-rig.ts';

// docs/protocol.md "The relay wire", "Whispers"; docs/threat-model.md "A malicious relay"

let rig: RoomRig;
let relay: ScriptedRelay;
let host: RunningHost;
let ada: Watched;
let bob: Watched;

beforeEach(async () => {
  rig = await RoomRig.start();
  relay = await ScriptedRelay.start();
  host = await rig.host('tea', { relayUrl: relay.url });
  ada = await rig.person('ada', { relays: [relay.url] });
  bob = await rig.person('bob', { relays: [relay.url] });
  await ada.joins(host.invite);
  await bob.joins(host.invite);
  await Promise.all([inRoom(ada), inRoom(bob)]);
});
afterEach(async () => {
  await rig.close();
  await relay.close();
});

const inRoom = (one: Watched) => one.until(() => one.room.members().length === 3 || undefined);
const callerOf = (one: Watched): Promise<Caller> =>
  relay.callers.find((caller) =>
    String(caller.key) === String(one.profile.signer.publicKey) ? caller : undefined,
  );

/** The true next line gets through both ways, and nobody was shown anything false. */
async function talkGoesOn(): Promise<void> {
  relay.script = {};
  ada.room.say('from ada');
  await bob.hears('from ada');
  bob.room.say('from bob');
  await Promise.all([ada.hears('from bob'), bob.hears('from bob')]);
  expect(bob.texts.slice(-2)).toEqual(['from ada', 'from bob']);
  expect(new Set(bob.texts).size).toBe(bob.texts.length);
  expect(host.state).toBe('online');
}

describe('a relay that is not the one of the first time', () => {
  it('and proves its own key is not used', async () => {
    await ada.close();
    const port = Number(new URL(relay.url).port);
    await rig.close();
    await relay.close();
    relay = await ScriptedRelay.start(port);
    rig = await RoomRig.start();
    const cleo = await rig.person('cleo', { relays: [relay.url] });
    expect(await cleo.client.connect(relay.url)).toMatchObject({ ok: true });
    await relay.close();
    relay = await ScriptedRelay.start(port);
    await cleo.seen('relays', ({ relays }) => relays[0]?.state === 'closed');
    expect(cleo.client.relays()).toMatchObject([{ state: 'closed', reason: 'changed-key' }]);
    expect(await cleo.client.connect(relay.url)).toMatchObject({ ok: false, code: 'changed-key' });
  });

  it('and only claims the first one’s key is not used', async () => {
    const other = person();
    relay.script = { challenge: (honest) => ({ ...honest, relay: other.publicKey }) };
    const cleo = await rig.person('cleo', { relays: [relay.url] });
    expect(await cleo.client.connect(relay.url)).toMatchObject({ ok: false });
    expect(cleo.client.relays()).not.toMatchObject([{ state: 'online' }]);
  });

  it('and claims the key of another one keeps nobody from that, nor from being told what that says', async () => {
    const claimed = fromBase32(rig.relay.relayId, 32) ?? randomBytes(32);
    relay.script = { challenge: (honest) => ({ ...honest, relay: claimed }) };
    const finder: RelayFinder = {
      watch: (found) => {
        found([relay.url]);
        return () => undefined;
      },
    };
    const before = relay.connected.length;
    const cleo = await rig.person('cleo', { relays: [], finder });
    await cleo.until(() => relay.connected.length > before || undefined);
    expect(await cleo.client.connect(rig.relay.url)).toMatchObject({ ok: true });
    const elsewhere = await WireLine.connect(rig.relay.url);
    await elsewhere.logIn({ purpose: 'member', signer: cleo.profile.signer });
    await cleo.seen('signed-in-elsewhere');
    await elsewhere.close();
  });

  it.each<[string, (honest: Extract<Reply, { t: 'challenge' }>) => Reply]>([
    ['speaks a lower version', (honest) => ({ ...honest, v: 0 })],
    ['speaks a higher version', (honest) => ({ ...honest, v: 2 })],
    ['welcomes without a challenge', () => ({ t: 'pong', rid: 1 })],
  ])('or %s is not used', async (_, challenge) => {
    relay.script = { challenge };
    const cleo = await rig.person('cleo', { relays: [relay.url] });
    const logins = relay.callers.all.length;
    expect(await cleo.client.connect(relay.url)).toMatchObject({ ok: false });
    expect(relay.callers.all).toHaveLength(logins);
  });

  it.each<[string, (honest: Extract<Reply, { t: 'hello' }>) => Reply]>([
    [
      'another key',
      ({ sig: _, ...rest }) => ({ ...rest, sig: person().sign(labels.hello, randomBytes(128)) }),
    ],
    [
      'a signature for something else',
      (honest) => ({ ...honest, sig: relay.signer.sign(labels.list, randomBytes(128)) }),
    ],
    ['a broken signature', (honest) => ({ ...honest, sig: honest.sig.with(0, (honest.sig[0] ?? 0) ^ 1) })],
  ])('and proves itself by %s is not used', async (_, hello) => {
    relay.script = { hello };
    const cleo = await rig.person('cleo', { relays: [relay.url] });
    expect(await cleo.client.connect(relay.url)).toMatchObject({ ok: false });
    expect(cleo.client.relays()).not.toMatchObject([{ state: 'online' }]);
  });
});

describe('a relay in the host’s name', () => {
  it.each<RefusalCode>([
    'kicked',
    'banned',
    'left',
    'not-allowed',
    'wrong-code',
    'too-many-tries',
    'unsupported-version',
    'signed-in-elsewhere',
    'login-failed',
  ])('that says “%s” interrupts, and nobody believes to be out', async (code) => {
    ada.room.say('before');
    await bob.hears('before');
    const caller = await callerOf(bob);
    const dial = await caller.hears('dial');
    expect(dial.room).toEqual(idBytes(host.room));
    for (let circuit = 0; circuit < 30; circuit++) caller.say({ t: 'hangup', circuit, code });
    await bob.seen('ready', () => true, 2);
    bob.room.say('still here');
    await ada.hears('still here');
    expect(bob.all('removed')).toEqual([]);
    expect(bob.all('failed')).toEqual([]);
    await talkGoesOn();
  });

  it.each<RefusalCode>([
    'banned',
    'wrong-code',
    'invite-used',
    'too-many-tries',
    'unsupported-version',
    'signed-in-elsewhere',
  ])('that refuses the call of somebody who was in, as “%s”, keeps what waits to be sent', async (code) => {
    const caller = await callerOf(bob);
    let refusals = 0;
    relay.script = {
      request: (request, from) => {
        if (request.t !== 'dial' || refusals++ > 1) return false;
        from.say({ t: 'error', rid: request.rid, code, fatal: false });
        return true;
      },
    };
    for (let circuit = 0; circuit < 30; circuit++) caller.say({ t: 'hangup', circuit });
    await bob.seen('state', ({ state }) => state !== 'online');
    bob.room.say('it will wait');
    await ada.hears('it will wait');
    expect(bob.all('removed')).toEqual([]);
    await talkGoesOn();
  });
});

describe('a relay that announces a caller', () => {
  it('as somebody else gets no one in', async () => {
    const cleo = await rig.person('cleo', { relays: [relay.url] });
    relay.script = { incoming: (honest) => ({ ...honest, identity: ada.profile.signer.publicKey }) };
    expect(await cleo.client.join(host.invite)).toMatchObject({ ok: false, code: 'not-allowed' });
    expect(host.members()).toHaveLength(3);
    await talkGoesOn();
  });

  it('with another circuit’s number for the handshake gets no one in', async () => {
    const cleo = await rig.person('cleo', { relays: [relay.url] });
    relay.script = { incoming: (honest) => ({ ...honest, conv: randomBytes(16) }) };
    expect(await cleo.client.join(host.invite)).toMatchObject({ ok: false, code: 'protocol' });
    await talkGoesOn();
  });

  it('a thousand times, under one number, costs the host nothing', async () => {
    const caller = await relay.caller('host');
    const { handle } = await firstIncoming(caller);
    for (let i = 0; i < 1_000; i++)
      caller.say({ t: 'incoming', handle, circuit: 77, conv: randomBytes(16), identity: randomBytes(32) });
    await talkGoesOn();
    const hangups = caller.heard.all.filter(
      (frame) => frame.type === 'control' && frame.message.t === 'hangup',
    );
    expect(hangups.length).toBeLessThan(1_100);
  });

  it('for a room that is not this host’s is not heard', async () => {
    const caller = await relay.caller('host');
    caller.say({
      t: 'incoming',
      handle: 4_000,
      circuit: 78,
      conv: randomBytes(16),
      identity: randomBytes(32),
    });
    caller.bytes(encodeSend(78, randomBytes(64)));
    await talkGoesOn();
  });

  /** The handle of the one room there is. */
  async function firstIncoming(caller: Caller): Promise<{ handle: number }> {
    let handle = 0;
    relay.script = { incoming: (honest) => ((handle = honest.handle), honest) };
    const cleo = await rig.person('cleo', { relays: [relay.url] });
    await cleo.joins(host.invite);
    await caller.hears('admit');
    return { handle };
  }
});

describe('a relay with numbers of its own', () => {
  it.each<[string, Partial<Extract<Reply, { t: 'hello' }>['limits']>]>([
    ['no frames', { framesPerSecond: 0 }],
    ['no bytes', { bytesPerSecond: 0 }],
    [
      'more than there are',
      { framesPerSecond: Number.MAX_SAFE_INTEGER, bytesPerSecond: Number.MAX_SAFE_INTEGER },
    ],
  ])('that takes %s breaks no host', async (_, limits) => {
    relay.script = { hello: (honest) => ({ ...honest, limits: { ...honest.limits, ...limits } }) };
    const other = await rig.host('coffee', { relayUrl: relay.url });
    const cleo = await rig.person('cleo', { relays: [relay.url] });
    const dan = await rig.person('dan', { relays: [relay.url] });
    await cleo.joins(other.invite);
    await dan.joins(other.invite);
    cleo.room.say('hello');
    await dan.hears('hello');
    expect(cleo.all('suspicious')).toEqual([]);
  });

  it('whose leases last no time is not asked for them without a pause', async () => {
    relay.script = {
      request: (request, caller) => {
        if (request.t !== 'open-room') return false;
        caller.say({ t: 'room-opened', rid: request.rid, handle: 900, fence: 1, leaseMs: 0 });
        return true;
      },
    };
    const logins = relay.callers.all.length;
    await rig.host('coffee', { relayUrl: relay.url });
    const caller = await relay.caller('host', logins);
    await caller.hears('renew');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(
      caller.heard.all.filter((frame) => frame.type === 'control' && frame.message.t === 'renew'),
    ).toHaveLength(1);
  });

  it('that asks to come back in a million years is come back to, and not at once', async () => {
    const cleo = await rig.person('cleo', { relays: [relay.url] });
    await cleo.client.connect(relay.url);
    const caller = await callerOf(cleo);
    const logins = relay.callers.all.length;
    caller.say({ t: 'error', code: 'draining', retryMs: Number.MAX_SAFE_INTEGER, fatal: true });
    await cleo.seen('relays', ({ relays }) => relays[0]?.state === 'reconnecting');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(relay.callers.all).toHaveLength(logins);
    await talkGoesOn();
  });
});

describe('a relay that lists', () => {
  const nowSec = (): number => Math.floor(Date.now() / 1_000);

  it.each<[string, (coffee: ScriptedHost) => { body: Uint8Array; sig: Uint8Array }]>([
    ['with a broken signature', (coffee) => ({ ...coffee.entry({ title: 'false' }), sig: randomBytes(64) })],
    [
      'with somebody else’s signature',
      (coffee) => {
        const { body } = coffee.entry({ title: 'false' });
        return { body, sig: person().sign(labels.list, body) };
      },
    ],
    [
      'with a signature for something else',
      (coffee) => {
        const { body } = coffee.entry({ title: 'false' });
        return { body, sig: coffee.paper.signer.sign(labels.ev, body) };
      },
    ],
    [
      'with a room id that the key does not make',
      (coffee) => coffee.entry({ title: 'false', room: randomBytes(16) }),
    ],
    ['long after it ran out', (coffee) => coffee.entry({ title: 'false', expires: nowSec() - 3 * 86_400 })],
    ['in an earlier revision', (coffee) => coffee.entry({ title: 'false', rev: 0 })],
    ['in no encoding', () => ({ body: Uint8Array.of(0xff), sig: randomBytes(64) })],
  ])('a room %s is not believed', async (_, forge) => {
    const coffee = await ScriptedHost.open(relay.url, { title: 'coffee' });
    const entry = coffee.entry({ title: 'coffee' });
    const caller = await callerOf(ada);
    caller.say({ t: 'listing', full: false, entries: [{ ...entry, members: 1 }], gone: [] });
    await ada.seen('rooms', ({ rooms }) => rooms.some(({ title }) => title === 'coffee'));
    caller.say({ t: 'listing', full: false, entries: [{ ...forge(coffee), members: 9 }], gone: [] });
    await talkGoesOn();
    expect(ada.client.listed().map(({ title }) => title)).toContain('coffee');
    expect(ada.client.listed().map(({ title }) => title)).not.toContain('false');
    await coffee.line.close();
  });
});

describe('a relay of the local network that lists a room of another relay', () => {
  const near: RelayFinder = {
    watch: (found) => {
      found([relay.url]);
      return () => undefined;
    },
  };

  /** It lists `coffee`, and says this in its host's name; gives the true host, and how often the liar was called. */
  async function lying(code: RefusalCode): Promise<{ coffee: RunningHost; calls: () => number }> {
    const coffee = await rig.host('coffee');
    const watcher = await WireLine.connect(rig.relay.url);
    await watcher.logIn({ purpose: 'member', signer: person() });
    const { entries } = await watcher.request({ t: 'watch' }, 'listing');
    await watcher.close();
    let calls = 0;
    relay.script = {
      request: (request, from) => {
        if (request.t === 'watch')
          from.say({ t: 'listing', rid: request.rid, full: true, entries, gone: [] });
        else if (request.t === 'dial' && ++calls)
          from.say({ t: 'error', rid: request.rid, code, fatal: false });
        else return false;
        return true;
      },
    };
    return { coffee, calls: () => calls };
  }
  const hearsLiar = (one: Watched) =>
    one.until(
      () => one.client.listed().some(({ title, via }) => title === 'coffee' && via === 'lan') || undefined,
    );
  const words = ['room-full', 'banned', 'wrong-code', 'signed-in-elsewhere', 'unsupported-version'] as const;

  it.each(words)('and says “%s” in its host’s name keeps nobody out', async (code) => {
    const { calls } = await lying(code);
    const cleo = await rig.person('cleo', { finder: near });
    await hearsLiar(cleo);
    // The honest one is there too by then.
    await cleo.until(() => cleo.client.relays().every(({ state }) => state === 'online') || undefined);
    await cleo.joins('coffee');
    cleo.room.say('let in');
    await cleo.hears('let in');
    expect(calls()).toBeGreaterThan(0);
  });

  it.each(words)('and says “%s” keeps nobody from following an invite', async (code) => {
    const { coffee, calls } = await lying(code);
    const cleo = await rig.person('cleo', { relays: [], finder: near });
    await hearsLiar(cleo);
    await cleo.joins(coffee.invite);
    cleo.room.say('let in');
    await cleo.hears('let in');
    expect(calls()).toBeGreaterThan(0);
  });
});

it('a relay of the local network is not told whom somebody ignores', async () => {
  const finder: RelayFinder = {
    watch: (found) => {
      found([relay.url]);
      return () => undefined;
    },
  };
  const cleo = await rig.person('cleo', { finder });
  const { key, tag } = bob.profile;
  cleo.client.people.ignore({ key, tag, nick: 'bob' });
  const caller = await callerOf(cleo);
  await caller.hears('put-prekey');
  expect(await cleo.client.ping(relay.url)).toBeDefined();
  const told = caller.heard.all.flatMap((frame) => (frame.type === 'control' ? frame.message.t : []));
  expect(told).not.toContain('block');
});

it('a relay of the local network does not learn which room it is that somebody looks for', async () => {
  const finder: RelayFinder = {
    watch: (found) => {
      found([relay.url]);
      return () => undefined;
    },
  };
  const secret = await rig.host('secret', { private: true });
  const cleo = await rig.person('cleo', { finder });
  await (await cleo.joins(secret.invite)).leave();
  await cleo.client.disconnect(rig.relay.url);
  const caller = await callerOf(cleo);
  expect(await cleo.client.join('secret')).toMatchObject({ ok: false });
  const { room } = await caller.hears('dial');
  expect(room).not.toEqual(idBytes(secret.room));
});

describe('a relay that carries mail', () => {
  const mallory = person();
  const nowSec = (): number => Math.floor(Date.now() / 1_000);

  /** Mail from mallory to bob, true but for `changes`. */
  async function mailToBob(changes: Partial<WhisperBody> = {}, to?: Uint8Array) {
    const bobs = bob.profile.signer.publicKey;
    const { prekey: certificate } = await (await callerOf(bob)).hears('put-prekey');
    const prekey = openPrekey(certificate, bobs, nowSec());
    if (!prekey) throw new Error('no prekey of bob');
    const body: WhisperBody = {
      from: mallory.publicKey,
      to: bobs,
      id: randomBytes(16),
      time: Date.now(),
      nick: 'mallory',
      text: 'psst',
      ...changes,
    };
    const mail = sealWhisper({
      to: to ?? bobs,
      prekey,
      device: generateKeyPair(),
      signer: mallory,
      body: encodeWhisper(body),
    });
    return { t: 'mail', from: mallory.publicKey, id: body.id, mail, at: Date.now() } as const;
  }

  async function whispersGoOn(...texts: readonly string[]): Promise<void> {
    relay.script = {};
    await ada.client.whisper('bob', 'a true one');
    await bob.seen('whisper', ({ whisper }) => whisper.text === 'a true one');
    expect(bob.all('whisper').map(({ whisper }) => whisper.text)).toEqual([...texts, 'a true one']);
    await talkGoesOn();
  }

  it('and repeats it is heard once', async () => {
    const caller = await callerOf(bob);
    const mail = await mailToBob();
    for (let i = 0; i < 10; i++) caller.say(mail);
    await whispersGoOn('psst');
    const acks = caller.heard.all.filter(
      (frame) => frame.type === 'control' && frame.message.t === 'ack-mail',
    );
    expect(acks.length).toBeGreaterThanOrEqual(10);
  });

  it('and repeats what is old brings no old name back', async () => {
    const caller = await callerOf(bob);
    const nick = (): string | undefined => {
      const found = bob.client.people.find(identityKey(mallory.publicKey));
      return found.ok ? found.value.nick : undefined;
    };
    const old = await mailToBob();
    for (const mail of [old, await mailToBob({ nick: 'molly', text: 'me again' }), old]) caller.say(mail);
    await whispersGoOn('psst', 'me again');
    expect(nick()).toBe('molly');
  });

  it('full of lines has no more of them shown than a person may write', async () => {
    const lines = (count: number): string => Array.from({ length: count }, () => 'x').join('\r');
    (await callerOf(bob)).say(await mailToBob({ text: lines(2_000) }));
    const { whisper } = await bob.seen('whisper');
    expect(countLines(whisper.text)).toBe(MAX_TEXT_LINES);
    expect(whisper.text.replace(/\n/g, ' ')).toBe(lines(2_000).replace(/\r/g, ' '));
  });

  it.each<[string, () => Promise<Reply>]>([
    [
      'under another sender’s name',
      async () => ({ ...(await mailToBob()), from: ada.profile.signer.publicKey }),
    ],
    ['in which the sender says to be somebody else', () => mailToBob({ from: ada.profile.signer.publicKey })],
    [
      'in which the sender says to be the one it comes under',
      async () => ({
        ...(await mailToBob({ from: ada.profile.signer.publicKey })),
        from: ada.profile.signer.publicKey,
      }),
    ],
    ['that was written to somebody else', () => mailToBob({ to: ada.profile.signer.publicKey })],
    ['that was sealed to somebody else', () => mailToBob({}, ada.profile.signer.publicKey)],
    ['under another id', async () => ({ ...(await mailToBob()), id: randomBytes(16) })],
    ['of a time that no calendar has', () => mailToBob({ time: Number.MAX_SAFE_INTEGER })],
    [
      'with a turned bit',
      async () => {
        const honest = await mailToBob();
        return { ...honest, mail: honest.mail.with(200, (honest.mail[200] ?? 0) ^ 1) };
      },
    ],
    [
      'to a prekey that never was',
      async () => {
        const honest = await mailToBob();
        return { ...honest, mail: honest.mail.with(0, 99) };
      },
    ],
    ['that is three bytes long', async () => ({ ...(await mailToBob()), mail: Uint8Array.of(1, 2, 3) })],
  ])('%s is not told', async (_, forge) => {
    (await callerOf(bob)).say(await forge());
    await whispersGoOn();
  });

  it.each<[string, (certificate: Uint8Array) => Uint8Array]>([
    ['that ran out', () => issuePrekey(bob.profile.signer, generateKeyPair().public, 1, nowSec() - 1)],
    ['of somebody else', () => issuePrekey(mallory, generateKeyPair().public, 1, nowSec() + 1_000)],
    ['that is broken', (certificate) => certificate.with(-1, (certificate.at(-1) ?? 0) ^ 1)],
    ['that is none', () => Uint8Array.of(0)],
  ])('and gives a prekey %s gets no mail for it', async (_, forge) => {
    const { prekey } = await (await callerOf(bob)).hears('put-prekey');
    const caller = await callerOf(ada);
    relay.script = {
      request: (request, from) => {
        if (request.t !== 'get-prekey') return false;
        from.say({ t: 'prekey', rid: request.rid, prekey: forge(prekey) });
        return true;
      },
    };
    await ada.client.whisper('bob', 'for bob alone');
    await ada.seen('whisper-state', ({ state }) => state === 'refused');
    expect(
      caller.heard.all.filter((frame) => frame.type === 'control' && frame.message.t === 'put-mail'),
    ).toEqual([]);
    await whispersGoOn();
  });
});

it('frames for circuits and handles that nobody has are nobody’s', async () => {
  for (const one of relay.callers.all)
    for (const number of [0, 999, 0xffff_ffff]) {
      one.bytes(encodeCast(number, randomBytes(300)));
      one.bytes(encodeSend(number, randomBytes(300)));
      one.say({ t: 'hangup', circuit: number, code: 'banned' });
      one.say({ t: 'pong', rid: number });
      one.say({ t: 'ok', rid: number });
    }
  await talkGoesOn();
  expect(ada.all('suspicious')).toEqual([]);
});
