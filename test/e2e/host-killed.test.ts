import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { toHex } from '../../src/shared/bytes.ts';
import { parseInvite } from '../../src/shared/crypto/invite.ts';
import { randomBytes } from '../../src/shared/crypto/sign.ts';
import { memberFor, relayFor, tempFile } from '../host/room-rig.ts';
import { endWithUs } from '../support/end-with-us.ts';
import { transcriptOf } from '../support/peers/transcript.ts';

interface Ready {
  readonly room: string;
  readonly log: string;
  readonly invite: string;
}

async function hostProcess(...args: string[]): Promise<{ child: ChildProcess; ready: Ready }> {
  const script = fileURLToPath(new URL('../host/host-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  endWithUs(child);
  onTestFinished(() => void child.kill('SIGKILL'));
  if (!child.stdout) throw new Error('no output');
  for await (const line of createInterface(child.stdout)) return { child, ready: JSON.parse(line) as Ready };
  throw new Error('host ended');
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
    const confirmed = transcriptOf(ada);
    const last = ada
      .casts()
      .filter(({ message }) => message?.t === 'event')
      .at(-1);

    const second = await hostProcess(...args);
    expect(second.ready).toEqual(first.ready);
    const back = await memberFor({ ...options, signer: ada.signer }).join();
    expect(transcriptOf(back).slice(0, confirmed.length)).toEqual(confirmed);
    expect(back.welcome.head[0]).toBeGreaterThanOrEqual(last?.seq ?? Number.NaN);
    expect(back.welcome.head[2]).toBeGreaterThan(last?.kepoch ?? Number.NaN);
    expect(await back.line('again')).toBe(back.welcome.head[0] + 1);
    second.child.kill('SIGKILL');
    await once(second.child, 'exit');
  });
});
