import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { utf8 } from '../../src/shared/bytes.ts';
import { randomBytes } from '../../src/shared/crypto/sign.ts';
import { MAX_MAIL_BYTES } from '../../src/shared/limits.ts';
import { openDataDir } from '../../src/relay/data-dir.ts';
import { DATABASE_FILE } from '../../src/relay/data-files.ts';
import { MAIL_WINDOW, RECEIPT_WINDOW } from '../../src/relay/handlers/post.ts';
import { defaultLimits } from '../../src/relay/limits.ts';
import { join, newSigner, openRoom, relayRig, signIn, type SignedIn } from '../support/relay-rig.ts';

function dataDir(): string {
  const folder = mkdtempSync(joinPath(tmpdir(), 'relay-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function reachable(relay: { url: string }, signer = newSigner()): Promise<SignedIn> {
  const person = await signIn(relay, 'member', signer);
  await person.client.request({ t: 'put-prekey', prekey: utf8('prekey') }, 'ok');
  return person;
}

const mailTo = ({ signer }: SignedIn, mail = randomBytes(100), id = randomBytes(16)) =>
  ({ t: 'put-mail', to: signer.publicKey, id, mail }) as const;

describe.each(['memory', 'disk'])('whispers through a relay in %s', (kind) => {
  const rig = (limits = {}) =>
    relayRig({
      dataDir: kind === 'disk' ? dataDir() : undefined,
      limits: { memberFrameBurst: 1_000, ...limits },
    });

  it('reach somebody who is online, once stored, and come back as a receipt', async () => {
    const relay = await rig();
    const [ada, bob] = [await reachable(relay), await reachable(relay)];
    const sent = mailTo(bob);
    await ada.client.request(sent, 'mail-stored');
    const got = await bob.client.expect('mail');
    expect([got.from, got.id, got.mail].map((each) => Buffer.from(each).toString('hex'))).toEqual(
      [ada.signer.publicKey, sent.id, sent.mail].map((each) => Buffer.from(each).toString('hex')),
    );
    expect(Math.abs(got.at - Date.now())).toBeLessThan(60_000);
    bob.client.tell({ t: 'ack-mail', mails: [{ from: got.from, id: got.id }] });
    const receipts = await ada.client.expect('receipts');
    expect(receipts.ids.map((id) => Buffer.from(id).equals(sent.id))).toEqual([true]);
    ada.client.tell({ t: 'ack-receipts', ids: receipts.ids });
    await ada.client.settled();
    const again = await signIn(relay, 'member', ada.signer);
    await again.client.settled();
    expect(again.client.left()).toEqual([]);
  });

  it('come back to their sender from a device that cannot open them', async () => {
    const relay = await rig();
    const [ada, bob] = [await reachable(relay), await reachable(relay)];
    const sent = mailTo(bob);
    await ada.client.request(sent, 'mail-stored');
    const { from, id } = await bob.client.expect('mail');
    bob.client.tell({ t: 'return-mail', mails: [{ from, id }] });
    const { ids, returned } = await ada.client.expect('receipts');
    expect([ids, returned.map((each) => Buffer.from(each).equals(sent.id))]).toEqual([[], [true]]);
    ada.client.tell({ t: 'ack-receipts', ids: returned });
    await ada.client.request({ ...sent, mail: randomBytes(120) }, 'mail-stored');
    expect((await bob.client.expect('mail')).mail).toHaveLength(120);
  });

  it('wait for somebody who is away, and so do receipts', async () => {
    const relay = await rig();
    const [ada, bob] = [await reachable(relay), await reachable(relay)];
    await bob.client.close();
    const sent = mailTo(bob);
    await ada.client.request(sent, 'mail-stored');
    await ada.client.close();
    const back = await signIn(relay, 'member', bob.signer);
    const { from, id } = await back.client.expect('mail');
    back.client.tell({ t: 'ack-mail', mails: [{ from, id }] });
    await back.client.settled();
    const adaBack = await signIn(relay, 'member', ada.signer);
    expect((await adaBack.client.expect('receipts')).ids).toHaveLength(1);
    const bobAgain = await signIn(relay, 'member', bob.signer);
    await bobAgain.client.settled();
    expect(bobAgain.client.left()).toEqual([]);
  });

  it('come again at the next login until they are acknowledged', async () => {
    const relay = await rig();
    const [ada, bob] = [await reachable(relay), await reachable(relay)];
    await ada.client.request(mailTo(bob), 'mail-stored');
    const first = await bob.client.expect('mail');
    const again = await signIn(relay, 'member', bob.signer);
    expect(await again.client.expect('mail')).toEqual(first);
  });

  it('come a window at a time, the next follow acknowledgements, none twice', async () => {
    const relay = await rig();
    const [ada, bob] = [await reachable(relay), await reachable(relay)];
    await bob.client.close();
    const total = MAIL_WINDOW * 2 + 3;
    for (let i = 0; i < total; i++) await ada.client.request(mailTo(bob), 'mail-stored');
    const { client } = await signIn(relay, 'member', bob.signer);
    await client.settled();
    expect(client.left()).toHaveLength(MAIL_WINDOW);
    const ids = new Set<string>();
    for (let i = 0; i < total; i++) {
      const { from, id } = await client.expect('mail');
      ids.add(Buffer.from(id).toString('hex'));
      client.tell({ t: 'ack-mail', mails: [{ from, id }] });
    }
    await client.settled();
    expect([ids.size, client.left()]).toEqual([total, []]);
  });

  it('are stored once, however often they are sent', async () => {
    const relay = await rig();
    const [ada, bob] = [await reachable(relay), await reachable(relay)];
    const sent = mailTo(bob);
    for (let i = 0; i < 3; i++) await ada.client.request(sent, 'mail-stored');
    await bob.client.expect('mail');
    await bob.client.settled();
    expect(bob.client.left()).toEqual([]);
  });

  it('are refused for a stranger and for a full mailbox, at the limit and not before', async () => {
    const relay = await rig({ mailboxMessages: 4 });
    const [ada, bob] = [await reachable(relay), await reachable(relay)];
    const stranger = { client: ada.client, signer: newSigner(), hello: ada.hello };
    expect(await ada.client.ask(mailTo(stranger))).toMatchObject({ code: 'not-delivered', fatal: false });
    expect(await ada.client.ask({ t: 'get-prekey', identity: stranger.signer.publicKey })).toMatchObject({
      code: 'not-delivered',
    });
    for (let i = 0; i < 2; i++) await ada.client.request(mailTo(bob), 'mail-stored');
    expect(await ada.client.ask(mailTo(bob))).toMatchObject({ code: 'mailbox-full', fatal: false });
  });

  it('are refused for somebody the recipient blocks exactly as for an unknown key, until unblocked', async () => {
    const relay = await rig();
    const [ada, bob, cleo] = [await reachable(relay), await reachable(relay), await reachable(relay)];
    await bob.client.request({ t: 'block', identity: ada.signer.publicKey }, 'ok');
    const unknown = newSigner().publicKey;
    const answers = async (to: Uint8Array): Promise<unknown[]> => {
      const mail = await ada.client.ask({ ...mailTo(bob), to });
      const prekey = await ada.client.ask({ t: 'get-prekey', identity: to });
      return [mail, prekey].map((answer) => ({ ...answer, rid: 0 }));
    };
    const blocked = await answers(bob.signer.publicKey);
    expect(blocked).toEqual(await answers(unknown));
    expect(blocked).toMatchObject([{ code: 'not-delivered' }, { code: 'not-delivered' }]);
    await cleo.client.request(mailTo(bob), 'mail-stored');
    await bob.client.request({ t: 'unblock', identity: ada.signer.publicKey }, 'ok');
    await ada.client.request({ t: 'get-prekey', identity: bob.signer.publicKey }, 'prekey');
    await ada.client.request(mailTo(bob), 'mail-stored');
  });

  it('may be as large as 16 KiB', async () => {
    const relay = await rig();
    const bob = await reachable(relay);
    await bob.client.request(mailTo(bob, randomBytes(MAX_MAIL_BYTES)), 'mail-stored');
    bob.client.tell({ ...mailTo(bob, randomBytes(MAX_MAIL_BYTES + 1)), rid: 99 });
    expect(await bob.client.expect('error')).toMatchObject({ code: 'protocol', fatal: true });
  });

  it('find the prekey that their recipient put', async () => {
    const relay = await rig();
    const bob = await reachable(relay);
    const ada = await signIn(relay);
    const { prekey } = await ada.client.request(
      { t: 'get-prekey', identity: bob.signer.publicKey },
      'prekey',
    );
    expect(Buffer.from(prekey).toString()).toBe('prekey');
  });
});

describe('receipts', () => {
  it('come as many at a time as fit a message; once these are acknowledged the rest, none twice', async () => {
    const relay = await relayRig({ limits: { memberFrameBurst: 1_000, mailboxMessages: 1_000 } });
    const [ada, bob] = [await reachable(relay), await reachable(relay)];
    const mails = Array.from({ length: RECEIPT_WINDOW + 5 }, () => mailTo(bob));
    await Promise.all(mails.map((mail) => ada.client.request(mail, 'mail-stored')));
    for (const _ of mails) {
      const { from, id } = await bob.client.expect('mail');
      bob.client.tell({ t: 'ack-mail', mails: [{ from, id }] });
    }
    await bob.client.settled();
    await ada.client.settled();
    const arrived = () =>
      ada.client
        .left()
        .flatMap((each) =>
          each.type === 'control' && each.message.t === 'receipts' ? each.message.ids : [],
        );
    const first = arrived();
    expect(first.length).toBe(RECEIPT_WINDOW);
    ada.client.tell({ t: 'ack-receipts', ids: first });
    await ada.client.settled();
    const ids = new Set(arrived().map((id) => Buffer.from(id).toString('hex')));
    expect([arrived().length, ids.size]).toEqual([mails.length, mails.length]);
  });
});

describe('a relay on disk', () => {
  it('keeps mail and prekeys across a restart', async () => {
    const folder = dataDir();
    const first = await relayRig({ dataDir: folder });
    const [ada, bob] = [await reachable(first), await reachable(first)];
    await bob.client.close();
    await ada.client.request(mailTo(bob), 'mail-stored');
    await first.close();
    const second = await relayRig({ dataDir: folder });
    const back = await signIn(second, 'member', bob.signer);
    const { from } = await back.client.expect('mail');
    expect(Buffer.from(from).equals(ada.signer.publicKey)).toBe(true);
    await back.client.request({ t: 'get-prekey', identity: ada.signer.publicKey }, 'prekey');
  });

  it('keeps who is blocked across a restart', async () => {
    const folder = dataDir();
    const first = await relayRig({ dataDir: folder });
    const [ada, bob] = [await reachable(first), await reachable(first)];
    await bob.client.request({ t: 'block', identity: ada.signer.publicKey }, 'ok');
    await first.close();
    const second = await relayRig({ dataDir: folder });
    const back = await signIn(second, 'member', ada.signer);
    expect(await back.client.ask(mailTo(bob))).toMatchObject({ code: 'not-delivered' });
  });

  it('refuses to store on a full disk', async () => {
    const relay = await relayRig({ dataDir: dataDir(), limits: { diskFull: 0 } });
    const ada = await signIn(relay);
    const full = { code: 'storage-full' };
    expect(await ada.client.ask({ t: 'put-prekey', prekey: utf8('prekey') })).toMatchObject(full);
    expect(await ada.client.ask({ t: 'block', identity: randomBytes(32) })).toMatchObject(full);
    expect(await ada.client.ask(mailTo(ada))).toMatchObject(full);
  });

  it.each([
    ['INSERT ON prekey', 'put-prekey'],
    ['INSERT ON block', 'block'],
    ['DELETE ON block', 'unblock'],
  ] as const)('says so when the disk does not take an %s', async (change, refused) => {
    const folder = dataDir();
    (await openDataDir(folder, defaultLimits)).close();
    const database = new DatabaseSync(joinPath(folder, DATABASE_FILE));
    database.exec(`CREATE TRIGGER full BEFORE ${change} BEGIN SELECT RAISE(ABORT, 'full'); END`);
    database.close();
    const { client } = await signIn(await relayRig({ dataDir: folder }));
    const identity = randomBytes(32);
    for (const question of [
      { t: 'put-prekey', prekey: utf8('prekey') },
      { t: 'block', identity },
      { t: 'unblock', identity },
    ] as const)
      expect((await client.ask(question)).t).toBe(question.t === refused ? 'error' : 'ok');
  });

  it('writes nothing of rooms, and of mail only the sealed bytes it was given', async () => {
    const folder = dataDir();
    const relay = await relayRig({ dataDir: folder });
    const host = await openRoom(relay, { listing: { title: 'titleword', topic: 'topicword' } });
    const ada = await join(relay, host);
    host.client.cast(host.handle, utf8('castword'));
    host.client.send(ada.circuit, utf8('sendword'));
    await ada.client.data();
    await ada.client.data();
    const bob = await reachable(relay);
    await ada.client.request(mailTo(bob, utf8('sealedword')), 'mail-stored');
    const kept = readdirSync(folder).map((name) => readFileSync(joinPath(folder, name)));
    const holds = (word: string) => kept.some((bytes) => bytes.includes(word));
    expect(['titleword', 'topicword', 'castword', 'sendword'].filter(holds)).toEqual([]);
    expect(holds('sealedword')).toBe(true);
  });
});
