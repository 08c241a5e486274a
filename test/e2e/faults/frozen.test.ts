import { describe, expect, it } from 'vitest';
import { longRun } from '../../support/faults/dice.ts';
import { FaultStage, type Member } from '../../support/faults/fault-stage.ts';
import type { JsonLine, Program } from '../../support/program.ts';

// The short version asks the relay to be impatient; the long one waits for what is promised.
const limits = longRun ? {} : { pingMs: 1_000, pongMs: 1_000 };
const noticedMs = longRun ? 45_000 : 20_000;
const stops = longRun ? 4 : 1;

/** Resolves with the first such line that comes from now on. */
async function next(
  program: Program,
  fits: (line: JsonLine) => boolean,
  timeoutMs: number,
): Promise<JsonLine> {
  const before = program.lines.length;
  return await program.until(
    () => program.lines.slice(before).find(fits),
    'what it was to notice',
    timeoutMs,
  );
}

const isState =
  (...states: readonly string[]) =>
  ({ event, state }: JsonLine): boolean =>
    event === 'state' && states.includes(String(state));

describe.concurrent('a process that stands still', () => {
  it('as a member, is seen as away in time, and has everything when it goes on', async ({
    onTestFinished,
  }) => {
    const stage = await FaultStage.start({ limits });
    onTestFinished(() => stage.close());
    const [ada, bob] = await stage.three();
    const dead = next(
      bob.program,
      ({ event, nick, presence }) => event === 'presence' && nick === 'ada' && presence === 'offline',
      noticedMs,
    );
    ada.say(3);
    ada.program.kill('SIGSTOP');
    ada.say(3);
    bob.say(5);
    await dead;
    ada.program.kill('SIGCONT');
    await next(ada.program, isState('online'), 45_000);
    await bob.program.until(() => (presence(bob, 'ada') === 'offline' ? undefined : true), 'ada is back');
    expect((await stage.verdict('member stopped')).faults).toEqual([]);
  }, 200_000);

  it('as the host, is seen as away in time, and its room goes on when it does', async ({
    onTestFinished,
  }) => {
    const stage = await FaultStage.start({ limits });
    onTestFinished(() => stage.close());
    const people = await stage.three();
    const host = stage.hostProgram;
    const dead = people.map(({ program }) =>
      next(program, isState('host-offline', 'reconnecting'), noticedMs),
    );
    for (const one of people) one.say(3);
    host?.kill('SIGSTOP');
    for (const one of people) one.say(3);
    await Promise.all(dead);
    host?.kill('SIGCONT');
    expect((await stage.verdict('host stopped')).faults).toEqual([]);
  }, 200_000);

  it.skipIf(!longRun)(
    'as the relay, is seen as away in time, and everybody is back when it goes on',
    async ({ onTestFinished }) => {
      const stage = await FaultStage.start();
      onTestFinished(() => stage.close());
      const people = await stage.three();
      const relay = stage.relayProgram;
      const dead = people.map(({ program }) =>
        next(program, isState('host-offline', 'reconnecting'), noticedMs),
      );
      for (const one of people) one.say(3);
      relay?.kill('SIGSTOP');
      for (const one of people) one.say(3);
      await Promise.all(dead);
      relay?.kill('SIGCONT');
      expect((await stage.verdict('relay stopped')).faults).toEqual([]);
    },
    200_000,
  );

  it('for a moment, whoever it is, loses nothing and doubles nothing', async ({ onTestFinished }) => {
    const stage = await FaultStage.start();
    onTestFinished(() => stage.close());
    const people = await stage.three();
    const hush = stage.talk(people);
    for (let stop = 0; stop < stops; stop++)
      for (const program of [stage.relayProgram, stage.hostProgram, stage.dice.pick(people).program]) {
        program?.kill('SIGSTOP');
        await stage.dice.moment(700);
        program?.kill('SIGCONT');
        await stage.dice.moment(200);
      }
    hush();
    expect((await stage.verdict('everybody stopped for a moment')).faults).toEqual([]);
  }, 200_000);
});

/** What this member was last told of somebody. */
function presence({ program }: Member, nick: string): unknown {
  return program.lines.findLast((line) => line.event === 'presence' && line['nick'] === nick)?.['presence'];
}
