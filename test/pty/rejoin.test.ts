import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Stage } from '../support/stage.ts';
import type { Terminal } from '../support/terminal.ts';

let stage: Stage;
let url: string;
beforeEach(async () => {
  stage = new Stage();
  ({ url } = await stage.relay());
});
afterEach(() => stage.close());

const alt = (key: string): string => `\u001b${key}`;

function host(title: string, ...options: readonly string[]) {
  return stage.host(`host-${title}`, title, '--relay', url, '--no-lan', '--nick', 'tom', ...options);
}

function ada(...args: readonly string[]): Terminal {
  return stage.terminal('ada', ['--no-lan', '--nick', 'ada', ...args]);
}

async function joined(one: Terminal, target: string, title: string): Promise<void> {
  one.enter(`/join ${target}`);
  await one.see(new RegExp(`^ ${title} [^]*ada joined[^]*Connected`));
}

async function quit(one: Terminal): Promise<void> {
  one.enter('/quit');
  await one.exited;
}

/** Bob says this in a room, from a script. */
async function bobSays(room: string, text: string): Promise<void> {
  const pipe = stage.program('bob', 'pipe', room, '--relay', url, '--no-lan', '--nick', 'bob');
  pipe.send(text);
  pipe.end();
  expect((await pipe.exited).code).toBe(0);
}

describe('the next start', () => {
  it('comes back to the rooms that were open, a private one too, with what was said meanwhile; not to one that was left', async () => {
    const { ready: club } = await host('club', '--private', '--code');
    await host('tea');
    const invite = String(club['invite']);
    const first = ada('--relay', url);
    await first.see(/^ Lobby/);
    await joined(first, invite, 'club');
    await joined(first, 'tea', 'tea');
    first.enter('before');
    await first.see(/before ✓/);
    first.type(alt('1'));
    await first.see(/^ club [^]*1? ?tea/);
    first.enter('also before');
    await first.see(/also before ✓/);
    await quit(first);
    await bobSays('tea', 'meanwhile');
    // Without a word about the relay: the rooms know it.
    const second = ada();
    await second.see(/^ club [^]*› club[^]*2 tea[^]*also before ✓[^]*Connected/);
    await second.see(/2 tea +1/);
    second.type(alt('2'));
    await second.see(/before ✓[^]*new since you left[^]*bob: +meanwhile[^]*Connected/);
    second.enter('/leave');
    await second.see(/^ Lobby/);
    await quit(second);
    const third = ada();
    await third.see(/1 club +relay/);
    expect(third.text()).not.toMatch(/2 tea/);
  });

  it('after a kill: the room of the command line is in front, and one whose host is gone is away and can be read', async () => {
    const { program } = await host('tea');
    await host('chess');
    const first = ada('--relay', url);
    await first.see(/^ Lobby/);
    await joined(first, 'tea', 'tea');
    first.enter('the kettle is on');
    await first.see(/kettle is on ✓/);
    await joined(first, 'chess', 'chess');
    first.kill('SIGKILL');
    await first.exited;
    await program.close();
    const second = ada('tea');
    await second.see(/^ tea [^]*kettle is on ✓[^]*Host is away/);
    second.enter('are you there?');
    await second.see(/are you there\? …[^]*1 waiting/);
    await second.see(/2 chess +relay/);
    await host('tea');
    await second.see(/are you there\? ✓[^]*Connected/);
  });

  it('has an empty list where rejoining is switched off, for a guest, and where the file is damaged, which is named', async () => {
    await host('tea');
    const first = ada('--relay', url);
    await first.see(/^ Lobby/);
    await joined(first, 'tea', 'tea');
    const guest = ada('--relay', url);
    await guest.see(/^ Lobby[^]*guest[^]*tea/);
    expect(guest.text()).not.toMatch(/1 tea/);
    await quit(guest);
    first.enter('/set rejoin off');
    await first.see('rejoin is off now.');
    await quit(first);
    const off = ada('--relay', url);
    await off.see(/^ Lobby[^]*› tea/);
    off.enter('/set rejoin on');
    await off.see('rejoin is on now.');
    await quit(off);
    writeFileSync(stage.path('ada', 'data', 'open-rooms.json'), '{"rooms": [');
    const damaged = ada('--relay', url);
    await damaged.see(/Which rooms were open could not be read/);
    await damaged.see(/› tea/);
  });
});
