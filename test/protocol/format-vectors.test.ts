import {
  createHash,
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  sign as nodeSign,
  verify as nodeVerify,
} from 'node:crypto';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { describe, expect, it } from 'vitest';
import { stretchPassword } from '../../src/client/account/stretch.ts';
import { concatBytes, fromHex, toHex, u32be, u64be, utf8 } from '../../src/shared/bytes.ts';
import { toBase32 } from '../../src/shared/base32.ts';
import { openBackup, passwordBytes, passwordKeys } from '../../src/shared/crypto/account.ts';
import {
  checkDeviceCertificate,
  issueDeviceCertificate,
  issuePrekey,
  openPrekey,
} from '../../src/shared/crypto/certificate.ts';
import { chainNext, chainStart } from '../../src/shared/crypto/chain.ts';
import { formatInvite, inviteRelayUrl, parseInvite } from '../../src/shared/crypto/invite.ts';
import { formatWords, meetingPlace, parseWords } from '../../src/shared/crypto/invite-words.ts';
import { handshakePrologue, joinPsk, safetyNumber } from '../../src/shared/crypto/keys.ts';
import { Handshake, keyPairFrom } from '../../src/shared/crypto/noise.ts';
import { castHeader, openCast } from '../../src/shared/crypto/seal.ts';
import { keyTag, labels, makeRoomId, signerFrom } from '../../src/shared/crypto/sign.ts';
import { openWhisper, sealWhisper } from '../../src/shared/crypto/whisper.ts';
import { wordList } from '../../src/shared/crypto/word-list.ts';
import { identityKey, roomId } from '../../src/shared/ids.ts';
import { DEFAULT_STRETCH } from '../../src/shared/limits.ts';
import { decodeEvent, encodeEvent, encodeSignedEvent } from '../../src/shared/room/events.ts';
import { headBytes } from '../../src/shared/room/head.ts';
import { nameBytes, passwordProofBytes } from '../../src/shared/wire/account.ts';
import { loginBytes } from '../../src/shared/wire/login.ts';
import vectors from './vectors/formats.json' with { type: 'json' };

const fill = (length: number, value: number) => new Uint8Array(length).fill(value);
const ada = signerFrom(fill(32, 1));
const bob = signerFrom(fill(32, 2));
const room = makeRoomId(ada.publicKey, fill(16, 3));
const log = fill(8, 4);
const relay = signerFrom(fill(32, 5)).publicKey;
const conv = fill(16, 6);
const code = fill(16, 7);
const adasDevice = keyPairFrom(fill(32, 8));
const bobsDevice = keyPairFrom(fill(32, 9));
const prekey = keyPairFrom(fill(32, 10));
const event = {
  room,
  log,
  id: fill(16, 11),
  counter: 1,
  kind: 'text',
  time: 1_763_600_000_000,
  body: { text: 'tea at five' },
} as const;

const sha256 = (...parts: Uint8Array[]) =>
  createHash('sha256')
    .update(concatBytes(...parts))
    .digest('hex');

/** Ed25519 straight from Node, over label, zero byte and bytes. */
function signature(seed: number, label: string, bytes: Uint8Array): string {
  const der = concatBytes(fromHex('302e020100300506032b657004220420'), fill(32, seed));
  const key = createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
  const signed = concatBytes(utf8(label), fill(1, 0), bytes);
  const made = nodeSign(null, signed, key);
  expect(nodeVerify(null, signed, createPublicKey(key), made)).toBe(true);
  return made.toString('hex');
}

