import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { longRun } from '../../support/faults/dice.ts';
import { FaultStage } from '../../support/faults/fault-stage.ts';
import type { JsonLine } from '../../support/program.ts';

const preload = fileURLToPath(new URL('../../support/faults/shifted-clock.mjs', import.meta.url));
const DAY = 86_400_000;

/** An environment in which the wall clock jumps as soon as the process is sent SIGUSR2. */
function jumping(ms: number): Record<string, string> {
  return { NODE_OPTIONS: `--import=${preload}`, CLOCK_SHIFT_MS: String(ms), CLOCK_SHIFT_LATER: '1' };
}

function isInterruption({ event, state }: JsonLine): boolean {
  return event === 'state' && state !== 'online';
}

const directions = [
  ['a day ahead', DAY],
  ['a day back', -DAY],
] as const;
const all = (['member', 'host', 'relay'] as const).flatMap((party) =>
  directions.map(([name, shift]) => [party, name, shift] as const),
);
// One direction each in the short version: those in which something would grow old too soon.
const chosen = longRun ? all : all.filter(([party, , shift]) => shift > 0 === (party !== 'host'));

describe.concurrent('a wall clock that jumps', () => {
  it.for(chosen)(
    'of the %s, %s, changes neither order, nor presence, nor mail',
    async ([party, name, shift], { onTestFinished }) => {
      const env = jumping(shift);
      const stage = await FaultStage.start({
        ...(party === 'relay' ? { relayEnv: env } : {}),
        ...(party === 'host' ? { hostEnv: env } : {}),
      });
      onTestFinished(() => stage.close());
      const [bob, cleo] = await Promise.all([stage.member('bob'), stage.member('cleo')]);
      const ada = await stage.member('ada', party === 'member' ? env : {});
      await cleo.leave();
      const victim = { member: ada.program, host: stage.hostProgram, relay: stage.relayProgram }[party];
      await ada.answered([...ada.say(2), ...ada.say(1, 'cleo')]);
      victim?.kill('SIGUSR2');
      await ada.answered([...ada.say(3), ...ada.say(2, 'cleo'), ...ada.say(1, 'bob')]);
      await bob.answered([...bob.say(3), ...bob.say(1, 'ada')]);
      // Nobody was taken for gone, and nobody had to come back.
      for (const { program } of [ada, bob]) expect(program.lines.filter(isInterruption)).toEqual([]);
      const away = bob.program.lines.filter(
        ({ event, presence }) => event === 'presence' && presence === 'offline',
      );
      expect(away.map(({ nick }) => nick)).not.toContain('ada');
      await cleo.start();
      const whispers = stage.said.filter(({ to }) => to === 'cleo').map(({ token }) => token);
      for (const token of whispers) await cleo.program.event('whisper', ({ text }) => text === token);
      await ada.answered(ada.say(1));
      expect((await stage.verdict(`wall clock of the ${party} ${name}`)).faults).toEqual([]);
    },
  );
});
