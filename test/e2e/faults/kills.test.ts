import { describe, expect, it } from 'vitest';
import { longRun } from '../../support/faults/dice.ts';
import { FaultStage } from '../../support/faults/fault-stage.ts';
import { run } from '../../support/program.ts';

const kills = longRun ? 20 : 2;
const timeout = longRun ? 600_000 : 90_000;

describe.concurrent('processes killed at moments nobody chose', () => {
  it('a pipe with nothing to say sends what the one before was killed with, and only then ends', async ({
    onTestFinished,
  }) => {
    const stage = await FaultStage.start();
    onTestFinished(() => stage.close());
    const ada = await stage.member('ada');
    await stage.killHost();
    const tokens = ada.say(12);
    await ada.taken();
    await ada.kill();
    await stage.startHost();
    const again = await run(['pipe', 'tea', '--relay', stage.url, '--nick', 'ada', '--json'], {
      env: stage.env('ada'),
    });
    expect(again.code).toBe(0);
    const sent = again.lines.filter(({ event }) => event === 'sent').map(({ id }) => id);
    expect(sent).toEqual(tokens);
    expect(again.lines.filter(({ event }) => event === 'failed')).toEqual([]);
  });

  it(
    'a host that comes back loses nothing that was sent, doubles nothing and keeps one order',
    async ({ onTestFinished }) => {
      const stage = await FaultStage.start();
      onTestFinished(() => stage.close());
      const people = await stage.three();
      const hush = stage.talk(people);
      for (let kill = 0; kill < kills; kill++) {
        await stage.dice.moment(900);
        await stage.killHost();
        await stage.dice.moment(300);
        await stage.startHost();
      }
      hush();
      expect((await stage.verdict(`host killed ${kills} times`)).faults).toEqual([]);
    },
    timeout,
  );

  it(
    'a relay that comes back loses neither lines nor whispers that it said it had, also just after it said so',
    async ({ onTestFinished }) => {
      const stage = await FaultStage.start();
      onTestFinished(() => stage.close());
      const [ada, bob, cleo] = await stage.three();
      await ada.taken();
      // Bob is away and comes back at the end; the relay keeps what is whispered to him.
      await bob.leave();
      const hush = stage.talk([ada, cleo], longRun ? 300 : 80);
      for (let kill = 0; kill < kills; kill++) {
        const whispers = ada.say(stage.dice.int(1, 3), 'bob');
        if (kill % 2 === 0) await ada.answered(whispers.slice(0, 1));
        else await stage.dice.moment(400);
        await stage.killRelay();
        await stage.dice.moment(300);
        await stage.startRelay();
        await stage.dice.moment(1_000);
      }
      hush();
      const whispers = stage.said.flatMap(({ to, token }) => (to === undefined ? [] : [token]));
      await stage.answered();
      await bob.start();
      for (const token of whispers)
        await bob.program.event('whisper', ({ text }) => text === token).catch(() => undefined);
      expect((await stage.verdict(`relay killed ${kills} times`)).faults).toEqual([]);
    },
    timeout,
  );

  it(
    'a member that comes back sends everything it had taken, once and in order, and shows what it missed',
    async ({ onTestFinished }) => {
      const stage = await FaultStage.start();
      onTestFinished(() => stage.close());
      const people = await stage.three();
      for (let kill = 0; kill < kills; kill++) {
        const victim = stage.dice.pick(people);
        for (const person of people) person.say(stage.dice.int(0, 6));
        if (kill % 2 === 0) {
          // With the host away, everything that is taken stays in the outbox.
          await stage.killHost();
          victim.say(stage.dice.int(5, 25));
          await victim.taken();
          await victim.kill();
          await stage.startHost();
        } else {
          await victim.taken();
          await stage.dice.moment(30);
          await victim.kill();
        }
        await victim.start(true);
      }
      expect((await stage.verdict(`members killed ${kills} times`)).faults).toEqual([]);
    },
    timeout,
  );
});
