import { cpSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { FaultStage, type Member } from '../../support/faults/fault-stage.ts';
import { run, type JsonLine, type Program } from '../../support/program.ts';

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
    expect(second.stderr).toBe('chat-tui: This room is open already; chat-tui rooms lists it.\n');
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
    await second.event('ready');
    await bob.answered(bob.say(3));
    first?.kill('SIGCONT');
    if (first) await isTaken(first);
    await ada.answered(ada.say(3));
    expect((await stage.verdict('two copies of a profile hosting')).faults).toEqual([]);
  });

  it('of a copy that is older than the room: it waits, and when it serves all the same everybody is told, twice', async ({
    onTestFinished,
  }) => {
    const stage = await FaultStage.start({ limits: { pingMs: 1_000, pongMs: 1_000 } });
    onTestFinished(() => stage.close());
    const people = await stage.three();
    const [ada, bob] = people;
    const before = ada.say(3);
    await ada.answered(before);
    await stage.killHost();
    cpSync(stage.path('host'), stage.path('copy'), { recursive: true });
    await stage.startHost();
    const later = [...ada.say(2), ...bob.say(2)];
    await Promise.all(people.map((one) => shows(one, later)));

    // As on another machine, to which somebody has put back last week's copy.
    const elsewhere = { CHAT_TUI_RUNTIME: stage.path('elsewhere'), HOME: stage.path('elsewhere') };
    const stale = stage.programWith('copy', hostArgs(stage.url), { env: elsewhere });
    await isTaken(stale);
    await ada.answered(ada.say(1));
    const last = stage.said.at(-1)?.token ?? '';
    await Promise.all(people.map((one) => shows(one, [last])));
    await stage.killHost();
    await stale.event('ready');
    await Promise.all(people.map((one) => toldOfAnotherPast(one, 1)));
    const aside = bob.say(2);
    await bob.answered(aside);
    await Promise.all(people.map((one) => shows(one, aside)));

    const first = stage.programWith('host', hostArgs(stage.url), {});
    await isTaken(first);
    expect(first.lines.filter(({ event }) => event === 'ready')).toEqual([]);
    await stale.close();
    await first.event('ready');
    await Promise.all(people.map((one) => toldOfAnotherPast(one, 2)));
    const after = [...ada.say(2), ...bob.say(2)];
    await Promise.all(people.map((one) => shows(one, after)));

    const texts = people.map(({ program }) =>
      program.lines.flatMap(({ event, text }) => (event === 'message' ? [String(text)] : [])),
    );
    for (const shown of texts) expect(new Set(shown).size, 'shown once').toBe(shown.length);
    expect(texts[1]).toEqual(texts[0]);
    expect(texts[2]).toEqual(texts[0]);
    // Its own log lacks nothing that was ✓ in it, and has nothing of the copy's.
    const reader = stage.person('reader');
    await reader.start(true);
    await shows(reader, after);
    const read = reader.program.lines.flatMap(({ event, text }) =>
      event === 'message' ? [String(text)] : [],
    );
    expect(read.toSorted()).toEqual([...before, ...later, last, ...after].toSorted());
    expect(read).toEqual(texts[0]?.filter((text) => !aside.includes(text)));
  });

  it('with renewals that are lost: who comes second holds the room, the first is told and ends', async ({
    onTestFinished,
  }) => {
    const stage = await FaultStage.start({ limits: { leaseMs: 3_000 } });
    onTestFinished(() => stage.close());
    await stage.killHost();
    const proxy = await FaultProxy.start(() => stage.url, stage.dice.seed);
    onTestFinished(() => proxy.close());
    const first = stage.programWith('host', hostArgs(proxy.url), {});
    await first.event('ready');
    const [ada, bob] = await stage.three();
    await ada.answered([...ada.say(2), ...bob.say(2)].slice(0, 2));
    cpSync(stage.path('host'), stage.path('copy'), { recursive: true });
    proxy.misbehave({ rates: { drop: 1 }, hits: (way, kind) => way === 'up' && kind === 'renew' });
    const elsewhere = { CHAT_TUI_RUNTIME: stage.path('elsewhere'), HOME: stage.path('elsewhere') };
    const second = stage.programWith('copy', hostArgs(stage.url), { env: elsewhere });
    await second.event('ready');
    proxy.honest();
    expect((await first.exited).code).toBe(77);
    expect(first.stderr).toBe(
      'chat-tui: Another process took over hosting this room; this one has stopped.\n',
    );
    await ada.answered(ada.say(2));
    await bob.answered(bob.say(1));
  });
});

async function shows({ program }: Member, tokens: readonly string[]): Promise<void> {
  for (const token of tokens) await program.event('message', ({ text }) => text === token);
}

async function toldOfAnotherPast({ program }: Member, times: number): Promise<void> {
  const told = ({ event, reason }: JsonLine): boolean => event === 'resumed' && reason === 'diverged';
  await program.until(() => program.lines.filter(told).length >= times || undefined, 'diverged');
}

async function isTaken(host: Program): Promise<void> {
  await host.event('state', ({ reason }) => reason === 'taken' || reason === 'fenced');
}
