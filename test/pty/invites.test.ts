import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { formatCode, formatInvite, generateCode, parseInvite } from '../../src/shared/crypto/invite.ts';
import { Stage } from '../support/stage.ts';
import type { Terminal } from '../support/terminal.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

const wide = { columns: 120, rows: 50 };
const warning = 'others on this machine can see this invite';

/** ada in her room, which asks for a code; a screen on which a link is one row. */
async function club(url: string): Promise<Terminal> {
  const ada = stage.terminal('ada', ['--relay', url, '--no-lan', '--nick', 'ada'], wide);
  await ada.see(/Lobby/);
  ada.enter('/host club --private --code');
  await ada.see(/ada joined/);
  return ada;
}

function person(nick: string, ...args: readonly string[]): Terminal {
  return stage.terminal(nick, ['--no-lan', '--nick', nick, ...args], wide);
}

/** What a room's answers say, without the rows that a pane breaks them into. */
async function answered(terminal: Terminal, after: RegExp): Promise<string> {
  await terminal.see(after);
  const rows = terminal.rows().map((row) => /▎ (.*?)(?: *│.*)?$/.exec(row)?.[1]?.trim() ?? '');
  return rows.join('\n');
}

const linkIn = (text: string): string => {
  const link = parseInvite(/tcs?:[^]*?~[a-z2-7]{4}/.exec(text)?.[0]?.replace(/\s+/g, '') ?? '');
  if (!link) throw new Error(`no link in:\n${text}`);
  return formatInvite(link);
};

/** Two rows of four words. */
const wordsIn = (text: string): string => {
  const rows = /^(?:[a-z]{4,8} ){3}[a-z]{4,8}\n(?:[a-z]{4,8} ){3}[a-z]{4,8}$/m.exec(text);
  return rows?.[0].replace('\n', ' ') ?? '';
};

