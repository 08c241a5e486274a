import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { HostEvent } from '../../src/host/host-events.ts';
import type { RunningHost } from '../../src/host/start.ts';
import { toHex } from '../../src/shared/bytes.ts';
import { parseInvite } from '../../src/shared/crypto/invite.ts';
import { randomBytes } from '../../src/shared/crypto/sign.ts';
import { hostOptions } from './host-options.ts';
import { hostFor, memberFor, relayFor, roomRig, tempFile } from './room-rig.ts';

interface Ready {
  readonly room: string;
  readonly log: string;
  readonly invite: string;
}

async function hostProcess(...args: string[]): Promise<{ child: ChildProcess; ready: Ready }> {
  const script = fileURLToPath(new URL('host-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  if (!child.stdout) throw new Error('no output');
  for await (const line of createInterface(child.stdout)) return { child, ready: JSON.parse(line) as Ready };
  throw new Error('host ended');
}

function heard(host: RunningHost, type: HostEvent['type']): Promise<void> {
  return new Promise((resolve) => {
    const done = host.on((event) => {
      if (event.type !== type) return;
      done();
      resolve();
    });
  });
}

describe('a host that is killed', () => {
  it('comes back with the same room, log and every line it had confirmed', async () => {
    const relay = await relayFor();
    const seed = randomBytes(32);
    const args = [relay.url, tempFile(), toHex(seed)];
    const first = await hostProcess(...args);
    const invite = parseInvite(first.ready.invite);
    if (!invite) throw new Error('no invite');
    const options = { relayUrl: relay.url, room: invite.room, code: invite.code, nick: 'ada' };
    const ada = await memberFor(options).join();
    const events = Array.from({ length: 200 }, (_, i) => ada.event(`line ${i}`));
    for (const event of events) ada.post(event);
    await ada.castOf(events[60]?.id ?? new Uint8Array());
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    await ada.hungUp();
    const confirmed = ada.transcript();
    const last = ada
      .casts()
      .filter(({ message }) => message?.t === 'event')
      .at(-1);

    const second = await hostProcess(...args);
    expect(second.ready).toEqual(first.ready);
    const back = await memberFor({ ...options, signer: ada.signer }).join();
    expect(back.transcript().slice(0, confirmed.length)).toEqual(confirmed);
    expect(back.welcome.head[0]).toBeGreaterThanOrEqual(last?.seq ?? Number.NaN);
    expect(back.welcome.head[2]).toBeGreaterThan(last?.kepoch ?? Number.NaN);
    expect(await back.line('again')).toBe(back.welcome.head[0] + 1);
    second.child.kill('SIGKILL');
    await once(second.child, 'exit');
  });
});

describe('a host that was closed', () => {
  it('knows its room, topic, code and members when it is started again', async () => {
    const dataFile = tempFile();
    const { relay, signer, host, member } = await roomRig({
      dataFile,
      code: true,
      topic: 'milk',
      private: true,
    });
    const ada = await member({ nick: 'ada' }).join();
    await ada.line('one');
    host.setTopic('sugar');
    await ada.roundTrip();
    await host.close();
    const again = await hostFor(hostOptions(relay.url, signer, { dataFile, title: 'other' }));
    expect([again.room, again.log, again.invite, again.title, again.topic, again.private]).toEqual([
      host.room,
      host.log,
      host.invite,
      'tea',
      'sugar',
      true,
    ]);
    const back = await member({ signer: ada.signer }).join();
    expect(back.transcript().filter((line) => line === '+ada')).toHaveLength(1);
    expect(back.welcome.counter).toBe(1);
  });

  it('makes who stays away a leaver after the grace time', async () => {
    const dataFile = tempFile();
    const { relay, signer, host, member } = await roomRig({ dataFile });
    const ada = await member({ nick: 'ada' }).join();
    await host.close();
    const again = await hostFor(hostOptions(relay.url, signer, { dataFile, graceMs: 30 }));
    if (again.members().length > 1) await heard(again, 'left');
    expect(again.members().map(({ nick }) => nick)).toEqual(['host']);
    expect(ada.transcript().at(-1)).toBe('+ada');
  });

  it('takes another code when told to', async () => {
    const dataFile = tempFile();
    const { relay, signer, host } = await roomRig({ dataFile, code: true });
    await host.close();
    const open = await hostFor(hostOptions(relay.url, signer, { dataFile, code: false }));
    expect(open.code).toBeUndefined();
    await memberFor({ relayUrl: relay.url, room: open.room }).join();
  });
});

describe('a host whose relay restarts', () => {
  it('opens the room again and goes on with the same log', async () => {
    const { relay, host, member } = await roomRig();
    const ada = await member({ nick: 'ada' }).join();
    await ada.line('one');
    const offline = heard(host, 'offline');
    await relay.close();
    await offline;
    expect(host.state).toBe('offline');
    const online = heard(host, 'online');
    const again = await relayFor({}, relay.port);
    await online;
    const back = await memberFor({ relayUrl: again.url, room: host.room, signer: ada.signer }).join();
    await back.line('two');
    await back.roundTrip();
    expect(back.transcript()).toEqual(['room-opened', '+host', '+ada', 'one', 'two']);
  });
});
