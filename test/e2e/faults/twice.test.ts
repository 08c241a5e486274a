import { cpSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FaultStage } from '../../support/faults/fault-stage.ts';
import { run, type Program } from '../../support/program.ts';

function hostArgs(url: string): string[] {
  return ['host', 'tea', '--relay', url, '--rate', '1000', '--backlog', '100000'];
}

describe.concurrent('one room hosted twice', () => {
  it('of one profile: the second process says so and ends, the first goes on', async ({ onTestFinished }) => {
    const stage = await FaultStage.start({ limits: { pingMs: 1_000, pongMs: 1_000 } });
    onTestFinished(() => stage.close());
    const [ada] = await stage.three();
    const second = await run(hostArgs(stage.url), { env: stage.env('host') });
    expect(second.code).toBe(77);
    expect(second.stderr).toBe('chat-tui: This room is open already; /rooms lists it.\n');
    await ada.answered(ada.say(3));
    expect((await stage.verdict('one profile hosting twice')).faults).toEqual([]);
  });

  it('of two copies of a profile: one writes, the other waits; when the first hangs, they change places for good', async ({
    onTestFinished,
  }) => {
    const stage = await FaultStage.start({ limits: { pingMs: 1_000, pongMs: 1_000 } });
    onTestFinished(() => stage.close());
    const [ada, bob] = await stage.three();
    await ada.answered([...ada.say(3), ...ada.say(1, 'bob')]);
    cpSync(stage.path('host'), stage.path('copy'), { recursive: true });
    const first = stage.hostProgram;
    const second = stage.programWith('copy', hostArgs(stage.url), {});
    await isTaken(second);
    expect(second.lines.filter(({ event }) => event === 'ready')).toEqual([]);

    first?.kill('SIGSTOP');
    await second.event('ready', undefined, 30_000);
    await bob.answered(bob.say(3));
    first?.kill('SIGCONT');
    if (first) await isTaken(first);
    await ada.answered(ada.say(3));
    expect((await stage.verdict('two copies of a profile hosting')).faults).toEqual([]);
  });
});

async function isTaken(host: Program): Promise<void> {
  await host.event('state', ({ reason }) => reason === 'taken' || reason === 'fenced', 30_000);
}
