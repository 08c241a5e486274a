import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { longRun } from '../../support/faults/dice.ts';
import { stageOn } from '../../support/faults/small-disk.ts';

const preload = fileURLToPath(new URL('../../support/faults/shifted-clock.mjs', import.meta.url));
const HOUR = 3_600_000;
/** A process whose wall clock jumps back and forth by up to so much, all the time. */
const env = { NODE_OPTIONS: `--import=${preload}`, CLOCK_JUMPS_MS: String(11 * HOUR) };
const rounds = longRun ? 60 : 3;

it(
  'kills on disks that are nearly full, by clocks that jump for hours, lose and double nothing, and every start works',
  async (test) => {
    const folders = ['host', 'ada'].map((home) => [home, 'data']);
    const { stage, disks = [] } = (await stageOn(test, folders, { hostEnv: env })) ?? {};
    if (!stage) return test.skip();
    const { dice } = stage;
    const people = await Promise.all([
      stage.member('ada', env),
      stage.member('bob', env),
      stage.member('cleo'),
    ]);
    for (let round = 0; round < rounds; round++) {
      const disk = disks[dice.int(0, disks.length)];
      disk?.fill(dice.int(0, 65_536));
      for (const person of people) person.say(dice.int(1, 6));
      const roomIsMade = dice.int(0, 1) === 1;
      if (dice.int(0, 1) === 0) {
        await dice.moment(300);
        await stage.killHost();
        if (roomIsMade) disk?.free();
        await stage.startHost(undefined, env);
      } else {
        const victim = dice.pick(people);
        await victim.taken();
        await dice.moment(30);
        await victim.kill();
        if (roomIsMade) disk?.free();
        await victim.start(true);
      }
      disk?.free();
    }
    expect((await stage.verdict(`${rounds} kills on nearly full disks, with jumping clocks`)).faults).toEqual(
      [],
    );
  },
  longRun ? 600_000 : 90_000,
);
