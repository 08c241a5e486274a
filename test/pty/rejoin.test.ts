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
  // Who is here is known once the host has told all of it: from then on the room is one to come back to.
  await one.see(new RegExp(`^ ${title} [^]*Here \\d[^]*ada joined[^]*Connected`));
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

describe('what was unread', () => {
  it('is unread at the next start too, with what was said meanwhile, until it is read', async () => {
    await host('tea');
    await host('chess');
    const first = ada('--relay', url);
    await first.see(/^ Lobby/);
    await joined(first, 'tea', 'tea');
    first.enter('before');
    await first.see(/before ✓/);
    await joined(first, 'chess', 'chess');
    await bobSays('tea', 'ada, are you there?');
    await bobSays('tea', 'then later');
    await first.see(/1 tea +@1 2/);
    await quit(first);
    const second = ada();
    await second.see(/1 tea +@1 2[^]*1 mention Alt\+A/);
    await quit(second);
    await bobSays('tea', 'once more, Ada');
    const third = ada();
    await third.see(/1 tea +@2 3[^]*2 mentions Alt\+A/);
    third.type(alt('a'));
    await third.see(/before ✓[^]*new since you left[^]*are you there\?[^]*then later[^]*once more/);
    third.enter('/help');
    await third.see('Esc closes the help');
    third.type(alt('u'));
    await third.see(/^ tea[^\n]*\n[^\n]*new since you left[^]*are you there\?/);
    third.type(alt('2'));
    await third.see(/^ chess [^]*1 tea +relay/);
    third.kill('SIGTERM');
    await third.exited;
    const fourth = ada();
    await fourth.see(/^ chess [^]*1 tea +relay[^]*Connected/);
    fourth.type(alt('1'));
    await fourth.see(/^ tea [^]*Connected/);
    expect(fourth.text()).not.toContain('new since you left');
  });

  it('is so in a window for one person; where it is not known nothing is, and what was damaged is named', async () => {
    await host('tea');
    const first = ada('--relay', url);
    await first.see(/^ Lobby/);
    await joined(first, 'tea', 'tea');
    const bob = stage.terminal('bob', ['tea', '--relay', url, '--no-lan', '--nick', 'bob']);
    await bob.see(/^ tea [^]*Connected/);
    await first.see(/● bob/);
    first.enter('/query bob');
    await first.see(/only the two of you/);
    first.type(alt('1'));
    await first.see(/^ tea /);
    bob.enter('/whisper ada psst');
    await first.see(/2 bob +@1/);
    await quit(first);
    const second = ada();
    await second.see(/^ tea [^]*2 bob +@1/);
    bob.enter('said, ada');
    await second.see(/bob: +said, ada/);
    second.type(alt('2'));
    await second.see(/new since you left[^]*psst/);
    bob.enter('unseen, ada');
    await second.see(/1 tea +@1/);
    await quit(second);
    const file = stage.path('ada', 'data', 'read-positions.json');
    writeFileSync(file, '{"rooms": {');
    const damaged = ada();
    // The window that was in front is one of those that are not known.
    await damaged.see(/^ Lobby [^]*1 tea [^]*Up to where you had read is not known/);
    damaged.type(alt('1'));
    await damaged.see(/^ tea [^]*unseen, ada/);
    expect(damaged.text()).not.toMatch(/@1|^2 bob|new since you left/m);
  });
});
