import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { SqliteHistory } from '../../../src/host/history/sqlite-history.ts';
import { longRun } from '../../support/faults/dice.ts';
import { tally } from '../../support/faults/tally.ts';
import type { Program } from '../../support/program.ts';
import { hastyClock } from '../../support/hasty-clock.ts';
import { enters, RoomRig, type Watched } from '../../support/room-rig.ts';
import { Stage } from '../../support/stage.ts';

// docs/protocol.md "Liveness", "Limits"

const size = longRun ? 250 : 40;
const relayScript = fileURLToPath(new URL('../../support/faults/relay-process.ts', import.meta.url));
/** One address plays everybody; what a room and its members may do is as everywhere. */
const limits = { connectionsPerNetwork: 1_000, loginsPerNetwork: 1_000, newConnectionsPerNetwork: 1_000_000 };
const BACK_MS = 60_000;
const WINDOW_MS = 100;

it(`${size} members of one room are back within a minute after their relay was killed, spread out, with every line`, async ({
  onTestFinished,
}) => {
  const rig = await RoomRig.start();
  const stage = new Stage();
  onTestFinished(async () => {
    await rig.close();
    await stage.close();
  });
  const relay = async (port = 0): Promise<{ program: Program; url: string }> => {
    const args = [String(port), stage.path('relay'), JSON.stringify(limits)];
    const program = stage.programWith('relay', args, { script: relayScript });
    const { url } = await program.event('listening');
    return { program, url: String(url) };
  };
  const first = await relay();
  // Those who were not let run for a while are not to come back together for it.
  const clock = hastyClock(1);
  const people: Watched[] = [];
  for (let i = 0; i < size; i++) people.push(await rig.person(`m${i}`, { relays: [first.url], clock }));
  const host = await rig.host('tea', { relayUrl: first.url });
  await host.close();
  membersOf(join(rig.folder, 'tea.db'), people);
  const { invite } = await rig.host('tea', { relayUrl: first.url });
  for (let at = 0; at < size; at += 25)
    await Promise.all(people.slice(at, at + 25).map((one) => enters(one, invite)));
  people[0]?.room.say('before');
  await Promise.all(people.map((one) => one.hears('before')));

  await first.program.close();
  await Promise.all(people.map((one) => one.seen('state', ({ state }) => state !== 'online')));
  const said = people.slice(0, 10).map((one) => {
    const text = `while away, by ${one.client.self.nick}`;
    expect(one.room.say(text).ok).toBe(true);
    return text;
  });
  const from = performance.now();
  const second = await relay(Number(new URL(first.url).port));
  const inAgain = people.map(async (one) => {
    await one.until(() => (one.room.state === 'online' ? true : undefined), 'in again', BACK_MS);
    return performance.now() - from;
  });
  const took = await Promise.all(inAgain);
  for (const text of said) await Promise.all(people.map((one) => one.hears(text)));

  const gone = people.flatMap((one) => [...one.all('removed'), ...one.all('failed'), ...one.all('gap')]);
  expect(gone).toEqual([]);
  const texts = people.map((one) => one.texts);
  for (const shown of texts) expect(shown).toEqual(texts[0]);
  expect(texts[0]?.toSorted()).toEqual(['before', ...said].toSorted());
  expect(Math.max(...took)).toBeLessThan(BACK_MS);
  const logins = second.program.lines.flatMap(({ event, purpose, at }) =>
    event === 'login' && purpose === 'member' ? [Date.parse(String(at))] : [],
  );
  expect(logins.length).toBeGreaterThanOrEqual(size);
  expect(most(logins), 'logins at the same time').toBeLessThan(0.75 * logins.length);
  const took95 = took.toSorted((a, b) => a - b)[Math.floor(0.95 * size)] ?? 0;
  console.log(
    `faults: ${size} back: 95 % after ${Math.round(took95)} ms, all after ${Math.round(Math.max(...took))} ms, ` +
      `at most ${most(logins)} of ${logins.length} logins in ${WINDOW_MS} ms`,
  );
  const messages = said.length + 1;
  tally({
    what: `relay killed under ${size} members`,
    messages,
    sent: messages,
    lost: 0,
    twice: 0,
    conflicts: 0,
    gaps: 0,
    timedOut: 0,
  });
}, 240_000);

/** Puts people on the roster of a room that nobody hosts now: joining one by one takes strangers a second each. */
function membersOf(file: string, people: readonly Watched[]): void {
  const history = new SqliteHistory(file);
  const members = people.map(({ profile, client }) => ({
    key: profile.signer.publicKey,
    nick: client.self.nick,
    role: 'member' as const,
    floor: 1,
    counter: 0,
    onRoster: true,
    kicked: false,
  }));
  history.append({ events: [], members });
  history.close();
}

/** The most of these times that lie within one window. */
function most(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Math.max(
    ...sorted.map((start) => sorted.filter((at) => at >= start && at < start + WINDOW_MS).length),
  );
}
