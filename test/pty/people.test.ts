import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Stage } from '../support/stage.ts';
import type { Terminal } from '../support/terminal.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

async function start(nick: string): Promise<Terminal> {
  const terminal = stage.terminal(nick, [], { columns: 100, rows: 30 });
  await terminal.see('What shall the others call you?');
  terminal.enter(nick);
  await terminal.see(/Lobby/);
  return terminal;
}

describe('two people at two terminals', () => {
  it('open windows for each other, compare numbers, and keep each other out', async () => {
    const [ada, bob] = [await start('ada'), await start('bob')];
    ada.enter('/host tea');
    await ada.see(/ada joined/);
    await bob.see(/tea\s+(LAN|relay)/i);
    bob.type('\r');
    await ada.see(/bob joined/);

    ada.enter('/query bob');
    await ada.see('only the two of you can read them');
    ada.enter('just between us');
    await ada.see(/just between us ✓/);
    await bob.see(/ada → you \(whisper\): just between us/);
    bob.enter('/reply quite so');
    await ada.see(/bob {2}quite so/);

    ada.enter('/fingerprint bob');
    await ada.see(/face to face or by phone/);
    // The same number for a camera.
    await ada.see(/█▀▀▀▀▀▀▀█[^]*█ █▀▀▀█ █/);
    ada.enter('/verify bob');
    await ada.see('read you the same 12 groups?');
    ada.type('y');
    await ada.see(/is verified/);
    ada.enter('/whois bob');
    await ada.see(/verified: you compared numbers/);

    ada.enter('/leave');
    await ada.see(/^ tea[^]*bob +✓/);
    ada.enter('/ignore bob');
    await ada.see(/You see nothing of bob~/);
    bob.enter('anybody there?');
    await bob.see(/anybody there\? ✓/);
    ada.enter('only me');
    await ada.see(/only me ✓/);
    expect(ada.text()).not.toContain('anybody there?');
    ada.enter('/unignore bob');
    await ada.see(/anybody there\?[^]*only me ✓[^]*You see bob~\w+ again/);
    ada.enter('/query nobody');
    await ada.see(/Nobody called nobody is known here/);
  });
});

describe('somebody who comes under a known name', () => {
  it('is told apart, and written to only after /trust', async () => {
    const [ada, bob] = [await start('ada'), await start('bob')];
    ada.enter('/host tea');
    await ada.see(/ada joined/);
    await bob.see(/tea\s+(LAN|relay)/i);
    bob.type('\r');
    await ada.see(/bob joined/);
    ada.enter('/whisper bob is it you?');
    await bob.see(/ada → you \(whisper\): is it you\?/);
    bob.enter('/quit');
    await ada.see(/bob left/);
    const other = stage.terminal('other', ['--nick', 'bob'], { columns: 100, rows: 30 });
    await other.see(/tea\s+(LAN|relay)/i);
    other.type('\r');
    await ada.see(/is not who you know by this name/);
    await ada.see(/bob~\w{4} +!/);
    const tag = /bob~(\w{4}) +!/.exec(ada.text())?.[1] ?? '';
    ada.enter('/whisper bob secret');
    await ada.see(/Nothing was\s+▎? ?sent|Nothing was sent/);
    ada.type('\u0015');
    ada.enter(`/trust bob~${tag}`);
    await ada.see(/for you from now on/);
    ada.enter(`/whisper bob~${tag} welcome`);
    await other.see(/ada → you \(whisper\): welcome/);
    expect(other.text()).not.toContain('secret');
  });
});
