import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Result } from '../../src/client/api.ts';
import { randomBytes, signerFrom } from '../../src/shared/crypto/sign.ts';
import { DAY } from '../../src/shared/limits.ts';
import { decodeFromRelay, encodeControl } from '../../src/shared/wire/codec.ts';
import type { Reply } from '../../src/shared/wire/control.ts';
import { hastyClock } from '../support/hasty-clock.ts';
import { RoomRig, type Watched } from '../support/room-rig.ts';
import { flipped, Tamperer } from '../support/tampering-dialler.ts';

const password = 'correct horse battery';

describe('an account', () => {
  let rig: RoomRig;
  beforeEach(async () => {
    rig = await RoomRig.start({ registrationsPerNetwork: 100, loginFailures: 100 });
  });
  afterEach(() => rig.close());

  const value = <Value>(result: Result<Value>): Value => {
    if (!result.ok) throw new Error(`refused: ${result.code}`);
    return result.value;
  };
  const registered = async (who: Watched, name: string, secret?: string) =>
    value(await who.client.account.register(name, secret));
  /** Every byte the relay keeps. */
  const relayData = (): Buffer => {
    const folder = join(rig.folder, 'relay');
    return Buffer.concat(readdirSync(folder).map((file) => readFileSync(join(folder, file))));
  };

  it('is a name at the relay that others can look up', async () => {
    const ada = await rig.person('ada');
    const bob = await rig.person('bob');
    expect(await ada.client.account.mine()).toEqual({ ok: false, code: 'not-registered' });
    const mine = await registered(ada, 'lovelace');
    expect(mine).toEqual({
      key: ada.client.self.key,
      tag: ada.client.self.tag,
      nick: 'lovelace',
      relay: rig.relay.url,
      password: false,
    });
    expect(value(await ada.client.account.mine())).toEqual(mine);
    const { users, more } = value(await bob.client.account.search('love*'));
    expect(users).toEqual([{ key: mine.key, tag: mine.tag, nick: 'lovelace', online: true }]);
    expect(more).toBe(false);
    expect(await bob.client.account.check('lovelace')).toEqual({ ok: false, code: 'name-taken' });
    expect(await bob.client.account.check('b0b')).toMatchObject({ ok: true });
  });

  it.each([
    ['ab', 'name-too-short'],
    ['Ada', 'bad-name'],
    ['a'.repeat(21), 'bad-name'],
    ['ädа', 'bad-name'],
    ['a b', 'bad-name'],
  ])('is not called %j: %s', async (name, code) => {
    const ada = await rig.person('ada');
    expect(await ada.client.account.register(name, undefined)).toEqual({ ok: false, code });
    expect(await ada.client.account.login(name, undefined)).toEqual({ ok: false, code });
  });

  it.each([
    ['1234567', 'password-too-short'],
    ['👨‍👩‍👧‍👦'.repeat(7), 'password-too-short'],
    ['a'.repeat(1_025), 'password-too-long'],
  ])('has no password like %j: %s', async (secret, code) => {
    const ada = await rig.person('ada');
    expect(await ada.client.account.register('ada', secret)).toEqual({ ok: false, code });
    expect(await ada.client.account.mine()).toMatchObject({ code: 'not-registered' });
  });

  it('needs a relay somebody runs', async () => {
    const ada = await rig.person('ada', { relays: [] });
    expect(await ada.client.account.mine()).toEqual({ ok: false, code: 'no-relay' });
  });

  it('comes to another device with its password, where the former key and history are kept', async () => {
    const ada = await rig.person('ada');
    const progress: number[] = [];
    value(await ada.client.account.register('ada', password, (part) => progress.push(part)));
    expect(progress.at(-1)).toBe(1);
    expect(progress.toSorted((a, b) => a - b)).toEqual(progress);

    const phone = await rig.person('mira', { home: 'phone' });
    const before = phone.client.self.key;
    const host = await rig.host('tea');
    await phone.joins(host.invite);
    expect(phone.client.account.hasHistory).toBe(true);
    expect(await phone.client.account.login('ada', undefined)).toEqual({
      ok: false,
      code: 'password-needed',
    });
    expect(await phone.client.account.login('ada', 'wrong password')).toMatchObject({
      code: 'wrong-password',
    });
    const former = join(rig.folder, 'phone/config/identity.key');
    const formerKey = readFileSync(former, 'utf8');
    expect(value(await phone.client.account.login('ada', password)).key).toBe(ada.client.self.key);
    expect(phone.client.self.key).toBe(before);
    await phone.close();
    expect(readFileSync(former, 'utf8')).toBe(formerKey);

    const asAda = await rig.person('ada', { home: 'phone' });
    expect(asAda.client.self.key).toBe(ada.client.self.key);
    expect(asAda.client.account.hasHistory).toBe(false);
    expect(value(await asAda.client.account.mine())).toMatchObject({ nick: 'ada', password: true });

    value(asAda.client.account.logout());
    await asAda.close();
    const again = await rig.person('mira', { home: 'phone' });
    expect(again.client.self.key).toBe(before);
    expect(again.client.account.hasHistory).toBe(true);
    expect(value(await again.client.account.login('ada', undefined)).key).toBe(ada.client.self.key);
  });

  it('is told on the older device that the newer took over, and the older stays quiet', async () => {
    const ada = await rig.person('ada', { clock: hastyClock(20) });
    await registered(ada, 'ada', password);
    const phone = await rig.person('phone');
    value(await phone.client.account.login('ada', password));
    await phone.close();
    const newer = await rig.person('ada', { home: 'phone' });
    await newer.seen('relays', ({ relays }) => relays.some(({ state }) => state === 'online'));
    await ada.seen('signed-in-elsewhere');
    await ada.seen('relays', ({ relays }) => relays.every(({ state }) => state === 'closed'));
    const bob = await rig.person('bob');
    value(await bob.client.whisper('ada', 'which of you is it?'));
    await newer.seen('whisper', ({ whisper }) => whisper.text === 'which of you is it?');
    expect(ada.all('whisper')).toEqual([]);
    expect(ada.client.relays()).toMatchObject([{ state: 'closed', reason: 'signed-in-elsewhere' }]);
    expect(newer.all('signed-in-elsewhere')).toEqual([]);
  });

  it('reads on the newer device what was sealed for the older, because its sender seals it anew', async () => {
    const ada = await rig.person('ada');
    await registered(ada, 'ada', password);
    const bob = await rig.person('bob');
    await bob.seen('relays', ({ relays }) => relays.some(({ state }) => state === 'online'));
    const delivered = (text: string) =>
      bob.seen('whisper-state', ({ id, state }) => {
        const whisper = bob.client.whispers(50).find((one) => one.id === id);
        return whisper?.text === text && state === 'delivered';
      });
    value(await bob.client.whisper('ada', 'to the older'));
    await delivered('to the older');
    const phone = await rig.person('phone');
    value(await phone.client.account.login('ada', password));
    await phone.close();
    await ada.close();
    // Sealed for the older device: nobody has told bob of the newer.
    value(await bob.client.whisper('ada', 'while you change'));
    const stored = bob.client.whispers(1)[0]?.id;
    await bob.seen('whisper-state', ({ id, state }) => id === stored && state === 'stored');
    const newer = await rig.person('ada', { home: 'phone' });
    await newer.seen('whisper', ({ whisper }) => whisper.text === 'while you change');
    await delivered('while you change');
    value(await bob.client.whisper('ada', 'to the newer'));
    await newer.seen('whisper', ({ whisper }) => whisper.text === 'to the newer');
    await delivered('to the newer');
    expect(newer.all('whisper').map(({ whisper }) => whisper.text)).toEqual([
      'while you change',
      'to the newer',
    ]);
  });

  it('leaves neither password nor key in what the relay keeps', async () => {
    const ada = await rig.person('ada');
    await registered(ada, 'ada', password);
    value(await ada.client.account.setPassword('another one entirely'));
    const kept = relayData();
    expect(kept.includes('ada')).toBe(true);
    const seed = ada.profile.seed();
    for (const secret of [password, 'another one entirely']) {
      expect(kept.includes(secret)).toBe(false);
      expect(kept.includes(Buffer.from(secret).toString('base64'))).toBe(false);
      expect(kept.includes(Buffer.from(secret).toString('hex'))).toBe(false);
    }
    expect(kept.includes(Buffer.from(seed))).toBe(false);
  });

  it('opens with the newest password alone, and with none when that is removed', async () => {
    const ada = await rig.person('ada');
    await registered(ada, 'ada', password);
    expect(value(await ada.client.account.setPassword('a new password')).password).toBe(true);
    const eve = await rig.person('eve');
    expect(await eve.client.account.login('ada', password)).toMatchObject({ code: 'wrong-password' });
    expect(value(await ada.client.account.setPassword(undefined)).password).toBe(false);
    expect(await eve.client.account.login('ada', 'a new password')).toMatchObject({ code: 'wrong-password' });
  });

  it('takes a password that is typed with other code points for the same letters', async () => {
    const ada = await rig.person('ada');
    await registered(ada, 'ada', 'Schlüssel-bund'.normalize('NFC'));
    const phone = await rig.person('phone');
    const logged = await phone.client.account.login('ada', 'Schlüssel-bund'.normalize('NFD'));
    expect(value(logged).key).toBe(ada.client.self.key);
  });

  it('is whispered to by somebody who has never met its owner, who is away, and known by that key from then on', async () => {
    const ada = await rig.person('ada-here');
    await registered(ada, 'ada');
    await ada.seen('relays', ({ relays }) => relays.some(({ state }) => state === 'online'));
    await ada.client.ping(rig.relay.url);
    await ada.close();
    const bob = await rig.person('bob');
    await bob.seen('relays', ({ relays }) => relays.some(({ state }) => state === 'online'));
    const sent = value(await bob.client.whisper('ADA', 'tea at five?'));
    expect(sent.with).toEqual({ key: ada.client.self.key, tag: ada.client.self.tag, nick: 'ada' });
    await bob.seen('whisper-state', ({ state }) => state === 'stored');
    const back = await rig.person('ada-here');
    await back.seen('whisper', ({ whisper }) => whisper.text === 'tea at five?');
    expect(await bob.client.whisper('nobody-here', 'hello')).toMatchObject({ code: 'no-such-person' });
    expect(value(bob.client.people.find('ada')).key).toBe(ada.client.self.key);
  });

  it('is given up once what waits was delivered; mail to others stays, and the name is held', async () => {
    const ada = await rig.person('ada');
    const bob = await rig.person('bob');
    await registered(ada, 'ada', password);
    await registered(bob, 'bob');
    await bob.close();
    value(await ada.client.whisper('bob', 'last words'));
    expect(value(await ada.client.account.remove({ stay: false }))).toBe('ada');
    expect(await ada.client.account.mine()).toMatchObject({ code: 'not-registered' });
    const states = ada.all('whisper-state').map(({ state }) => state);
    expect(states).toContain('stored');
    const back = await rig.person('bob');
    await back.seen('whisper', ({ whisper }) => whisper.text === 'last words');
    expect(await back.client.account.login('ada', password)).toMatchObject({ code: 'no-such-name' });
    const eve = await rig.person('eve');
    expect(await eve.client.account.register('ada', undefined)).toMatchObject({ code: 'name-taken' });
    await back.client.whisper(ada.client.self.key, 'are you there?');
    await back.seen('whisper-state', ({ code }) => code === 'not-delivered');
    expect(value(await ada.client.account.register('ada', undefined)).nick).toBe('ada');
  });

  it('is found again after the relay was restarted', async () => {
    const ada = await rig.person('ada');
    await registered(ada, 'ada', password);
    await ada.close();
    await rig.restartRelay();
    const phone = await rig.person('phone');
    expect(value(await phone.client.account.login('ada', password)).nick).toBe('ada');
  });

  it('is nobody’s who is only a guest of the profile', async () => {
    await rig.person('ada');
    const guest = await rig.person('ada');
    expect(guest.client.self.guest).toBe(true);
    expect(await guest.client.account.register('ada', undefined)).toMatchObject({ code: 'guest-only' });
    expect(await guest.client.account.login('ada', undefined)).toMatchObject({ code: 'guest-only' });
    expect(guest.client.account.logout()).toMatchObject({ code: 'guest-only' });
  });

  it('says when its relay has given out enough names or heard enough wrong passwords', async () => {
    await rig.close();
    rig = await RoomRig.start({ registrationsPerNetwork: 1, loginFailures: 1 });
    const ada = await rig.person('ada');
    const bob = await rig.person('bob');
    await registered(ada, 'ada', password);
    expect(await bob.client.account.register('bob', undefined)).toMatchObject({
      code: 'registration-limit',
      retryMs: expect.closeTo(DAY, -5),
    });
    expect(await bob.client.account.login('ada', 'wrong password')).toMatchObject({ code: 'wrong-password' });
    expect(await bob.client.account.login('ada', password)).toMatchObject({ code: 'login-limit' });
  });

  it('makes somebody new of whoever logs out of a profile’s first key, which stays', async () => {
    const ada = await rig.person('ada');
    const { key } = ada.client.self;
    await registered(ada, 'ada');
    value(ada.client.account.logout());
    await ada.close();
    expect(existsSync(join(rig.folder, 'ada/config/identity.key'))).toBe(true);
    const other = await rig.person('ada');
    expect(other.client.self.key).not.toBe(key);
    value(await other.client.account.login('ada', undefined));
    await other.close();
    expect((await rig.person('ada')).client.self.key).toBe(key);
  });
});

