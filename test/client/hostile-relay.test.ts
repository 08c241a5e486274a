import { afterEach, describe, expect, it } from 'vitest';
import { readU64 } from '../../src/shared/bytes.ts';
import { hastyClock } from '../support/hasty-clock.ts';
import { RoomRig, type Watched } from '../support/room-rig.ts';
import { flipped, Tamperer } from '../support/tampering-dialler.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** Ada behind an honest relay, bob behind the same relay with somebody in between. */
async function tampered() {
  const rig = await RoomRig.start();
  open.push(() => rig.close());
  const host = await rig.host('tea');
  const between = new Tamperer();
  const ada = await rig.person('ada');
  const bob = await rig.person('bob', { dialler: between.dialler, clock: hastyClock(10) });
  await ada.joins(host.invite);
  await bob.joins(host.invite);
  await Promise.all([inTwo(ada), inTwo(bob)]);
  return { rig, host, ada, bob, between };
}
const inTwo = (one: Watched) => one.until(() => (one.room.members().length === 3 ? true : undefined));

const seqOf = (payload: Uint8Array) => readU64(payload, 4);

describe('a relay that tampers', () => {
  it('with a cast: it is dropped and told once, and the true next one still gets through', async () => {
    const { ada, bob, between } = await tampered();
    between.onFrame = (type, frame) =>
      type === 'cast' ? [flipped(frame, -1), flipped(frame, 40), flipped(frame, 12), frame] : [frame];
    ada.room.say('true');
    await bob.hears('true');
    ada.room.say('also true');
    await bob.hears('also true');
    expect(bob.texts).toEqual(['true', 'also true']);
    expect(bob.all('suspicious')).toMatchObject([{ what: 'unreadable message', count: 1 }]);
    expect(bob.all('gap')).toEqual([]);
  });

  it('by repeating casts: each line is shown once', async () => {
    const { ada, bob, between } = await tampered();
    const kept: Uint8Array[] = [];
    between.onFrame = (type, frame) => {
      if (type !== 'cast') return [frame];
      kept.push(frame);
      return [...kept, ...kept];
    };
    for (const text of ['one', 'two', 'three']) ada.room.say(text);
    await bob.hears('three');
    expect(bob.texts).toEqual(['one', 'two', 'three']);
  });

  it('by swapping casts: the order of the host is shown', async () => {
    const { ada, bob, between } = await tampered();
    const held: Uint8Array[] = [];
    between.onFrame = (type, frame, payload) => {
      if (type !== 'cast' || seqOf(payload) === 0) return [frame];
      held.unshift(frame);
      return held.length < 4 ? [] : held.splice(0);
    };
    for (const text of ['one', 'two', 'three', 'four']) ada.room.say(text);
    await bob.hears('four');
    expect(bob.texts).toEqual(['one', 'two', 'three', 'four']);
    expect(bob.all('suspicious')).toEqual([]);
  });

  it('by losing casts: they are fetched from the host', async () => {
    const { ada, bob, between } = await tampered();
    let lost = 0;
    between.onFrame = (type, frame, payload) =>
      type === 'cast' && seqOf(payload) > 0 && lost++ < 3 ? [] : [frame];
    for (const text of ['one', 'two', 'three', 'four']) ada.room.say(text);
    await bob.hears('four');
    expect(bob.texts).toEqual(['one', 'two', 'three', 'four']);
    expect(bob.all('gap')).toEqual([]);
    expect(bob.room.history(10).map(({ seq }) => seq)).toEqual([
      ...new Set(bob.room.history(10).map(({ seq }) => seq)),
    ]);
  });

  it('by losing casts and answers too: what is missing is said, and the rest goes on', async () => {
    const { ada, bob, between } = await tampered();
    let losing = true;
    let casts = 0;
    between.onFrame = (type, frame, payload) => {
      if (type === 'send' && losing && payload.length > 900) return [];
      return type === 'cast' && seqOf(payload) > 0 && casts++ < 2 ? [] : [frame];
    };
    for (const text of ['one', 'two', 'three']) ada.room.say(text);
    const three = await bob.hears('three');
    const gap = await bob.seen('gap');
    expect(gap).toMatchObject({ from: three.line.seq - 2, to: three.line.seq - 1 });
    losing = false;
    expect(bob.texts).toEqual(['three']);
  });

  it('with the conversation: the session makes a new one and misses nothing', async () => {
    const { ada, bob, between } = await tampered();
    between.onFrame = (type, frame) => {
      if (type !== 'send') return [frame];
      between.onFrame = (_, honest) => [honest];
      return [flipped(frame, -1)];
    };
    void bob.room.ping();
    await bob.seen('ready', () => true, 2);
    ada.room.say('still there?');
    await bob.hears('still there?');
    expect(bob.texts).toEqual(['still there?']);
  });

  it('with casts of one room in another: nothing of it is believed', async () => {
    const { rig, ada, bob, between } = await tampered();
    const other = await rig.host('coffee');
    await ada.joins(other.invite);
    const casts: Uint8Array[] = [];
    between.onFrame = (type, frame) => {
      if (type === 'cast') casts.push(frame);
      return [frame];
    };
    await bob.joins(other.invite);
    const [teaAtBob, coffeeAtBob] = bob.client.rooms();
    const coffeeAtAda = ada.client.rooms().find(({ info }) => info.title === 'coffee');
    coffeeAtAda?.say('only for coffee');
    await bob.hears('only for coffee');
    const handles = new Set(casts.map((cast) => cast[4]));
    expect(handles.size).toBeGreaterThan(0);
    const before = bob.texts.length;
    for (const cast of casts)
      for (const handle of [1, 2, 3, 4]) {
        const moved = cast.slice();
        moved[4] = handle;
        between.inject(moved);
      }
    ada.client
      .rooms()
      .find(({ info }) => info.title === 'tea')
      ?.say('only for tea');
    await bob.hears('only for tea');
    expect(bob.texts.slice(before)).toEqual(['only for tea']);
    expect(
      teaAtBob?.history(100).some((line) => line.kind === 'text' && line.text === 'only for coffee'),
    ).toBe(false);
    expect(
      coffeeAtBob?.history(100).some((line) => line.kind === 'text' && line.text === 'only for tea'),
    ).toBe(false);
  });

  it('with thousands of mangled frames: nothing crashes, nothing false is shown', async () => {
    const { ada, bob, between } = await tampered();
    const seen: Uint8Array[] = [];
    between.onFrame = (type, frame) => {
      if (type === 'cast') seen.push(frame);
      return [frame];
    };
    for (const text of ['one', 'two']) ada.room.say(text);
    await bob.hears('two');
    let random = 12_345;
    const next = (below: number): number => {
      random = (random * 1_103_515_245 + 12_345) & 0x7fff_ffff;
      return random % below;
    };
    for (let i = 0; i < 5_000; i++) {
      const mangled = seen[next(seen.length)]?.slice() ?? new Uint8Array();
      for (let n = next(4) + 1; n > 0; n--) mangled[5 + next(mangled.length - 5)] = next(256);
      between.inject(mangled.subarray(0, 6 + next(mangled.length - 5)));
    }
    ada.room.say('three');
    await bob.hears('three');
    expect(bob.texts).toEqual(['one', 'two', 'three']);
  });
});
