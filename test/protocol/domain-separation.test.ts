import { describe, expect, it } from 'vitest';
import { concatBytes, u32be, utf8 } from '../../src/shared/bytes.ts';
import { deviceCertificateBytes } from '../../src/shared/crypto/certificate.ts';
import { labels, signerFrom, verify, type Label } from '../../src/shared/crypto/sign.ts';
import { encodeEvent } from '../../src/shared/room/events.ts';
import { headBytes } from '../../src/shared/room/head.ts';
import { nameBytes, passwordProofBytes } from '../../src/shared/wire/account.ts';
import { encodeListing } from '../../src/shared/wire/listing.ts';
import { helloBytes, loginBytes } from '../../src/shared/wire/login.ts';

const signer = signerFrom(new Uint8Array(32).fill(1));
const fill = (length: number, value: number) => new Uint8Array(length).fill(value);
const [roomA, roomB] = [fill(16, 1), fill(16, 2)];
const [logA, logB] = [fill(8, 3), fill(8, 4)];
const [adasKey, bobsKey] = [fill(32, 5), fill(32, 6)];
const [relayA, relayB] = [fill(32, 7), fill(32, 8)];
const nonces = { relay: relayA, relayNonce: fill(32, 9), clientNonce: fill(32, 10) };
const event = {
  room: roomA,
  log: logA,
  id: fill(16, 1),
  counter: 1,
  kind: 'text',
  time: 1,
  body: { text: 'yes' },
} as const;
const head = { room: roomA, log: logA, seq: 1, hash: fill(32, 1), kepoch: 1 };
const listing = {
  room: roomA,
  host: signer.publicKey,
  nonce: fill(16, 1),
  title: 'tea',
  topic: '',
  code: false,
  rev: 1,
  expires: 2,
};
const certificate = { key: fill(32, 11), device: fill(16, 12), expires: 100 };
const whisper = (to: Uint8Array, prekeyId: number, ephemeral: number) =>
  concatBytes(to, u32be(prekeyId), fill(32, ephemeral), fill(32, 13), utf8('yes'));

/** Everything an identity ever signs, each for two of whatever it is bound to. */
const statements: readonly { what: string; label: Label; bytes: Uint8Array }[] = [
  { what: 'event', label: labels.ev, bytes: encodeEvent(event) },
  { what: 'event of another room', label: labels.ev, bytes: encodeEvent({ ...event, room: roomB }) },
  { what: 'event of another log', label: labels.ev, bytes: encodeEvent({ ...event, log: logB }) },
  { what: 'event of another kind', label: labels.ev, bytes: encodeEvent({ ...event, kind: 'me' }) },
  { what: 'event of another counter', label: labels.ev, bytes: encodeEvent({ ...event, counter: 2 }) },
  { what: 'head', label: labels.head, bytes: headBytes(head) },
  { what: 'head of another room', label: labels.head, bytes: headBytes({ ...head, room: roomB }) },
  { what: 'head of another log', label: labels.head, bytes: headBytes({ ...head, log: logB }) },
  { what: 'head of another key epoch', label: labels.head, bytes: headBytes({ ...head, kepoch: 2 }) },
  { what: 'login', label: labels.login, bytes: loginBytes(nonces, 'member') },
  { what: 'login as host', label: labels.login, bytes: loginBytes(nonces, 'host') },
  {
    what: 'login at another relay',
    label: labels.login,
    bytes: loginBytes({ ...nonces, relay: relayB }, 'member'),
  },
  {
    what: 'login of another time',
    label: labels.login,
    bytes: loginBytes({ ...nonces, relayNonce: fill(32, 99) }, 'member'),
  },
  { what: 'hello', label: labels.hello, bytes: helloBytes(nonces, adasKey) },
  { what: 'hello to another', label: labels.hello, bytes: helloBytes(nonces, bobsKey) },
  { what: 'listing', label: labels.list, bytes: encodeListing(listing) },
  { what: 'listing of another room', label: labels.list, bytes: encodeListing({ ...listing, room: roomB }) },
  { what: 'device certificate', label: labels.deviceKey, bytes: deviceCertificateBytes(certificate) },
  {
    what: 'certificate of another device',
    label: labels.deviceKey,
    bytes: deviceCertificateBytes({ ...certificate, device: fill(16, 99) }),
  },
  { what: 'prekey', label: labels.prekey, bytes: concatBytes(fill(32, 11), u32be(1), fill(8, 0)) },
  {
    what: 'prekey of another id',
    label: labels.prekey,
    bytes: concatBytes(fill(32, 11), u32be(2), fill(8, 0)),
  },
  { what: 'whisper', label: labels.whisper, bytes: whisper(adasKey, 1, 1) },
  { what: 'whisper to another', label: labels.whisper, bytes: whisper(bobsKey, 1, 1) },
  { what: 'whisper to another prekey', label: labels.whisper, bytes: whisper(adasKey, 2, 1) },
  { what: 'whisper of another ephemeral key', label: labels.whisper, bytes: whisper(adasKey, 1, 2) },
  { what: 'name', label: labels.name, bytes: nameBytes({ relay: relayA, name: 'ada', at: 1 }) },
  { what: 'another name', label: labels.name, bytes: nameBytes({ relay: relayA, name: 'bob', at: 1 }) },
  {
    what: 'name at another relay',
    label: labels.name,
    bytes: nameBytes({ relay: relayB, name: 'ada', at: 1 }),
  },
  {
    what: 'password proof',
    label: labels.passwordProof,
    bytes: passwordProofBytes({ ...nonces, name: 'ada' }),
  },
  {
    what: 'password proof for another account',
    label: labels.passwordProof,
    bytes: passwordProofBytes({ ...nonces, name: 'bob' }),
  },
  {
    what: 'password proof at another relay',
    label: labels.passwordProof,
    bytes: passwordProofBytes({ ...nonces, relay: relayB, name: 'ada' }),
  },
  {
    what: 'password proof of another time',
    label: labels.passwordProof,
    bytes: passwordProofBytes({ ...nonces, relayNonce: fill(32, 99), name: 'ada' }),
  },
];

describe.each(statements)('a signature of: $what', (made) => {
  const signature = signer.sign(made.label, made.bytes);

  it('is valid for that', () => {
    expect(verify(made.label, signer.publicKey, made.bytes, signature)).toBe(true);
  });

  it.each(statements.filter((other) => other !== made))('is refused as one of: $what', (other) => {
    expect(verify(other.label, signer.publicKey, other.bytes, signature)).toBe(false);
  });

  it.each(Object.values(labels).filter((label) => label !== made.label))(
    'is refused for the purpose %s',
    (label) => {
      expect(verify(label, signer.publicKey, made.bytes, signature)).toBe(false);
    },
  );
});

describe('the matrix of statements', () => {
  it('has every label in it', () => {
    expect(new Set(statements.map(({ label }) => label))).toEqual(new Set(Object.values(labels)));
  });

  it('has no label for two purposes', () => {
    expect(new Set(Object.values(labels)).size).toBe(Object.keys(labels).length);
  });
});