describe('a relay that cheats at a login', () => {
  let rig: RoomRig;
  beforeEach(async () => {
    rig = await RoomRig.start({ registrationsPerNetwork: 100, loginFailures: 100 });
  });
  afterEach(() => rig.close());

  /** Logs in on a phone while `change` does to the relay's answers what it likes. */
  async function loggingIn(change: (reply: Reply) => Reply) {
    const ada = await rig.person('ada');
    expect(await ada.client.account.register('ada', password)).toMatchObject({ ok: true });
    const between = new Tamperer();
    between.onFrame = (type, frame) => {
      if (type !== 'control') return [frame];
      const decoded = decodeFromRelay(frame);
      return decoded.type === 'control' ? [encodeControl(change(decoded.message))] : [frame];
    };
    const phone = await rig.person('phone', { dialler: between.dialler });
    const before = phone.client.self.key;
    const outcome = await phone.client.account.login('ada', password);
    await phone.close();
    const after = await rig.person('phone');
    expect(after.client.self.key === before).toBe(!outcome.ok);
    return outcome.ok ? 'logged in' : outcome.code;
  }

  it('does not when it is honest', async () => {
    expect(await loggingIn((reply) => reply)).toBe('logged in');
  });

  it.each([
    ['less memory', { kib: 8 }],
    ['so much memory that the machine stops', { kib: 4_000_000 }],
    ['no passes', { passes: 0 }],
    ['more lanes', { lanes: 2 }],
  ])('by asking for %s: nothing is stretched or sent', async (_, change) => {
    const asked: string[] = [];
    const code = await loggingIn((reply) => {
      asked.push(reply.t);
      return reply.t === 'backup-challenge' ? { ...reply, stretch: { ...reply.stretch, ...change } } : reply;
    });
    expect(code).toBe('unsafe-stretch');
    expect(asked).not.toContain('backup');
  });

  it('with the commitment of another key', async () => {
    const code = await loggingIn((reply) =>
      reply.t === 'backup' ? { ...reply, commitment: flipped(reply.commitment, 0) } : reply,
    );
    expect(code).toBe('bad-backup');
  });

  it('with a backup of its own making', async () => {
    const code = await loggingIn((reply) =>
      reply.t === 'backup' ? { ...reply, sealed: flipped(reply.sealed, -1) } : reply,
    );
    expect(code).toBe('bad-backup');
  });

  it('with a name that its owner never signed', async () => {
    const { publicKey } = signerFrom(randomBytes(32));
    const code = await loggingIn((reply) =>
      reply.t === 'name-found' ? { ...reply, identity: publicKey } : reply,
    );
    expect(code).toBe('protocol');
  });

  it('with another name than was asked for', async () => {
    const bob = await rig.person('bob');
    await bob.client.account.register('bob', undefined);
    const found = new Map<string, Reply>();
    const between = new Tamperer();
    between.onFrame = (type, frame) => {
      const decoded = type === 'control' ? decodeFromRelay(frame) : undefined;
      if (decoded?.type !== 'control' || decoded.message.t !== 'name-found') return [frame];
      const { message } = decoded;
      found.set(message.name, message);
      const other = found.get('bob') ?? message;
      return [encodeControl(other.t === 'name-found' ? { ...other, rid: message.rid } : message)];
    };
    const ada = await rig.person('ada');
    await ada.client.account.register('ada', undefined);
    const eve = await rig.person('eve', { dialler: between.dialler });
    expect(await eve.client.account.check('bob')).toMatchObject({ code: 'name-taken' });
    expect(await eve.client.account.login('ada', undefined)).toMatchObject({ code: 'protocol' });
    expect(await eve.client.whisper('ada', 'is it you?')).toMatchObject({ code: 'no-such-person' });
  });
});
