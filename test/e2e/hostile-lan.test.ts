import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_RELAYS_OF_ADDRESS } from '../../src/lan/heard-relays.ts';
import { MIB } from '../../src/shared/limits.ts';
import { residentBytes } from '../support/flood.ts';
import { readWritten, unprintableIn } from '../support/foreign-bytes.ts';
import { Lan } from '../support/lan.ts';
import { Program } from '../support/program.ts';
import { Stage } from '../support/stage.ts';
import { Terminal } from '../support/terminal.ts';

// docs/protocol.md "On a network"; docs/threat-model.md "Somebody on your local network"

const impossible = Lan.impossible();
if (impossible) console.warn(`hostile-lan.test.ts is left out: ${impossible}`);

const peerScript = fileURLToPath(new URL('../support/lan-peer.ts', import.meta.url));
const [MALLORY, ADA, BYSTANDER, STRANGER] = [0, 1, 2, 3];

describe.skipIf(impossible !== undefined)('somebody on the network who announces lies', () => {
  let stage: Stage;
  let lan: Lan;
  let mallory: Program;
  let bystander: Program;
  let stranger: Program;
  let screen: Terminal;
  let grown = 0;

  beforeAll(async () => {
    stage = new Stage();
    lan = new Lan(4);
    lan.moveAway(STRANGER);
    mallory = peer(MALLORY, '10.77.0.1');
    bystander = peer(BYSTANDER, '10.77.0.3', 'bystander');
    stranger = peer(STRANGER, '10.88.0.1', 'stranger', `10.77.0.${ADA + 1}`);
    await Promise.all([mallory, bystander, stranger].map((one) => one.event('ready')));
    screen = new Terminal(['--nick', 'ada'], { cwd: stage.folder, env: env(ADA, 'ada'), by: lan.at(ADA) });
    await screen.see(/rooms/i);
    for (const act of ['escapes', 'broken', 'divert', 'announce', 'double']) await does(act);
    await screen.see(/0tea~[a-z2-7]{4}/);
    const before = residentBytes(screen.pid) ?? 0;
    await does('crowd');
    screen.resize(100, 30);
    await screen.see(/0tea~[a-z2-7]{4}/);
    grown = (residentBytes(screen.pid) ?? 0) - before;
  });
  afterAll(async () => {
    await Promise.all([mallory, bystander, stranger, screen].map((one) => one.close()));
    await stage.close();
    lan.close();
  });

  function env(host: number, home: string): Record<string, string> {
    return {
      ...stage.env(home),
      CHAT_TUI_RUNTIME: stage.path(`run-${host}`),
      CHAT_TUI_LAN_INTERFACES: 'eth0',
    };
  }

  function peer(host: number, ...args: readonly string[]): Program {
    return new Program(args, env(host, 'peer'), stage.folder, peerScript, lan.at(host));
  }

  async function does(what: string): Promise<void> {
    const past = mallory.lines.length;
    mallory.send(what);
    await mallory.until(
      () => mallory.lines.slice(past).find((line) => line.event === 'done' && line['what'] === what),
      what,
    );
  }

  async function counted(who: Program, what: 'count' | 'guests'): Promise<Readonly<Record<string, unknown>>> {
    who.send(what);
    return await who.event(what);
  }

  it('gets nothing onto the terminal but printable text', () => {
    const { foreign, titles } = readWritten(screen.raw);
    expect(foreign).toEqual([]);
    expect(titles.flatMap(unprintableIn)).toEqual([]);
  });

  it('gets nobody into a room: two of one title both have their tag, and nothing is joined unasked', async () => {
    const tags = screen.text().match(/0tea~[a-z2-7]{4}/g) ?? [];
    expect(new Set(tags).size).toBe(2);
    const joining = new Program(
      ['pipe', '0tea', '--nick', 'ada', '--json'],
      env(ADA, 'joining'),
      stage.folder,
      undefined,
      lan.at(ADA),
    );
    expect((await joining.exited).code).not.toBe(0);
    for (const tag of new Set(tags)) expect(joining.stdout + joining.stderr).toContain(tag);
    expect(await counted(mallory, 'guests')).toMatchObject({ count: 0 });
  });

  it('is called at a few ports of the thousands it announced', async () => {
    const { most, calls } = await counted(mallory, 'count');
    expect(calls).toBeGreaterThan(0);
    expect(most).toBeLessThan(MAX_RELAYS_OF_ADDRESS);
    expect(grown).toBeLessThan(64 * MIB);
  });

  it('does not keep an honest host from being found', async () => {
    const host = new Program(
      ['host', '00 honest'],
      env(BYSTANDER, 'honest'),
      stage.folder,
      undefined,
      lan.at(BYSTANDER),
    );
    try {
      await host.event('ready');
      expect(await screen.see('00 honest')).toContain('0tea');
    } finally {
      await host.close();
    }
  });

  it('is not called from behind a router, where anybody in the world may be', async () => {
    expect(await counted(stranger, 'count')).toMatchObject({ calls: 0 });
  });

  it('sends nobody to a third party', async () => {
    expect(await counted(bystander, 'count')).toMatchObject({ calls: 0 });
  });
});
