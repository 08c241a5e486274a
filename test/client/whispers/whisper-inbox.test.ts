import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Archive } from '../../../src/client/archive/archive.ts';
import { openArchive } from '../../../src/client/archive/open-archive.ts';
import { silentLog } from '../../../src/client/client-log.ts';
import type { ClientEvent } from '../../../src/client/session-events.ts';
import { RecipientPrekeys, type MailRelay } from '../../../src/client/whispers/recipient-prekeys.ts';
import { WhisperInbox } from '../../../src/client/whispers/whisper-inbox.ts';
import { issuePrekey, openPrekey } from '../../../src/shared/crypto/certificate.ts';
import { generateKeyPair } from '../../../src/shared/crypto/noise.ts';
import { randomBytes, type Signer } from '../../../src/shared/crypto/sign.ts';
import { sealWhisper } from '../../../src/shared/crypto/whisper.ts';
import { identityKey } from '../../../src/shared/ids.ts';
import { HOUR, SECOND } from '../../../src/shared/limits.ts';
import { encodeWhisper, type WhisperBody } from '../../../src/shared/room/whisper.ts';
import { ManualClock } from '../../link/manual-clock.ts';
import { person } from '../../support/peers/paper-host.ts';

const [ada, bob, cleo] = [person(), person(), person()];
let clock: ManualClock;
let told: unknown[];
let prekey: Uint8Array;
/** It takes every prekey, and gives out the one it has. */
const relay = {
  url: 'wss://relay.test',
  online: true,
  asked: 0,
  ask: (question: { t: string; prekey?: Uint8Array }) => {
    relay.asked++;
    prekey = question.prekey ?? prekey;
    return Promise.resolve({ t: question.t === 'put-prekey' ? 'ok' : 'prekey', prekey });
  },
  tell: (message: unknown) => told.push(message) > 0,
};
const mailRelay = relay as unknown as MailRelay;

beforeEach(() => {
  clock = new ManualClock();
  told = [];
  relay.asked = 0;
});

describe('mail', () => {
  let archive: Archive;
  let inbox: WhisperInbox;
  let events: ClientEvent[];
  beforeEach(() => {
    archive = openArchive(':memory:');
    events = [];
    inbox = new WhisperInbox({
      archive,
      signer: ada,
      contacts: { ignores: () => false },
      clock,
      log: silentLog,
      emit: (event) => events.push(event),
    });
    inbox.relayOnline(mailRelay);
  });
  afterEach(() => {
    inbox.close();
    archive.close();
  });

  const id = randomBytes(16);
  const honest: WhisperBody = {
    from: bob.publicKey,
    to: ada.publicKey,
    id,
    time: 1,
    nick: 'bob',
    text: 'psst',
  };

  function sealed(body: Partial<WhisperBody> = {}, signer: Signer = bob): Uint8Array {
    const open = openPrekey(prekey, ada.publicKey, clock.wall() / SECOND);
    if (!open) throw new Error('no prekey');
    const bytes = encodeWhisper({ ...honest, ...body });
    return sealWhisper({ to: ada.publicKey, prekey: open, device: generateKeyPair(), signer, body: bytes });
  }
  const come = (mail: Uint8Array, from = bob.publicKey, as = id) =>
    inbox.mail(mailRelay, { t: 'mail', from, id: as, mail, at: 0 } as Parameters<WhisperInbox['mail']>[1]);
  const whispers = () => events.flatMap((event) => (event.type === 'whisper' ? [event.whisper.text] : []));

  it('is told once, however often it comes, and acknowledged each time', () => {
    const mail = sealed();
    for (let i = 0; i < 2; i++) come(mail);
    expect(whispers()).toEqual(['psst']);
    const ack = { t: 'ack-mail', mails: [{ from: bob.publicKey, id }] };
    expect(told).toEqual([ack, ack]);
  });

  it.each([
    ['under another id', () => come(sealed(), bob.publicKey, randomBytes(16))],
    ['as somebody else’s', () => come(sealed(), cleo.publicKey)],
    ['that says it is of somebody else', () => come(sealed({ from: cleo.publicKey }))],
    ['that says it is for somebody else', () => come(sealed({ to: cleo.publicKey }))],
    ['that names one sender and is signed by another', () => come(sealed({}, cleo))],
    ['that names nobody true', () => come(sealed({ from: cleo.publicKey }, cleo))],
    ['without an end', () => come(sealed().slice(0, -1))],
    ['of nothing', () => come(new Uint8Array(3))],
  ])('%s is shown to nobody, and returned', (_, comes) => {
    comes();
    expect(whispers()).toEqual([]);
    expect(told).toMatchObject([{ t: 'return-mail' }]);
  });
});

describe('the prekey of somebody', () => {
  const from = identityKey(bob.publicKey);
  const now = () => Math.floor(clock.wall() / SECOND);
  const issued = (signer = bob, expires = now() + 1) => issuePrekey(signer, randomBytes(32), 7, expires);

  it('is asked for again after an hour, or when it opens nothing any more', async () => {
    const prekeys = new RecipientPrekeys(clock);
    prekey = issued(bob, now() + 10_000);
    const asked: number[] = [];
    for (const pass of [0, HOUR - 1, 1]) {
      clock.advance(pass);
      expect(await prekeys.of(mailRelay, from)).toMatchObject({ prekey: { id: 7 } });
      asked.push(relay.asked);
    }
    prekeys.forget(from);
    await prekeys.of(mailRelay, from);
    expect([...asked, relay.asked]).toEqual([1, 1, 2, 3]);
  });

  it.each([
    ['another key has signed', () => issued(cleo)],
    ['has expired', () => issued(bob, now())],
    ['is none', () => randomBytes(9)],
  ])('that %s is not used', async (_, make) => {
    prekey = make();
    expect(await new RecipientPrekeys(clock).of(mailRelay, from)).toEqual({ code: 'not-delivered' });
  });
});
