import { afterEach, beforeEach, expect, it } from 'vitest';
import { Stage } from '../support/stage.ts';
import type { Terminal } from '../support/terminal.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

const wide = { columns: 120, rows: 30 };

/** Two relays with a room each, and ada in both; `chess` is on her screen. */
async function twoRelays() {
  const [first, second] = [await stage.relay('first'), await stage.relay('second')];
  await stage.host('host-a', 'tea', '--relay', first.url);
  await stage.host('host-b', 'chess', '--relay', second.url);
  const ada = stage.terminal('ada', ['--no-lan', '--nick', 'ada'], wide);
  await ada.see(/Lobby/);
  for (const { url } of [first, second]) {
    ada.enter(`/connect ${url}`);
    await ada.see(`Connected to ${url}`);
  }
  return { first, second, ada };
}

function pipe(nick: string, room: string, url: string) {
  return stage.program(nick, 'pipe', room, '--relay', url, '--no-lan', '--nick', nick, '--follow', '--json');
}

async function inBoth(ada: Terminal): Promise<void> {
  for (const room of ['tea', 'chess']) {
    ada.enter(`/join ${room}`);
    await ada.see(new RegExp(`^ ${room} [^]*ada joined`));
  }
}

it('rooms carry the short names of their relays, which /relay lists, orders and forgets, also next time', async () => {
  const { first, second, ada } = await twoRelays();
  const [one, two] = [`127.0.0.1:${first.port}`, `127.0.0.1:${second.port}`];
  await ada.see(new RegExp(`chess +${two} +0[^]*tea +${one} +0`));
  ada.enter('/relay');
  await ada.see(new RegExp(`1 +${one} +\\d+ ms, 1 room +${first.url}[^]*2 +${two} +\\d+ ms, 1 room`));
  ada.enter('/relay first 2');
  await ada.see(`${two} comes first now`);
  ada.enter('/quit');
  await ada.exited;
  const again = stage.terminal('ada', ['--no-lan'], wide);
  await again.see(/tea +127/);
  again.enter('/relay');
  await again.see(new RegExp(`1 +${two} [^]*2 +${one} `));
  again.enter(`/relay forget ${one}`);
  await again.see(`Disconnected from ${first.url}.`);
  await again.see(/^(?![^]*tea +relay)[^]*chess +relay/);
  again.enter('/quit');
  await again.exited;
  const last = stage.terminal('ada', ['--no-lan'], wide);
  await last.see(/chess +relay/);
  last.enter('/relay');
  await last.see(new RegExp(`1 +127\\.0\\.0\\.1 +\\d+ ms, 1 room +${second.url}`));
});

it('a relay that stands still, or is killed, does not disturb the rooms of another', async () => {
  const { first, second, ada } = await twoRelays();
  await inBoth(ada);
  const [bob, cleo] = [pipe('bob', 'tea', first.url), pipe('cleo', 'chess', second.url)];
  await Promise.all([bob.event('ready'), cleo.event('ready')]);
  await ada.see(/cleo joined/);
  first.program.kill('SIGSTOP');
  cleo.send({ text: 'still here' });
  await ada.see(/cleo +still here/);
  ada.enter('so am I');
  await cleo.event('message', ({ text }) => text === 'so am I');
  await ada.see(/so am I ✓/);
  ada.enter('/rooms');
  await ada.see(/chess +2 members/);
  first.program.kill('SIGCONT');
  bob.send({ text: 'that was long' });
  await bob.event('sent');
  first.program.kill('SIGKILL');
  await first.program.exited;
  cleo.send({ text: 'and now' });
  await ada.see(/cleo +and now/);
  ada.enter('/relay');
  await ada.see(new RegExp(`connection lost +${first.url}[^]*1 room +${second.url}`));
  const back = await stage.relay('first', first.port);
  expect(back.url).toBe(first.url);
  ada.enter('/join tea');
  await ada.see(/that was long/);
});