describe('an invite', () => {
  it('is shown as a link and a figure; given as an argument it leads in, with a warning', async () => {
    const { url } = await stage.relay();
    const ada = await club(url);
    ada.enter('/invite');
    await ada.see(/[▀▄█]{20}/);
    const link = linkIn(await answered(ada, /~[a-z2-7]{4}/));
    expect(parseInvite(link)?.code).toBeDefined();
    const bob = person('bob', link);
    await bob.see(/bob joined/);
    expect(bob.raw).toContain(warning);
    await ada.see(/bob joined/);
  });

  it('of eight words is typed as it was heard, and is for one person', async () => {
    const { url } = await stage.relay();
    const ada = await club(url);
    ada.enter('/invite --words');
    const words = wordsIn(await answered(ada, /For one person, for 1 h/));
    const [bob, cleo] = [person('bob', '--relay', url), person('cleo')];
    await bob.see(/Lobby/);
    bob.enter(
      `/join ${words
        .split(' ')
        .map((word) => word.slice(0, 4).toUpperCase())
        .join(', ')}`,
    );
    await bob.see(/bob joined/);
    await cleo.see(/Lobby/);
    cleo.enter(`/connect ${url}`);
    await cleo.see(/Connected to/);
    cleo.enter(`/join ${words}`);
    await cleo.see(/Nobody answers to these words/);
    expect(cleo.text()).toContain(`/join ${words.slice(0, 20)}`);
    ada.enter('/invites');
    await ada.see(/eight words +used by bob/);
  });

  it('for one person, run out or taken back is refused by its own sentence', async () => {
    const { url } = await stage.relay();
    const ada = await club(url);
    const links: string[] = [];
    for (const options of ['--once', '--expires 1s', '--expires 2h']) {
      ada.enter('/clear');
      await ada.see(/^(?![^]*takes it back)/);
      ada.enter(`/invite ${options}`);
      links.push(linkIn(await answered(ada, /takes it back/)));
    }
    const overBy = Date.now() + 2_000;
    ada.enter('/invites --revoke 3');
    await ada.see('Invite 3 leads nowhere any more.');
    const [once = '', expired = '', revoked = ''] = links;
    const [bob, cleo] = [person('bob'), person('cleo')];
    await Promise.all([bob.see(/Lobby/), cleo.see(/Lobby/)]);
    bob.enter(`/join ${once}`);
    await bob.see(/bob joined/);
    cleo.enter(`/join ${once}`);
    await cleo.see(/This invite was for one person/);
    cleo.type('\u0015');
    cleo.enter(`/join ${revoked}`);
    await cleo.see(/This invite was taken back/);
    cleo.type('\u0015');
    await vi.waitUntil(() => Date.now() > overBy, { timeout: 10_000 });
    cleo.enter(`/join ${expired}`);
    await cleo.see(/This invite has run out/);
    ada.enter('/invites');
    await ada.see(/1 +for one person +used by bob[^]*2 +for anybody +run out[^]*3 +for anybody +taken back/);
  });

  it('that is cut off, damaged or of another version says so, and stays in the input', async () => {
    const { url } = await stage.relay();
    const host = await stage.host('host', 'tea', '--relay', url);
    const link = String(host.ready['invite']);
    const bob = person('bob');
    await bob.see(/Lobby/);
    for (const [wrong, words] of [
      [link.slice(0, -20), /That invite is cut off/],
      [link.replace(/#./, (key) => (key === '#7' ? '#6' : '#7')), /That invite is damaged/],
      [link.replace('tc:', 'tc9:'), /made by another version/],
    ] as const) {
      bob.enter(`/join ${wrong}`);
      await bob.see(words);
      expect(bob.text()).toContain('/join tc');
      bob.type('\u0015');
    }
  });

  it('asked for by /join alone is shown nowhere', async () => {
    const { url } = await stage.relay();
    const host = await stage.host('host', 'club', '--relay', url, '--private', '--code');
    const link = String(host.ready['invite']);
    const bob = person('bob');
    await bob.see(/Lobby/);
    bob.enter('/join');
    await bob.see(/Invite, or a room/);
    bob.type(link);
    bob.type('\r');
    await bob.see(/bob joined/);
    expect(bob.raw).not.toContain(link.slice(-20));
  });

  it('comes from a prompt or a file without a warning', async () => {
    const { url } = await stage.relay();
    const host = await stage.host('host', 'club', '--relay', url, '--private', '--code');
    const link = String(host.ready['invite']);
    const bob = person('bob', '--invite-file', '-');
    await bob.see(/Invite:/);
    bob.type(`${link}\r`);
    await bob.see(/bob joined/);
    writeFileSync(stage.path('invite'), `${link}\n`, { mode: 0o600 });
    const cleo = person('cleo', '--invite-file', stage.path('invite'));
    await cleo.see(/cleo joined/);
    for (const terminal of [bob, cleo]) expect(terminal.raw).not.toContain(warning);
    for (const { pid } of [bob, cleo])
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(link.slice(0, 40));
  });

  it('may leave its code to a file', async () => {
    const { url } = await stage.relay();
    const host = await stage.host('host', 'club', '--relay', url, '--code');
    const invite = parseInvite(String(host.ready['invite']));
    if (!invite?.code) throw new Error('an invite without a code');
    const { code, ...bare } = invite;
    writeFileSync(stage.path('code'), `${formatCode(code)}\n`, { mode: 0o600 });
    for (const target of [formatInvite(bare), 'club']) {
      const bob = person(
        target === 'club' ? 'cleo' : 'bob',
        target,
        '--relay',
        url,
        '--code-file',
        stage.path('code'),
      );
      await bob.see(/joined/);
      expect(bob.raw).not.toContain(warning);
    }
  });

  it('that anybody changed to lead to another key is refused before anything is sent', async () => {
    const { url } = await stage.relay();
    const host = await stage.host('host', 'tea', '--relay', url);
    const other = await stage.host('other', 'coffee', '--relay', url);
    const [good, foreign] = [host, other].map(({ ready }) => parseInvite(String(ready['invite'])));
    if (!good || !foreign) throw new Error('no invites');
    const forged = formatInvite({ ...good, key: foreign.key, code: generateCode() });
    const bob = person('bob', forged);
    await bob.see(/This invite names another key/);
    expect(host.program.lines.some(({ event }) => event === 'join')).toBe(false);
  });
});
