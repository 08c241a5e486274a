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

function person(nick: string, ...args: readonly string[]): Terminal {
  return stage.terminal(nick, ['--no-lan', '--nick', nick, ...args]);
}

/** Ada at the relay, who hosts this; `title` is what the room is called. */
async function hosting(title: string, ...options: readonly string[]): Promise<Terminal> {
  const ada = person('ada', '--relay', url);
  await ada.see(/^ Lobby/);
  ada.enter(`/host ${[title, ...options].join(' ')}`);
  await ada.see(new RegExp(`^ ${title} [^]*${title} is open while[^]*Connected`));
  return ada;
}

async function quit(one: Terminal): Promise<void> {
  one.enter('/quit');
  await one.exited;
}

describe('a room that was hosted when the program ended', () => {
  it('is open again at the next start, as it was, and its members are in it', async () => {
    const first = await hosting('tea', '--topic', 'green', '--backlog', '1');
    const bob = person('bob', '--relay', url, 'tea');
    await bob.see(/^ tea [^]*Connected/);
    for (const text of ['one', 'two']) {
      first.enter(text);
      await first.see(`${text} ✓`);
    }
    await bob.see(/two/);
    await quit(first);
    await bob.see(/Closed by its host/);
    bob.enter('good morning');
    await bob.see(/good morning …/);
    // Without a word about the relay: the room knows it.
    const second = person('ada');
    await second.see(/^ tea +relay +green[^]*two ✓[^]*tea is open again while[^]*Connected/);
    await second.see(/bob: +good morning/);
    await bob.see(/good morning ✓[^]*Connected/);
    const cleo = stage.program(
      'cleo',
      'pipe',
      'tea',
      '--relay',
      url,
      '--no-lan',
      '--nick',
      'cleo',
      '--history',
      '9',
    );
    cleo.end();
    await cleo.exited;
    expect(cleo.stdout).toMatch(/^[^\n]*<bob> good morning\n[^\n]*cleo joined\n/);
    second.enter('/unhost');
    await second.see('tea is closed.');
    await quit(second);
    const third = person('ada', '--relay', url);
    await third.see(/^ Lobby[^]*No rooms in reach yet/);
    expect(third.text()).not.toMatch(/1 tea/);
  });

  it('is not taken from another program that hosts it by then, nor tried for once more', async () => {
    const first = await hosting('club', '--private', '--code');
    // What is said is on disk before it is sent, and so is what came before it.
    first.enter('hello');
    await first.see('hello ✓');
    first.kill('SIGKILL');
    await first.exited;
    const { program } = await stage.host('ada', 'club', '--relay', url, '--no-lan', '--nick', 'ada');
    const second = person('ada');
    await second.see(/[1›] club +relay/);
    second.type(alt('1'));
    await second.see(/^ club [^]*Another program hosts club[^]*Connected/);
    await quit(second);
    await program.close();
    const third = person('ada');
    await third.see(/^ club [^]*Not open: your lines wait/);
    third.enter('/host club');
    await third.see(/club is open while[^]*Connected/);
    expect(third.text()).not.toContain('Another program');
  });

  it('stays closed for a guest, and where rejoining is switched off', async () => {
    const first = await hosting('tea');
    const guest = person('ada', '--relay', url);
    await guest.see(/^ Lobby[^]*guest[^]*› tea/);
    first.enter('/set rejoin off');
    await first.see('rejoin is off now.');
    await quit(first);
    await guest.see('No rooms in reach yet');
    const second = person('ada', '--relay', url);
    await second.see(/^ Lobby[^]*No rooms in reach yet/);
    second.enter('/set rejoin on');
    await second.see('rejoin is on now.');
    await quit(second);
    const third = person('ada');
    await third.see(/1 tea +relay/);
    third.type(alt('1'));
    await third.see(/^ tea [^]*tea is open again[^]*Connected/);
    await guest.see(/› tea/);
  });
});