describe('the vector of', () => {
  it('identities', () => {
    expect({ ada: toHex(ada.publicKey), bob: toHex(bob.publicKey) }).toEqual(vectors.identity);
  });

  it('a room id: the first 16 bytes of SHA-256(tc1/room ‖ key ‖ nonce)', () => {
    expect(toHex(room)).toBe(vectors.roomId);
    expect(sha256(utf8('tc1/room'), ada.publicKey, fill(16, 3)).slice(0, 32)).toBe(vectors.roomId);
  });

  it('a key tag: the first 20 bits of SHA-256(tc1/tag ‖ key)', () => {
    expect(keyTag(ada.publicKey)).toBe(vectors.keyTag);
    expect(toBase32(fromHex(sha256(utf8('tc1/tag'), ada.publicKey))).slice(0, 4)).toBe(vectors.keyTag);
  });

  it('a join psk: HKDF-SHA256(code, salt = room id, info = tc1/join)', () => {
    expect(toHex(joinPsk(code, room))).toBe(vectors.joinPsk);
    expect(toHex(new Uint8Array(hkdfSync('sha256', code, room, 'tc1/join', 32)))).toBe(vectors.joinPsk);
  });

  it('a prologue', () => {
    expect(toHex(handshakePrologue({ room, relay, conv }))).toBe(vectors.prologue);
    expect(vectors.prologue).toBe(
      `${toHex(utf8('tc1/hs'))}0101${vectors.roomId}${toHex(relay)}${'06'.repeat(16)}`,
    );
  });

  it('a safety number: the first 60 decimal digits of SHA-512(tc1/safety ‖ sorted keys) as a fraction', () => {
    expect(safetyNumber(ada.publicKey, bob.publicKey)).toBe(vectors.safetyNumber);
    const sorted = [vectors.identity.ada, vectors.identity.bob].sort().join('');
    const digest = createHash('sha512')
      .update(concatBytes(utf8('tc1/safety'), fromHex(sorted)))
      .digest();
    // Long multiplication by ten, digit for digit.
    let digits = '';
    for (let digit = 0; digit < 60; digit++) {
      let carry = 0;
      for (let at = 63; at >= 0; at--) {
        const product = (digest[at] ?? 0) * 10 + carry;
        digest[at] = product & 255;
        carry = product >> 8;
      }
      digits += String(carry);
    }
    expect(vectors.safetyNumber.replaceAll(' ', '')).toBe(digits);
  });

  it('an event and its author’s signature', () => {
    const bytes = encodeEvent(event);
    expect(toHex(bytes)).toBe(vectors.event);
    expect(decodeEvent(fromHex(vectors.event))).toEqual(event);
    expect(toHex(ada.sign(labels.ev, bytes))).toBe(vectors.eventSignature);
    expect(signature(1, 'tc1/ev', bytes)).toBe(vectors.eventSignature);
    const signed = { author: ada.publicKey, event: bytes, sig: fromHex(vectors.eventSignature) };
    expect(toHex(encodeSignedEvent(signed))).toBe(vectors.signedEvent);
  });

  it('the chain: its start, its next link, and the signed head', () => {
    const signed = fromHex(vectors.signedEvent);
    const start = chainStart(room, log);
    const next = chainNext(start, 1, signed);
    expect(toHex(start)).toBe(vectors.chainStart);
    expect(toHex(next)).toBe(vectors.chainNext);
    expect(sha256(utf8('tc1/chain'), room, log)).toBe(vectors.chainStart);
    expect(sha256(utf8('tc1/chain'), start, u64be(1), fromHex(sha256(signed)))).toBe(vectors.chainNext);
    const head = headBytes({ room, log, seq: 1, hash: next, kepoch: 1 });
    expect(toHex(head)).toBe(vectors.head);
    expect(toHex(ada.sign(labels.head, head))).toBe(vectors.headSignature);
    expect(signature(1, 'tc1/head', head)).toBe(vectors.headSignature);
  });

  it('a login', () => {
    const nonces = { relay, relayNonce: fill(32, 12), clientNonce: fill(32, 13) };
    expect(toHex(bob.sign(labels.login, loginBytes(nonces, 'member')))).toBe(vectors.loginSignature);
    const bytes = concatBytes(relay, fill(32, 12), fill(32, 13), utf8('member'));
    expect(signature(2, 'tc1/login', bytes)).toBe(vectors.loginSignature);
  });

  it('a device certificate: key ‖ device ‖ u64 end, signed', () => {
    const certificate = issueDeviceCertificate(ada, adasDevice.public, fill(16, 18), 1_795_136_000);
    expect(toHex(certificate.sig)).toBe(vectors.deviceCertificateSignature);
    expect(checkDeviceCertificate(certificate, 1_795_135_999)).toBe(true);
    const bytes = concatBytes(adasDevice.public, fill(16, 18), u64be(1_795_136_000));
    expect(signature(1, 'tc1/dk', bytes)).toBe(vectors.deviceCertificateSignature);
  });

  it('a prekey certificate: key ‖ u32 id ‖ u64 end, signed', () => {
    expect(toHex(issuePrekey(bob, prekey.public, 16, 1_767_488_000))).toBe(vectors.prekeyCertificate);
    expect(openPrekey(fromHex(vectors.prekeyCertificate), bob.publicKey, 0)).toEqual({
      key: prekey.public,
      id: 16,
      expires: 1_767_488_000,
    });
    const sig = signature(2, 'tc1/spk', concatBytes(prekey.public, u32be(16), u64be(1_767_488_000)));
    expect(vectors.prekeyCertificate).toContain(sig);
  });

  it('a whole room handshake and the first transport message', () => {
    const common = {
      pattern: 'XXpsk3',
      prologue: fromHex(vectors.prologue),
      psk: fromHex(vectors.joinPsk),
    } as const;
    const member = new Handshake({
      ...common,
      initiator: true,
      static: bobsDevice,
      ephemeral: keyPairFrom(fill(32, 14)),
    });
    const host = new Handshake({
      ...common,
      initiator: false,
      static: adasDevice,
      ephemeral: keyPairFrom(fill(32, 15)),
    });
    const first = member.write(fill(0, 0));
    host.read(first);
    const second = host.write(utf8('host hello'));
    expect(member.read(second)).toEqual(utf8('host hello'));
    const third = member.write(utf8('member hello'));
    expect(host.read(third)).toEqual(utf8('member hello'));
    expect([first, second, third].map(toHex)).toEqual(vectors.handshake);
    expect(toHex(member.hash)).toBe(vectors.handshakeHash);
    const welcome = host.split().seal(utf8('welcome'));
    expect(toHex(welcome)).toBe(vectors.firstTransportMessage);
    expect(member.split().open(welcome)).toEqual(utf8('welcome'));
  });

  it('a cast: kepoch ‖ seq ‖ nonce ‖ XChaCha20-Poly1305 of the padded text', () => {
    const cast = fromHex(vectors.cast);
    expect(castHeader(cast)).toEqual({ kepoch: 1, seq: 1 });
    expect(openCast(fill(32, 19), { room, log }, cast)).toEqual(utf8('event and head'));
    const aad = concatBytes(utf8('tc1/cast'), room, log, u32be(1), u64be(1));
    const padded = xchacha20poly1305(fill(32, 19), cast.slice(12, 36), aad).decrypt(cast.slice(36));
    expect(toHex(padded)).toBe(`000e${toHex(utf8('event and head'))}${'00'.repeat(240)}`);
  });

  it('a whisper’s mail', () => {
    const mail = sealWhisper({
      to: bob.publicKey,
      prekey: { key: prekey.public, id: 16 },
      device: adasDevice,
      signer: ada,
      body: utf8('lunch?'),
      ephemeral: keyPairFrom(fill(32, 17)),
    });
    expect(toHex(mail)).toBe(vectors.mail);
    const opened = openWhisper({ me: bob.publicKey, prekeySecret: () => prekey.secret, mail });
    expect(opened).toEqual({ from: ada.publicKey, body: utf8('lunch?') });
  });

  it('a password: Argon2id, then HKDF-SHA256 by purpose with the relay as salt', async () => {
    const { salt, stretched, login, wrap, commitment } = vectors.password;
    const parameters = { salt: fromHex(salt), ...DEFAULT_STRETCH };
    expect(toHex(await stretchPassword(passwordBytes('correct horse ☕'), parameters))).toBe(stretched);
    expect(toHex(passwordBytes('correct horse ☕'))).toBe(toHex(utf8('correct horse ☕')));
    const keys = passwordKeys(fromHex(stretched), relay);
    expect([toHex(keys.login.publicKey), toHex(keys.wrap), toHex(keys.commitment)]).toEqual([
      login,
      wrap,
      commitment,
    ]);
    const derived = (purpose: string) =>
      toHex(new Uint8Array(hkdfSync('sha256', fromHex(stretched), relay, `tc1/pw-${purpose}`, 32)));
    expect([derived('wrap'), derived('commit')]).toEqual([wrap, commitment]);
    expect(toHex(signerFrom(fromHex(derived('login'))).publicKey)).toBe(login);
  });

  it('a backup: nonce ‖ XChaCha20-Poly1305 of {seed}, bound to relay, identity and name', () => {
    const { wrap, commitment } = vectors.password;
    const sealed = fromHex(vectors.backup);
    const account = { relay, name: 'ada', identity: ada.publicKey };
    const keys = { wrap: fromHex(wrap), commitment: fromHex(commitment) };
    expect(openBackup(keys, account, { commitment: keys.commitment, sealed })).toEqual(fill(32, 1));
    const aad = concatBytes(utf8('tc1/backup'), relay, ada.publicKey, utf8('ada'));
    const plain = xchacha20poly1305(keys.wrap, sealed.slice(0, 24), aad).decrypt(sealed.slice(24));
    expect(toHex(plain)).toBe(`a16473656564${'5820'}${'01'.repeat(32)}`);
  });

  it('a name: relay ‖ u64 time ‖ name, signed', () => {
    const bytes = nameBytes({ relay, name: 'ada', at: 1_763_600_000_000 });
    expect(toHex(ada.sign(labels.name, bytes))).toBe(vectors.nameSignature);
    const spelled = concatBytes(relay, u64be(1_763_600_000_000), utf8('ada'));
    expect(signature(1, 'tc1/name', spelled)).toBe(vectors.nameSignature);
  });

  it('a proof of a password: relay ‖ both nonces ‖ name, signed by the login key', () => {
    const nonces = { relay, relayNonce: fill(32, 12), clientNonce: fill(32, 13) };
    const keys = passwordKeys(fromHex(vectors.password.stretched), relay);
    const proof = keys.login.sign(labels.passwordProof, passwordProofBytes({ ...nonces, name: 'ada' }));
    expect(toHex(proof)).toBe(vectors.passwordProof);
    expect(toHex(proof)).toHaveLength(128);
  });

  it('an invite', () => {
    const invite = {
      tls: true,
      host: 'chat.example.org',
      port: 8_443,
      room: roomId(room),
      key: identityKey(ada.publicKey),
      code,
    };
    expect(formatInvite(invite)).toBe(vectors.invite);
    expect(parseInvite(vectors.invite)).toEqual(invite);
    expect(inviteRelayUrl(invite)).toBe('wss://chat.example.org:8443');
    const [link = '', check] = vectors.invite.split('~');
    const digest = createHash('sha256').update('tc1/invite').update(link).digest();
    expect(toBase32(digest.subarray(0, 3)).slice(0, 4)).toBe(check);
  });

  it('a spoken invite: 72 bits of secret and 8 of SHA-256(tc1/words ‖ secret), 10 bits a word', () => {
    const secret = fromHex(vectors.spoken.secret);
    expect(formatWords(secret)).toBe(vectors.spoken.words);
    expect(parseWords(vectors.spoken.words)).toEqual({ ok: true, secret });
    const check = createHash('sha256').update('tc1/words').update(secret).digest().subarray(0, 1);
    const bits = [...secret, ...check].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    const places = (bits.match(/.{10}/g) ?? []).map((ten) => Number.parseInt(ten, 2));
    expect(places.map((place) => wordList[place]).join(' ')).toBe(vectors.spoken.words);
    expect(createHash('sha256').update(wordList.join(' ')).digest('hex')).toBe(vectors.spoken.wordList);
  });

  it('a meeting place: key, nonce and code of HKDF-SHA256(secret, no salt, tc1/words-…)', () => {
    const secret = fromHex(vectors.spoken.secret);
    const derived = (purpose: string, length: number) =>
      new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), `tc1/words-${purpose}`, length));
    const place = meetingPlace(secret);
    expect(toHex(place.signer.publicKey)).toBe(vectors.spoken.key);
    expect(toHex(signerFrom(derived('key', 32)).publicKey)).toBe(vectors.spoken.key);
    expect(place.nonce).toEqual(derived('nonce', 16));
    expect(toHex(place.code)).toBe(vectors.spoken.code);
    expect(place.code).toEqual(derived('code', 16));
    expect(toHex(place.room)).toBe(vectors.spoken.room);
    expect(place.room).toEqual(makeRoomId(place.signer.publicKey, derived('nonce', 16)));
  });
});
