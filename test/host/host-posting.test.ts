import { describe, expect, it } from 'vitest';
import { randomBytes, signerFrom } from '../../src/shared/crypto/sign.ts';
import { equalBytes } from '../../src/shared/bytes.ts';
import { encodeCbor } from '../../src/shared/cbor.ts';
import { labels, type Signer } from '../../src/shared/crypto/sign.ts';
import { MINUTE, SECOND } from '../../src/shared/limits.ts';
import { ManualClock } from '../link/manual-clock.ts';
import { hastyClock } from '../support/hasty-clock.ts';
import { eventOf, type HeardCast } from '../support/peers/member-circuit.ts';
import { roomRig } from './room-rig.ts';
import { transcriptOf } from '../support/peers/transcript.ts';

describe('posting to a hosted room', () => {
  it('gives everybody the same order', async () => {
    const { member } = await roomRig();
    const ada = await member({ nick: 'ada' }).join();
    const bob = await member({ nick: 'bob' }).join();
    await Promise.all(Array.from({ length: 60 }, (_, i) => (i % 2 ? ada : bob).line(`line ${i}`)));
    await Promise.all([ada.settled(), bob.settled()]);
    expect(transcriptOf(ada)).toHaveLength(64);
    expect(transcriptOf(ada)).toEqual(transcriptOf(bob));
    const seqs = ada
      .casts()
      .map(({ seq }) => seq)
      .filter((seq) => seq > 0);
    expect(seqs).toEqual(seqs.map((_, i) => (seqs[0] ?? 0) + i));
  });

  it('answers what was sequenced before with its seq, and casts it once', async () => {
    const { member } = await roomRig();
    const ada = await member().join();
    const event = ada.event('once');
    ada.post(event);
    const { seq } = await ada.castOf(event.id);
    ada.post(event);
    ada.post({ ...event, counter: event.counter + 1 });
    ada.post(event);
    await ada.settled();
    const posted = ada.messages('posted').map(({ seq }) => seq);
    expect(posted).toEqual([seq, seq, seq]);
    expect(transcriptOf(ada).filter((line) => line === 'once')).toHaveLength(1);
  });

  it('casts an event that comes twice at once a single time', async () => {
    const { member } = await roomRig();
    const ada = await member().join();
    const event = ada.event('once');
    ada.post(event);
    ada.post(event);
    ada.post(event);
    await ada.line('after');
    expect(transcriptOf(ada).filter((line) => line === 'once')).toHaveLength(1);
  });

  it('refuses an event with another signature, author, room or log', async () => {
    const { member } = await roomRig();
    const ada = await member({ nick: 'ada' }).join();
    const bob = await member({ nick: 'bob' }).join();
    const eve = signerFrom(randomBytes(32));
    const forged = ada.event('as ada with another key');
    const { publicKey } = ada.signer;
    ada.post(forged, ada.signed(forged, { publicKey, sign: (label, bytes) => eve.sign(label, bytes) }));
    const asBob = ada.event('bob says');
    ada.post(asBob, ada.signed(asBob, bob.signer));
    const otherLabel = ada.event('signed as a head');
    const asHead: Signer = { publicKey, sign: (_, bytes) => ada.signer.sign(labels.head, bytes) };
    ada.post(otherLabel, ada.signed(otherLabel, asHead));
    const otherRoom = ada.event('room', { room: randomBytes(16) });
    ada.post(otherRoom);
    const otherLog = ada.event('log', { log: randomBytes(8) });
    ada.post(otherLog);
    for (const { id } of [forged, asBob, otherLabel, otherRoom, otherLog]) {
      const { code } = await ada.message('rejected', (m) => Buffer.compare(m.id, id) === 0);
      expect(code).toBe('bad-event');
    }
    await ada.line('fine');
    expect(transcriptOf(ada).at(-1)).toBe('fine');
    expect(transcriptOf(ada)).toHaveLength(5);
  });

  it('refuses a line that is too long by its id and goes on', async () => {
    const { member } = await roomRig();
    const ada = await member().join();
    const id = randomBytes(16);
    const { room, log, time } = ada.event('');
    const bytes = encodeCbor([room, log, id, 1, 'text', time, { text: 'x'.repeat(4_097) }]);
    ada.say({ t: 'post', event: [ada.signer.publicKey, bytes, ada.signer.sign(labels.ev, bytes)] });
    expect(await ada.message('rejected')).toEqual({ t: 'rejected', id, code: 'too-long' });
    await ada.line('short');
  });

  it('slows down who floods and loses nothing of the others', async () => {
    const { member } = await roomRig({ rate: 1, burst: 5, clock: hastyClock(1) });
    const ada = await member({ nick: 'ada' }).join();
    const bob = await member({ nick: 'bob' }).join();
    const flood = Array.from({ length: 40 }, (_, i) => ada.event(`flood ${i}`));
    for (const event of flood) ada.post(event);
    await bob.line('calm');
    await ada.settled();
    const rejected = ada.messages('rejected');
    expect(rejected).toHaveLength(35);
    for (const { code, retryMs } of rejected) {
      expect(code).toBe('slow-down');
      expect(retryMs).toBeGreaterThan(0);
    }
    expect(transcriptOf(bob).filter((line) => line.startsWith('flood'))).toHaveLength(5);
    expect(transcriptOf(bob)).toContain('calm');
  });

  it('takes nothing behind a line that it put off before that line comes again', async () => {
    const clock = hastyClock(1);
    const rate = 10;
    const { member } = await roomRig({ rate, burst: 1, clock });
    const ada = await member().join();
    const [one, two, three, four] = ['one', 'two', 'three', 'four'].map((text) => ada.event(text));
    if (!one || !two || !three || !four) throw new Error('four events');
    ada.post(one);
    ada.post(two);
    const { retryMs = 0 } = await ada.message('rejected', ({ id }) => equalBytes(id, two.id));
    await ada.patience(retryMs, clock);
    // The host would take a line by now; this one was on its way before the refusal was heard.
    ada.post(three);
    expect(await ada.message('rejected', ({ id }) => equalBytes(id, three.id))).toMatchObject({
      code: 'slow-down',
    });
    for (const event of [two, three, four]) {
      ada.post(event);
      await ada.castOf(event.id);
      // A whole token: the first wait was for what was left of one.
      await ada.patience(SECOND / rate, clock);
    }
    expect(transcriptOf(ada).slice(-4)).toEqual(['one', 'two', 'three', 'four']);
  });

  it.each([
    ['an event with no higher counter', 0, true],
    ['the same line, signed anew', 0, true],
    ['a minute without it', MINUTE, true],
    ['a moment less', MINUTE - 1, false],
  ])('hears what is behind a line that it put off after %s', async (instead, pass, heard) => {
    const clock = new ManualClock();
    const { member } = await roomRig({ rate: 10, burst: 1, clock });
    const ada = await member().join();
    const [one, two, three] = ['one', 'two', 'three'].map((text) => ada.event(text));
    if (!one || !two || !three) throw new Error('three events');
    for (const event of [one, two]) ada.post(event);
    const { retryMs = 0 } = await ada.message('rejected', ({ id }) => equalBytes(id, two.id));
    // In steps that no line takes for silence.
    for (let left = retryMs + pass; left > 0; left -= 20 * SECOND) {
      clock.advance(Math.min(left, 20 * SECOND));
      await ada.settled();
    }
    if (pass === 0) {
      const anew = instead === 'the same line, signed anew';
      const other = ada.event(instead, anew ? { id: two.id } : { counter: two.counter });
      ada.post(other);
      await ada.castOf(other.id);
      clock.advance(SECOND);
    }
    const last = pass === 0 ? ada.event('three') : three;
    ada.post(last);
    await ada.settled();
    expect(ada.messages('rejected').some(({ id }) => equalBytes(id, last.id))).toBe(!heard);
  });

  it('puts posts off before the relay would stop the host', async () => {
    const { member } = await roomRig({}, { hostFramesPerSecond: 10, hostFrameBurst: 10_000 });
    const ada = await member().join();
    for (let i = 0; i < 20; i++) ada.post(ada.event(`line ${i}`));
    expect(await ada.message('rejected')).toMatchObject({ code: 'slow-down' });
  });

  it('lets the owner change the topic and nobody else', async () => {
    const { member, signer, host } = await roomRig();
    const ada = await member({ nick: 'ada' }).join();
    const owner = await member({ signer }).join();
    const denied = ada.postKind('topic-changed', { topic: 'coffee' });
    expect(await ada.message('rejected')).toMatchObject({ id: denied.id, code: 'not-allowed' });
    const changed = owner.postKind('topic-changed', { topic: 'milk' });
    await ada.castOf(changed.id);
    expect(host.topic).toBe('milk');
    host.setTopic('sugar');
    const byHost = await ada.cast((cast) => {
      const event = eventOf(cast);
      return event?.kind === 'topic-changed' && event.body.topic === 'sugar';
    });
    expect(byHost.seq).toBeGreaterThan(0);
    const bob = await member({ nick: 'bob' }).join();
    expect(bob.welcome.topic).toBe('sugar');
  });

  it('knows people by their new nick', async () => {
    const { member, host } = await roomRig();
    const ada = await member({ nick: 'ada' }).join();
    const renamed = ada.postKind('nick-changed', { nick: 'queen' });
    await ada.castOf(renamed.id);
    expect(host.members().map(({ nick }) => nick)).toEqual(['host', 'queen']);
  });

  it('tells what many changes of presence come to, though not each of them', async () => {
    const { member } = await roomRig();
    const ada = await member({ nick: 'ada' }).join();
    const bob = await member({ nick: 'bob' }).join();
    for (let n = 1; n <= 40; n++) bob.say({ t: 'presence', state: 'away', status: `${n}` });
    const isBobs = ({ message }: HeardCast) => message?.t === 'presence' && message.state === 'away';
    await ada.cast(({ message }) => message?.t === 'presence' && message.status === '40');
    const told = ada.heard.all.filter((heard) => heard.type === 'cast' && isBobs(heard.cast));
    expect(told.length).toBeLessThan(20);
  });

  it('passes typing and presence on without giving them a place in the log', async () => {
    const { member } = await roomRig();
    const ada = await member({ nick: 'ada' }).join();
    const bob = await member({ nick: 'bob' }).join();
    bob.say({ t: 'typing' });
    bob.say({ t: 'presence', state: 'away', status: 'lunch' });
    const typing = await ada.cast(({ message }) => message?.t === 'typing');
    expect(typing.seq).toBe(0);
    const away = await ada.cast(({ message }) => message?.t === 'presence' && message.state === 'away');
    expect(away).toMatchObject({ seq: 0, message: { status: 'lunch' } });
    const cleo = await member({ nick: 'cleo' }).join();
    expect(cleo.welcome.roster.find(({ nick }) => nick === 'bob')).toMatchObject({
      presence: 'away',
      status: 'lunch',
    });
  });

  it('bounds the hints one member can cause', async () => {
    const { member } = await roomRig();
    const ada = await member({ nick: 'ada' }).join();
    const bob = await member({ nick: 'bob' }).join();
    for (let i = 0; i < 100; i++) bob.say({ t: 'typing' });
    await bob.line('done');
    await ada.settled();
    expect(ada.casts().filter(({ message }) => message?.t === 'typing').length).toBeLessThan(15);
  });

  it('answers a ping', async () => {
    const { member } = await roomRig();
    const ada = await member().join();
    ada.say({ t: 'ping', rid: 77 });
    expect(await ada.message('pong')).toEqual({ t: 'pong', rid: 77, seq: expect.any(Number) });
  });
});
