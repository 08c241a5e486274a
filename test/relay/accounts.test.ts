import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { passwordKeys, sealBackup } from '../../src/shared/crypto/account.ts';
import { labels, randomBytes, signerFrom } from '../../src/shared/crypto/sign.ts';
import { idBytes } from '../../src/shared/ids.ts';
import { DAY, DEFAULT_STRETCH, MAX_FOUND_NAMES, MAX_SEARCH, MINUTE } from '../../src/shared/limits.ts';
import { openDataDir } from '../../src/relay/data-dir.ts';
import { DATABASE_FILE } from '../../src/relay/data-files.ts';
import { startRelay, type RunningRelay } from '../../src/relay/index.ts';
import { defaultLimits } from '../../src/relay/limits.ts';
import { nameBytes, passwordProofBytes } from '../../src/shared/wire/account.ts';
import { FakeClock, newSigner, relayRig, signIn, type SignedIn } from '../support/relay-rig.ts';

function dataDir(): string {
  const folder = mkdtempSync(join(tmpdir(), 'relay-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const local = { listen: { host: '127.0.0.1', port: 0 } };

const many = {
  memberFrameBurst: 10_000,
  connectionsPerNetwork: 1_000,
  newConnectionsPerNetwork: 1_000,
  loginsPerNetwork: 100,
};

function claim(relay: RunningRelay, { signer }: Pick<SignedIn, 'signer'>, name: string, at = 1) {
  const sig = signer.sign(labels.name, nameBytes({ relay: idBytes(relay.relayId), name, at }));
  return { t: 'claim-name', name, at, sig } as const;
}

async function registered(relay: RunningRelay, name: string, signer = newSigner()): Promise<SignedIn> {
  const who = await signIn(relay, 'member', signer);
  await who.client.request(claim(relay, who, name), 'ok');
  return who;
}

/** What a client that knows the stretched password would leave at the relay. */
function backupOf(relay: RunningRelay, name: string, seed: Uint8Array, stretched: Uint8Array) {
  const id = idBytes(relay.relayId);
  const keys = passwordKeys(stretched, id);
  const account = { relay: id, name, identity: signerFrom(seed).publicKey };
  return {
    stretch: { salt: randomBytes(16), ...DEFAULT_STRETCH },
    login: keys.login.publicKey,
    commitment: keys.commitment,
    sealed: sealBackup(keys, account, seed),
  };
}

async function tryPassword(relay: RunningRelay, who: SignedIn, name: string, stretched: Uint8Array) {
  const { nonce: relayNonce } = await who.client.request({ t: 'ask-backup', name }, 'backup-challenge');
  const nonce = randomBytes(32);
  const id = idBytes(relay.relayId);
  const proof = passwordKeys(stretched, id).login.sign(
    labels.passwordProof,
    passwordProofBytes({ relay: id, relayNonce, clientNonce: nonce, name }),
  );
  return who.client.ask({ t: 'get-backup', name, nonce, proof });
}

describe.each(['memory', 'disk'])('names at a relay in %s', (kind) => {
  const rig = (limits = {}, clock?: FakeClock) =>
    relayRig({
      dataDir: kind === 'disk' ? dataDir() : undefined,
      limits: { ...many, registrationsPerNetwork: 1_000, ...limits },
      ...(clock ? { clock } : {}),
    });

  it('are claimed with a signature that everybody who looks them up can check', async () => {
    const relay = await rig();
    const ada = await registered(relay, 'ada');
    const { client } = await signIn(relay);
    const found = await client.request({ t: 'lookup', by: { name: 'ada' } }, 'name-found');
    expect(found).toMatchObject({ name: 'ada', at: 1, online: true });
    expect(Buffer.from(found.identity).equals(ada.signer.publicKey)).toBe(true);
    expect(found.sig).toEqual(claim(relay, ada, 'ada').sig);
    expect(found).not.toHaveProperty('password');
    const own = { t: 'lookup', by: { identity: ada.signer.publicKey } } as const;
    expect(await ada.client.request(own, 'name-found')).toMatchObject({ name: 'ada', password: false });
    await ada.client.close();
    expect(await client.request(own, 'name-found')).toMatchObject({ online: false });
  });

  it.each([
    'ab',
    'a'.repeat(21),
    'Ada',
    'a da',
    'ada!',
    'аda',
    '',
    // What paths, patterns, subjects and queries would read otherwise.
    '../ada',
    '..',
    'a.b',
    'a*b',
    'a%b',
    'a>b',
    "a'b",
    'a;b',
    'a\0b',
    'a\nb',
    'a\u202eb',
  ])('are no %j', async (name) => {
    const relay = await rig();
    const who = await signIn(relay);
    expect(await who.client.ask(claim(relay, who, name))).toMatchObject({ code: 'bad-name' });
  });

  it.each(['abc', 'a'.repeat(20), 'a-d_a', '007'])('may be %j', async (name) => {
    const { client } = await registered(await rig(), name);
    expect(await client.ask({ t: 'lookup', by: { name } })).toMatchObject({ name });
  });

  it('are refused when taken, alike, or a second one', async () => {
    const relay = await rig();
    const ada = await registered(relay, 'bob');
    const eve = await signIn(relay);
    expect(await eve.client.ask(claim(relay, eve, 'bob'))).toMatchObject({ code: 'name-taken' });
    expect(await eve.client.ask(claim(relay, eve, 'b0b'))).toMatchObject({ code: 'name-lookalike' });
    expect(await ada.client.ask(claim(relay, ada, 'lovelace'))).toMatchObject({ code: 'has-name' });
  });

  it('are nobody’s who did not sign for them here', async () => {
    const relay = await rig();
    const [ada, eve] = [await signIn(relay), await signIn(relay)];
    eve.client.tell({ ...claim(relay, ada, 'ada'), rid: 1 });
    expect(await eve.client.closed).toBe(1002);
    const elsewhere = claim(await relayRig(), ada, 'ada');
    ada.client.tell({ ...elsewhere, rid: 1 });
    expect(await ada.client.closed).toBe(1002);
  });

  it('are not given up by others, and stay held for 90 days', async () => {
    const relay = await rig();
    const ada = await registered(relay, 'ada');
    const eve = await signIn(relay);
    const release = { t: 'release-name', name: 'ada' } as const;
    expect(await eve.client.ask(release)).toMatchObject({ code: 'no-such-name' });
    await ada.client.request(release, 'ok');
    expect(await ada.client.ask({ t: 'lookup', by: { name: 'ada' } })).toMatchObject({
      code: 'no-such-name',
    });
    expect(await eve.client.ask(claim(relay, eve, 'ada'))).toMatchObject({ code: 'name-taken' });
    await ada.client.request(claim(relay, ada, 'ada'), 'ok');
  });

  it('are given up only when the mail that waits was delivered, and what was sent to others stays', async () => {
    const relay = await rig();
    const [ada, bob] = [await registered(relay, 'ada'), await registered(relay, 'bob')];
    for (const { client } of [ada, bob])
      await client.request({ t: 'put-prekey', prekey: randomBytes(50) }, 'ok');
    const mail = (to: SignedIn) =>
      ({ t: 'put-mail', to: to.signer.publicKey, id: randomBytes(16), mail: randomBytes(40) }) as const;
    await bob.client.close();
    await ada.client.request(mail(bob), 'mail-stored');
    const cleo = await signIn(relay);
    await cleo.client.request(mail(ada), 'mail-stored');
    const release = { t: 'release-name', name: 'ada' } as const;
    expect(await ada.client.ask(release)).toMatchObject({ code: 'mail-waiting' });
    const { from, id } = await ada.client.expect('mail');
    ada.client.tell({ t: 'ack-mail', mails: [{ from, id }] });
    await ada.client.request(release, 'ok');
    expect(await cleo.client.ask(mail(ada))).toMatchObject({ code: 'not-delivered' });
    const back = await signIn(relay, 'member', bob.signer);
    expect(Buffer.from((await back.client.expect('mail')).from).equals(ada.signer.publicKey)).toBe(true);
  });

  it('are given up by name: whoever names another keeps their own', async () => {
    const relay = await rig();
    await registered(relay, 'ada');
    const bob = await registered(relay, 'bob');
    expect(await bob.client.ask({ t: 'release-name', name: 'ada' })).toMatchObject({ code: 'no-such-name' });
    for (const name of ['ada', 'bob']) await bob.client.request({ t: 'lookup', by: { name } }, 'name-found');
  });

  it('are one a key also for who asks for two at once', async () => {
    const relay = await rig();
    const ada = await signIn(relay);
    const claims = ['ada', 'lovelace'].map((name) => ada.client.ask(claim(relay, ada, name)));
    expect(await Promise.all(claims)).toMatchObject([{ t: 'ok' }, { code: 'has-name' }]);
  });

  it.runIf(kind === 'disk')(
    'are not to be had where the disk is full; a backup can be taken back',
    async () => {
      const folder = dataDir();
      const roomy = await startRelay({ ...local, dataDir: folder, limits: many });
      const seed = randomBytes(32);
      const { client } = await registered(roomy, 'ada', signerFrom(seed));
      const backup = backupOf(roomy, 'ada', seed, randomBytes(32));
      await client.request({ t: 'put-backup', backup }, 'ok');
      await roomy.close();
      const full = await relayRig({ dataDir: folder, limits: { ...many, diskFull: 0 } });
      const bob = await signIn(full);
      expect(await bob.client.ask(claim(full, bob, 'bob'))).toMatchObject({ code: 'storage-full' });
      const ada = await signIn(full, 'member', signerFrom(seed));
      expect(await ada.client.ask({ t: 'put-backup', backup })).toMatchObject({ code: 'storage-full' });
      await ada.client.request({ t: 'put-backup' }, 'ok');
    },
  );

  it.runIf(kind === 'disk')(
    'are given up also where the disk has no room for what goes with them',
    async () => {
      const folder = dataDir();
      (await openDataDir(folder, defaultLimits)).close();
      const database = new DatabaseSync(join(folder, DATABASE_FILE));
      database.exec("CREATE TRIGGER full BEFORE DELETE ON prekey BEGIN SELECT RAISE(ABORT, 'full'); END");
      database.close();
      const relay = await relayRig({ dataDir: folder, limits: many });
      const ada = await registered(relay, 'ada');
      await ada.client.request({ t: 'put-prekey', prekey: randomBytes(50) }, 'ok');
      await ada.client.request({ t: 'release-name', name: 'ada' }, 'ok');
      expect(await ada.client.ask({ t: 'lookup', by: { name: 'ada' } })).toMatchObject({
        code: 'no-such-name',
      });
    },
  );

  it('are found by a text, at most 50 of them', async () => {
    const relay = await rig();
    await registered(relay, 'ada');
    await registered(relay, 'adam');
    const { client } = await registered(relay, 'bob');
    const search = async (text: string) => {
      const { names, more } = await client.request({ t: 'search-names', text }, 'names');
      return [names.map(({ name }) => name), more];
    };
    expect(await search('')).toEqual([['ada', 'adam', 'bob'], false]);
    expect(await search('DA')).toEqual([['ada', 'adam'], false]);
    expect(await search('*a')).toEqual([['ada'], false]);
    expect(await client.ask({ t: 'search-names', text: "a'; --" })).toMatchObject({ code: 'bad-name' });
    client.tell({ t: 'search-names', rid: 9, text: 'a'.repeat(MAX_SEARCH + 1) });
    expect(await client.closed).toBe(1002);
  });

  it('open a backup to whoever proves the password, and only to them', async () => {
    const relay = await rig();
    const seed = randomBytes(32);
    const ada = await registered(relay, 'ada', signerFrom(seed));
    const stretched = randomBytes(32);
    const backup = backupOf(relay, 'ada', seed, stretched);
    await ada.client.request({ t: 'put-backup', backup }, 'ok');
    const other = await signIn(relay);
    const challenge = await other.client.request({ t: 'ask-backup', name: 'ada' }, 'backup-challenge');
    expect(challenge.stretch).toEqual(backup.stretch);
    expect(await tryPassword(relay, other, 'ada', randomBytes(32))).toMatchObject({ code: 'wrong-password' });
    expect(await tryPassword(relay, other, 'ada', stretched)).toEqual({
      t: 'backup',
      rid: expect.any(Number),
      identity: ada.signer.publicKey,
      commitment: backup.commitment,
      sealed: backup.sealed,
    });
    await ada.client.request({ t: 'put-backup' }, 'ok');
    expect(await tryPassword(relay, other, 'ada', stretched)).toMatchObject({ code: 'wrong-password' });
  });

  it('answer for one that nobody has as for a wrong password', async () => {
    const relay = await rig();
    const who = await signIn(relay);
    const ask = { t: 'ask-backup', name: 'nobody' } as const;
    const first = await who.client.request(ask, 'backup-challenge');
    const again = await who.client.request(ask, 'backup-challenge');
    const another = await who.client.request({ ...ask, name: 'nobody2' }, 'backup-challenge');
    expect(first.stretch).toMatchObject(DEFAULT_STRETCH);
    expect(again.stretch).toEqual(first.stretch);
    expect(again.nonce).not.toEqual(first.nonce);
    expect(another.stretch.salt).not.toEqual(first.stretch.salt);
    expect(await tryPassword(relay, who, 'nobody', randomBytes(32))).toMatchObject({
      code: 'wrong-password',
    });
  });
});

describe('a proof', () => {
  it('is good for one challenge of one name', async () => {
    const relay = await relayRig({ limits: many });
    const seed = randomBytes(32);
    const stretched = randomBytes(32);
    const ada = await registered(relay, 'ada', signerFrom(seed));
    await ada.client.request({ t: 'put-backup', backup: backupOf(relay, 'ada', seed, stretched) }, 'ok');
    const id = idBytes(relay.relayId);
    const { client } = await signIn(relay);
    const { nonce: relayNonce } = await client.request({ t: 'ask-backup', name: 'ada' }, 'backup-challenge');
    const nonce = randomBytes(32);
    const bytes = passwordProofBytes({ relay: id, relayNonce, clientNonce: nonce, name: 'ada' });
    const proof = passwordKeys(stretched, id).login.sign(labels.passwordProof, bytes);
    const request = { t: 'get-backup', name: 'ada', nonce, proof } as const;
    await client.request(request, 'backup');
    expect(await client.ask(request)).toMatchObject({ code: 'login-timeout', fatal: false });
    const again = await signIn(relay);
    await again.client.request({ t: 'ask-backup', name: 'ada' }, 'backup-challenge');
    expect(await again.client.ask(request)).toMatchObject({ code: 'wrong-password' });
  });
});

describe('the limits of names', () => {
  it('let 3 be registered a day from one network, and then one each 8 hours', async () => {
    const clock = new FakeClock();
    const relay = await relayRig({ clock, limits: { ...many, pingMs: 100 * DAY } });
    for (const name of ['ada', 'bob', 'cleo']) await registered(relay, name);
    const dora = await signIn(relay);
    const refused = await dora.client.ask(claim(relay, dora, 'dora'));
    expect(refused).toMatchObject({ code: 'registration-limit', retryMs: DAY / 3, limit: 3 });
    clock.advance(DAY / 3);
    await dora.client.request(claim(relay, dora, 'dora'), 'ok');
  });

  it('do not count names that were refused, nor one that is claimed again', async () => {
    const relay = await relayRig({ clock: new FakeClock(), limits: many });
    const ada = await registered(relay, 'ada');
    for (let i = 0; i < 5; i++) {
      await ada.client.request(claim(relay, ada, 'ada'), 'ok');
      expect(await ada.client.ask(claim(relay, ada, 'other'))).toMatchObject({ code: 'has-name' });
    }
    await registered(relay, 'bob');
    const eve = await signIn(relay);
    for (let i = 0; i < 5; i++)
      expect(await eve.client.ask(claim(relay, eve, 'bob'))).toMatchObject({ code: 'name-taken' });
    await registered(relay, 'cleo');
  });

  it('let 3 passwords be wrong a minute for one account, and lock nobody else out', async () => {
    const clock = new FakeClock();
    const relay = await relayRig({ clock, limits: many });
    const seed = randomBytes(32);
    const stretched = randomBytes(32);
    const ada = await registered(relay, 'ada', signerFrom(seed));
    await ada.client.request({ t: 'put-backup', backup: backupOf(relay, 'ada', seed, stretched) }, 'ok');
    const eve = await signIn(relay);
    for (let i = 0; i < 10; i++)
      expect(await tryPassword(relay, eve, 'ada', stretched)).toMatchObject({ t: 'backup' });
    for (let i = 0; i < 3; i++)
      expect(await tryPassword(relay, eve, 'ada', randomBytes(32))).toMatchObject({ code: 'wrong-password' });
    const refused = await tryPassword(relay, eve, 'ada', stretched);
    expect(refused).toMatchObject({ code: 'login-limit', retryMs: MINUTE / 3, limit: 3 });
    expect(await tryPassword(relay, eve, 'bob', stretched)).toMatchObject({ code: 'wrong-password' });
    clock.advance(MINUTE / 3);
    expect(await tryPassword(relay, eve, 'ada', stretched)).toMatchObject({ t: 'backup' });
  });

  it('let names be searched 20 times a minute from one network', async () => {
    const clock = new FakeClock();
    const relay = await relayRig({ clock, limits: many });
    const { client } = await signIn(relay);
    const search = { t: 'search-names', text: '' } as const;
    for (let i = 0; i < 20; i++) await client.request(search, 'names');
    expect(await client.ask(search)).toMatchObject({ code: 'search-limit', retryMs: 3_000, limit: 20 });
    clock.advance(3_000);
    await client.request(search, 'names');
  });

  it('show 50 names of a search and say that there are more', async () => {
    const relay = await relayRig({ limits: { ...many, registrationsPerNetwork: 100 } });
    const letters = 'abcdefghij';
    const name = (n: number) => `user-${letters.charAt(n / 10)}${letters.charAt(n % 10)}x`;
    const search = async ({ client }: SignedIn) => {
      const { names, more } = await client.request({ t: 'search-names', text: 'user*' }, 'names');
      return [names.length, more];
    };
    let last: SignedIn | undefined;
    for (let n = 0; n < MAX_FOUND_NAMES; n++) {
      await last?.client.close();
      last = await registered(relay, name(n));
    }
    if (!last) throw new Error('nobody is there');
    expect(await search(last)).toEqual([50, false]);
    expect(await search(await registered(relay, name(MAX_FOUND_NAMES)))).toEqual([50, true]);
  });
});
