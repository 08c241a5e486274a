import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { RoomSession } from '../../../src/client/api.ts';
import { fetchHistory } from '../../../src/client/saving/fetch-history.ts';
import { MAX_BACKLOG_EVENTS } from '../../../src/shared/limits.ts';
import { lengthenLog } from '../../support/long-log.ts';
import { RoomRig, textOf, type Watched } from '../../support/room-rig.ts';

/** Thousands of signatures are checked, perhaps on a busy machine. */
const PATIENCE_MS = 60_000;

let rig: RoomRig | undefined;
afterEach(() => rig?.close());

const lineOf = (number: number): string => `line ${String(number).padStart(4, '0')}`;

/** Somebody who comes into a room in which `lines` lines were said before, `line 0001` first, and may read all of them. */
async function cameInto(lines: number): Promise<Watched> {
  rig = await RoomRig.start();
  const { signer } = await rig.profile('host', 'host');
  const first = await rig.host('tea');
  await first.close();
  lengthenLog(join(rig.folder, 'tea.db'), signer, lines, (index) => lineOf(index + 1));
  const host = await rig.host('tea', { backlog: lines + 100 });
  const ada = await rig.person('ada');
  await ada.joins(host.invite);
  const whole = () => ada.all('progress').find(({ done, total }) => done === total);
  await ada.until(whole, 'the end of the backlog', PATIENCE_MS);
  return ada;
}

const progressOf = (one: Watched) => one.all('progress').map(({ done, total }) => [done, total] as const);
const found = (room: RoomSession, words: string) =>
  room.search(words, 10).flatMap((line) => textOf(line) ?? []);

describe('a backlog', () => {
  it('tells how far it is, up to its end', async () => {
    const ada = await cameInto(900);
    const told = progressOf(ada);
    const [, total] = told.at(-1) ?? [];
    expect(total).toBeGreaterThan(900);
    expect(told.length).toBeGreaterThan(2);
    expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).toSorted((a, b) => a - b));
    expect(told.at(-1)).toEqual([total, total]);
    expect(told.every(([, each]) => each === total)).toBe(true);
    // The state of the line was told first: the bar stands under a room that is there.
    const types = ada.events.map(({ type }) => type);
    expect(types.indexOf('ready')).toBeLessThan(types.indexOf('progress'));
  });

  it('has the times at which its lines were said', async () => {
    const ada = await cameInto(120);
    const before = Date.now();
    const [first, last] = [ada.room.history(1_000)[5], ada.room.history(1_000).at(-3)];
    expect((last?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(60_000);
    expect(last?.at).toBeLessThanOrEqual(before);
  });
});

describe('what people said who have gone', () => {
  it('has their names, also where their coming is not in the backlog', async () => {
    rig = await RoomRig.start();
    const host = await rig.host('tea', { backlog: 3 });
    const cleo = await rig.person('cleo');
    const bob = await rig.person('bob');
    await cleo.joins(host.invite);
    await bob.joins(host.invite);
    for (const number of [1, 2, 3, 4, 5, 6]) cleo.room.say(`line ${number}`);
    await bob.hears('line 6');
    await cleo.room.leave();
    await bob.seen('line', ({ line }) => line.kind === 'leave');
    const ada = await rig.person('ada');
    await ada.joins(host.invite);
    await ada.seen('line', ({ line }) => line.kind === 'leave');
    const lines = ada.room.history(20);
    expect(lines.flatMap((line) => textOf(line) ?? [])).toEqual(['line 4', 'line 5', 'line 6']);
    expect(new Set(lines.slice(0, 3).map(({ by }) => by.nick))).toEqual(new Set(['cleo']));
    expect(lines.find(({ kind }) => kind === 'leave')).toMatchObject({ who: { nick: 'cleo' } });
  });
});

describe('a room with more history than is taken at once', () => {
  const beyond = 1_100;

  it(
    'has all of it searched once it was fetched, part by part and as long as nobody stops',
    async () => {
      const lines = MAX_BACKLOG_EVENTS + beyond;
      const ada = await cameInto(lines);
      const { room } = ada;
      expect(progressOf(ada).at(-1)).toEqual([MAX_BACKLOG_EVENTS, MAX_BACKLOG_EVENTS]);
      const { unfetched } = room;
      expect(unfetched).toBeGreaterThan(beyond);
      expect(found(room, lineOf(7))).toEqual([]);

      const told: (readonly [number, number])[] = [];
      await fetchHistory(room, { most: 200, progress: (...each) => told.push(each) });
      expect(told).toEqual([0, 200].map((done) => [done, 200]));
      const stop = new AbortController();
      const progress = (done: number): void => {
        if (done > 0) stop.abort();
      };
      await fetchHistory(room, { most: 100_000, signal: stop.signal, progress });
      expect(room.unfetched).toBe(unfetched - 700);
      // Who asks meanwhile is answered next, with what comes before that.
      expect(await Promise.all([room.fetchOlder(100), room.fetchOlder(100)])).toEqual([100, 100]);
      expect(room.unfetched).toBe(unfetched - 900);
      await fetchHistory(room, { most: 100_000, progress: () => undefined });
      expect(room.unfetched).toBe(0);

      expect(found(room, lineOf(7))).toEqual([lineOf(7)]);
      expect(found(room, 'line').slice(0, 2)).toEqual([lineOf(lines), lineOf(lines - 1)]);
      const all = room.search('line', 10_000).map(({ seq = 0 }) => seq);
      expect(all).toEqual(all.toSorted((a, b) => b - a));
      expect(all).toHaveLength(lines);
    },
    PATIENCE_MS,
  );
});
