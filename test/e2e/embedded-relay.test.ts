import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startEmbeddedRelay, MAX_EMBEDDED_RELAYS } from '../../src/lan/embedded.ts';
import { defaultLimits } from '../../src/relay/limits.ts';
import { randomBytes } from '../../src/shared/crypto/sign.ts';
import { KIB } from '../../src/shared/limits.ts';
import { closeCodes } from '../../src/shared/wire/close-codes.ts';
import { newSigner, rawClient, signIn } from '../support/relay-rig.ts';
import { localRelays } from '../../src/lan/runtime-folder.ts';

let base: string;
const running: { close(): Promise<void> }[] = [];
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'chat-tui-test-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((relay) => relay.close()));
  rmSync(base, { recursive: true, force: true });
});

async function start(profile = 'profile') {
  const relay = await startEmbeddedRelay({ dataDir: join(base, profile), runtimeDir: join(base, 'run') });
  if (relay) running.push(relay);
  return relay;
}

function urls(): string[] {
  return (localRelays(join(base, 'run')) ?? []).map((relay) => relay.url);
}

describe('an embedded relay', () => {
  it('listens on loopback only and is announced until it is closed', async () => {
    const relay = await start();
    expect(relay?.url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
    expect(urls()).toEqual([relay?.url]);
    await running.pop()?.close();
    expect(urls()).toEqual([]);
  });

  it('whose folder cannot be used names the option of whoever hosts', async () => {
    const folder = join(base, 'profile', 'embedded', '0');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'data'), '');
    await expect(start()).rejects.toMatchObject({
      text: expect.stringMatching(/choose another with --home/),
    });
  });

  it('fills nobody’s disk: beyond its share it takes no more mail, until that was fetched', async () => {
    const share = 256 * KIB;
    const again = async () => {
      const relay = await startEmbeddedRelay({
        dataDir: join(base, 'profile'),
        runtimeDir: join(base, 'run'),
        storageBytes: share,
      });
      if (!relay) throw new Error('no relay');
      running.push(relay);
      return relay;
    };
    const relay = await again();
    const cleo = newSigner();
    const [ada, bob] = [await signIn(relay), await signIn(relay, 'member', cleo)];
    await bob.client.request({ t: 'put-prekey', prekey: randomBytes(100) }, 'ok');
    await bob.client.close();
    const mail = () =>
      ({ t: 'put-mail', to: cleo.publicKey, id: randomBytes(16), mail: randomBytes(16 * KIB) }) as const;
    let answer = await ada.client.ask(mail());
    for (let left = share; left > 0 && answer.t === 'mail-stored'; left -= 16 * KIB)
      answer = await ada.client.ask(mail());
    // How much there is is looked at now and then, and at the start.
    await running.pop()?.close();
    const fuller = await again();
    expect(await (await signIn(fuller)).client.ask(mail())).toMatchObject({ code: 'storage-full' });
    const back = await signIn(fuller, 'member', cleo);
    for (let fetched = 0; fetched < 12; fetched++) {
      const { from, id } = await back.client.expect('mail');
      back.client.tell({ t: 'ack-mail', mails: [{ from, id }] });
    }
    await back.client.settled();
    await running.pop()?.close();
    await (await signIn(await again())).client.request(mail(), 'mail-stored');
  });

  it('is as strict as any: 4 frames before login, and a budget after it', async () => {
    const relay = await start();
    if (!relay) throw new Error('no relay');
    const early = rawClient(relay);
    await early.expect('challenge');
    for (let rid = 1; rid <= defaultLimits.loginFrames + 1; rid++) early.tell({ t: 'ping', rid });
    expect(await early.closed).toBe(closeCodes.loginTimeout);
    const { client, hello } = await signIn(relay);
    expect(hello.limits).toMatchObject({
      framesPerSecond: defaultLimits.memberFramesPerSecond,
      bytesPerSecond: defaultLimits.memberBytesPerSecond,
    });
    for (let rid = 1; rid <= defaultLimits.memberFrameBurst + 600; rid++) client.tell({ t: 'ping', rid });
    expect(await client.closed).toBe(closeCodes.tooFast);
  });

  it('keeps identity and port from one start to the next', async () => {
    const first = await start();
    await running.pop()?.close();
    const second = await start();
    expect(second).toMatchObject({ url: first?.url, relayId: first?.relayId });
  });

  it('takes another port where the system keeps the last one for itself', async () => {
    const first = await start();
    await running.pop()?.close();
    vi.spyOn(Server.prototype, 'listen').mockImplementationOnce(function (this: Server) {
      const denied = Object.assign(new Error('listen EACCES: permission denied'), { code: 'EACCES' });
      process.nextTick(() => this.emit('error', denied));
      return this;
    });
    onTestFinished(() => void vi.restoreAllMocks());
    const second = await start();
    expect(second).toMatchObject({ relayId: first?.relayId });
    expect(second?.url).not.toBe(first?.url);
  });

  it('is another relay once its profile is on another machine, and keeps what was left with it', async () => {
    const place = join(base, 'profile', 'embedded', '0');
    const seen = [(await start())?.relayId];
    // There and back, and there again: what was left the first time is still somebody's.
    for (const left of ['data-of-cafecafe', 'data-of-cafecafe-2']) {
      await running.pop()?.close();
      writeFileSync(join(place, 'machine'), 'cafecafe of another machine');
      const moved = await start();
      expect(seen).not.toContain(moved?.relayId);
      seen.push(moved?.relayId);
      expect(existsSync(join(place, left, 'relay.key'))).toBe(true);
    }
  });

  it('takes a place of its own beside another of the same profile, up to a bound', async () => {
    const relays = [];
    for (let i = 0; i < MAX_EMBEDDED_RELAYS; i++) relays.push(await start());
    expect(new Set(relays.map((relay) => relay?.relayId)).size).toBe(MAX_EMBEDDED_RELAYS);
    expect(urls()).toHaveLength(MAX_EMBEDDED_RELAYS);
    expect(await start()).toBeUndefined();
    expect(await start('another')).toBeDefined();
  });

  it('keeps its folders to its user', async () => {
    await start();
    expect(statSync(join(base, 'profile', 'embedded', '0')).mode & 0o777).toBe(0o700);
    expect(statSync(join(base, 'profile', 'embedded', '0', 'lock')).mode & 0o777).toBe(0o600);
  });
});
