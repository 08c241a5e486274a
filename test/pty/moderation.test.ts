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

async function start(nick: string): Promise<Terminal> {
  const args = ['--relay', url, '--no-lan', '--nick', nick];
  const terminal = stage.terminal(nick, args, { columns: 100, rows: 30 });
  await terminal.see(/Lobby/);
  return terminal;
}

/** A room of ada's with bob in it. */
async function room(): Promise<{ ada: Terminal; bob: Terminal }> {
  const [ada, bob] = [await start('ada'), await start('bob')];
  ada.enter('/host tea');
  await ada.see(/ada joined/);
  bob.enter('/join tea');
  await ada.see(/bob joined/);
  await bob.see(/bob joined/);
  return { ada, bob };
}
/** A lone Escape, and not the beginning of another key. */
async function escape(terminal: Terminal, gone: string): Promise<void> {
  terminal.type('\u001b');
  await terminal.until(() => !terminal.text().includes(gone), `no ${gone}`);
}
const rewriting = 'rewriting your message';

describe('changing what was said, at two terminals', () => {
  it('rewrites in the input, replies, reacts and takes back', async () => {
    const { ada, bob } = await room();
    bob.enter('milk furst?');
    await ada.see(/bob {2}milk furst\?/);
    ada.enter('/quote bob never');
    await bob.see(/↳ {2}bob: milk furst\?.*\n.*ada {2}never/);
    bob.enter('/edit');
    await bob.see(rewriting);
    await bob.see(/^› milk furst\?/m);
    bob.type(' or last?');
    await bob.see(/^› milk furst\? or last\?/m);
    await escape(bob, rewriting);
    expect(ada.text()).not.toContain('(edited)');
    bob.enter('/edit');
    await bob.see(rewriting);
    bob.type('\u0015');
    bob.enter('milk first?');
    await ada.see(/bob {2}milk first\? \(edited\)/);
    await ada.see(/↳ {2}bob: milk first\?/);
    bob.enter('/react :+1: ada');
    await ada.see(/👍 1/);
    bob.enter('/delete');
    await ada.see(/\(taken back\)/);
    await ada.see(/↳ {2}bob: \(taken back\)/);
    expect(ada.text()).not.toContain('milk');
    bob.enter('/delete ada');
    await bob.see(/Only operators and the owner/);
  });
});

describe('keeping order, at two terminals', () => {
  it('silences, bans and lets in again; what was done is a line, and refusals say what to do', async () => {
    const { ada, bob } = await room();
    bob.enter('/kick ada');
    await bob.see(/Only operators and the owner/);
    bob.type('\u0015');
    ada.enter('/silence bob 10m');
    await bob.see(/ada silenced bob for 10 min/);
    bob.enter('may I?');
    await bob.see(/may I\? ✗[^]*You are silenced in this room for (10|9) min/);
    ada.enter('/silence bob off');
    await bob.see(/ada lets bob speak again/);
    ada.enter('/filter links on');
    await bob.see(/ada keeps links out/);
    bob.enter('see https://example.org');
    await bob.see(/Links are not welcome in this room/);
    ada.enter('/motd mind the cat');
    await ada.see(/ada set the message of the day: mind the cat/);
    ada.enter('/ban bob 2h spam');
    await bob.see(/You are banned from this room for 2 h more\. The reason[^]*given: spam/);
    await ada.see(/ada banned bob for 2 h \(spam\)/);
    bob.enter('/leave');
    await bob.see(/rooms in reach/);
    bob.enter('/nick robert');
    await bob.see(/You are robert now/);
    bob.enter('/join tea');
    await bob.see(/You are banned from this room for 2 h more/);
    bob.type('\u0015');
    ada.enter('/bans');
    await ada.see(/bob~\w{4} +2 h left +by ada +spam/);
    ada.enter('/unban bob');
    await ada.see(/ada lifted the ban of bob/);
    bob.enter('/join tea');
    await bob.see(/mind the cat/);
    await ada.see(/robert joined/);
  });
});
