import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Stage } from '../support/stage.ts';
import type { Terminal } from '../support/terminal.ts';

const password = 'correct horse battery';
let stage: Stage;
let url: string;
beforeEach(async () => {
  stage = new Stage();
  ({ url } = await stage.relay());
});
afterEach(() => stage.close());

const open = async (home: string, nick: string): Promise<Terminal> => {
  const terminal = stage.terminal(home, ['--relay', url, '--no-lan', '--nick', nick], { columns: 110 });
  await terminal.see(/Lobby/);
  return terminal;
};

async function register(terminal: Terminal, name: string): Promise<void> {
  terminal.enter(`/register ${name}`);
  await terminal.see(new RegExp(`Password of ${name} for other devices`));
  terminal.enter(password);
  await terminal.see(/The same password once more/);
  terminal.enter(password);
  await terminal.see(/working on the password [█░]{12}/);
  await terminal.see(new RegExp(`You are ${name} at this relay`));
}

describe('a name in the terminal', () => {
  it('is registered, and had on another device, where the screen starts from new', async () => {
    const ada = await open('ada', 'ada');
    await register(ada, 'lovelace');
    ada.enter('/account');
    await ada.see(/You are lovelace~[a-z2-7]{4} at ws:/);
    const tag = /lovelace~([a-z2-7]{4})/.exec(ada.text())?.[1];

    const phone = await open('phone', 'mira');
    phone.enter('/login lovelace');
    await phone.see(/Password of lovelace/);
    phone.enter('not the password');
    await phone.see(/Wrong password, or lovelace cannot be had with one/);
    phone.type('\u0015');
    phone.enter('/login lovelace');
    await phone.see(/\? Password of lovelace/);
    phone.enter(password);
    await ada.see(/[Ss]igned in elsewhere/);
    await phone.see(/^ Lobby.* lovelace *\n[^]*127\.0\.0\.1/);
    phone.enter('/account');
    await phone.see(new RegExp(`You are lovelace~${tag} at ws:`));

    const bob = await open('bob', 'bob');
    bob.enter('/users love*');
    await bob.see(/lovelace +~[a-z2-7]{4} +online/);
    bob.enter('/whisper lovelace are you there?');
    await phone.see(/Somebody you have never met whispers to you \(bob~/);
    phone.enter('/inbox');
    await phone.see(/are you there\?/);
    for (const terminal of [ada, phone]) expect(terminal.raw).not.toContain('horse');

    phone.enter('/logout');
    await phone.see(/Log out of lovelace\?/);
    phone.type('y');
    await phone.see(/^ Lobby.* mira *\n[^]*127\.0\.0\.1/);
    phone.enter('/account');
    await phone.see(/You have no name at this relay/);
    // A refused line comes back to the input.
    phone.type('\u0015');
    phone.enter('/quit');
    expect(await phone.exited).toEqual({ exitCode: 0, signal: 0 });
    expect(phone.buffer).toBe('normal');
  });

  it('is refused in one sentence, given another password, and given up', async () => {
    const ada = await open('ada', 'ada');
    for (const [line, sentence] of [
      ['/passwd', /You have no name at this relay/],
      ['/account delete', /You have no name at this relay/],
      ['/login nobody-here', /Nobody is registered as nobody-here/],
      ['/register ab', /A name has at least 3 characters/],
    ] as const) {
      ada.enter('/clear');
      await ada.until(() => !sentence.test(ada.text()), 'nothing of the line before');
      ada.enter(line);
      await ada.see(sentence);
      ada.type('\u0015');
    }
    ada.enter('/register lovelace');
    await ada.see(/Password of lovelace for other devices/);
    ada.enter('short');
    await ada.see(/The same password once more/);
    ada.enter('short');
    await ada.see(/A password has at least 8 characters/);
    ada.type('\u0015');
    await register(ada, 'lovelace');
    ada.enter('/passwd');
    await ada.see(/New password of lovelace/);
    ada.enter('another horse battery');
    await ada.see(/The same password once more/);
    ada.enter('another house battery');
    await ada.see(/The two passwords differ; nothing was changed/);
    ada.type('\u0015');
    ada.enter('/passwd');
    await ada.see(/\? New password of lovelace/);
    ada.enter('another horse battery');
    await ada.see(/\? The same password once more/);
    ada.enter('another horse battery');
    await ada.see(/The password of lovelace is changed/);
    ada.enter('/account delete');
    await ada.see(/Give up lovelace\?/);
    ada.type('n');
    await ada.see(/Nothing was changed/);
    ada.type('\u0015');
    ada.enter('/account delete');
    await ada.see(/\? Give up lovelace\?/);
    ada.type('y');
    await ada.see(/lovelace is given up/);
    ada.enter('/users');
    await ada.see(/Nobody has a name here yet/);
    expect(ada.raw).not.toMatch(/horse|house/);
  });

  it('asks for the password in the shell too, in dots', async () => {
    const shell = stage.terminal('ada', ['account', 'register', 'lovelace', '--relay', url, '--no-lan']);
    await shell.see(/Password of lovelace for other devices; empty: this device only:/);
    shell.type('wrong\u007f\u007f\u007f\u007f\u007f');
    shell.enter(password);
    await shell.see(/The same password once more:/);
    shell.enter(password);
    await shell.see(/You are lovelace at this relay/);
    expect(await shell.exited).toEqual({ exitCode: 0, signal: 0 });
    expect(shell.raw).not.toContain('horse');
    const again = stage.terminal('ada', ['account', 'passwd', '--relay', url, '--no-lan']);
    await again.see(/New password of lovelace/);
    again.type('\u0003');
    expect(await again.exited).toMatchObject({ exitCode: 130 });
  });
});
