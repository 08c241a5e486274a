import { describe, expect, it } from 'vitest';
import { Circuits } from '../../../src/host/lines/circuits.ts';
import { HANDSHAKE_MS } from '../../../src/host/lines/conversation.ts';
import { JoinGate, MAX_UNFINISHED } from '../../../src/host/lines/join-gate.ts';
import { Link } from '../../../src/link/link.ts';
import { generateKeyPair, Handshake } from '../../../src/shared/crypto/noise.ts';
import { handshakePrologue } from '../../../src/shared/crypto/keys.ts';
import { issueDeviceCertificate } from '../../../src/shared/crypto/certificate.ts';
import { randomBytes, signerFrom } from '../../../src/shared/crypto/sign.ts';
import { idBytes, type IdentityKey } from '../../../src/shared/ids.ts';
import { ManualClock } from '../../link/manual-clock.ts';
import { ScriptedRelay } from '../../support/peers/scripted-relay.ts';

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

async function rig(known: (identity: IdentityKey) => boolean = () => false) {
  const relay = new ScriptedRelay();
  const clock = new ManualClock();
  const signer = signerFrom(randomBytes(32));
  const link = new Link({ url: 'memory', purpose: 'host', signer, dialler: relay.dialler, clock });
  link.open();
  await settled();
  const keys = generateKeyPair();
  const room = randomBytes(16);
  const circuits = new Circuits({
    link,
    clock,
    room,
    nonce: randomBytes(16),
    psks: () => [new Uint8Array(32)],
    device: { keys, certificate: issueDeviceCertificate(signer, keys.public, randomBytes(16), 4e9) },
    gate: new JoinGate(clock.now()),
    isKnown: known,
    arrived: () => undefined,
    said: () => undefined,
    ended: () => undefined,
  });
  const call = (circuit: number, identity = randomBytes(32)): void =>
    circuits.incoming({ t: 'incoming', handle: 1, circuit, conv: new Uint8Array(16), identity });
  const hangups = async () => {
    await settled();
    return relay.newest.requests('hangup').map(({ circuit, code }) => [circuit, code]);
  };
  return { relay, clock, link, circuits, call, hangups, room };
}

describe('the circuits of a room', () => {
  it('lets the oldest of eight unfinished strangers go for a ninth', async () => {
    const { call, hangups, circuits } = await rig();
    for (let circuit = 1; circuit <= MAX_UNFINISHED; circuit++) call(circuit);
    expect(await hangups()).toEqual([]);
    call(9);
    expect(await hangups()).toEqual([[1, 'room-busy']]);
    expect(circuits.all()).toHaveLength(MAX_UNFINISHED);
  });

  it('lets no stranger push out somebody on the roster', async () => {
    const { call, hangups } = await rig((identity) => idBytes(identity)[0] === 7);
    const known = new Uint8Array(32).fill(7);
    call(1, known);
    for (let circuit = 2; circuit <= 30; circuit++) call(circuit, new Uint8Array(32).fill(100 + circuit));
    expect(await hangups()).not.toContainEqual([1, 'room-busy']);
    expect(await hangups()).toHaveLength(29 - MAX_UNFINISHED);
  });

  it('has one handshake under way with one identity', async () => {
    const { call, hangups } = await rig();
    const identity = randomBytes(32);
    call(1, identity);
    call(2, identity);
    expect(await hangups()).toEqual([[1, undefined]]);
  });

  it('does not wait for ever for a handshake', async () => {
    const { call, hangups, clock, circuits } = await rig();
    call(1);
    clock.advance(HANDSHAKE_MS - 1);
    expect(await hangups()).toEqual([]);
    clock.advance(1);
    expect(await hangups()).toEqual([[1, 'login-timeout']]);
    expect(circuits.all()).toEqual([]);
  });

  it.each([
    ['another room', { room: randomBytes(16) }],
    ['another relay', { relay: randomBytes(32) }],
    ['another circuit', { conv: randomBytes(16) }],
  ])('shakes no hands over %s', async (_, change) => {
    const { call, hangups, circuits, link, room, relay } = await rig();
    if (!link.relayId) throw new Error('no relay');
    call(1);
    const prologue = handshakePrologue({
      room,
      relay: idBytes(link.relayId),
      conv: new Uint8Array(16),
      ...change,
    });
    const own = generateKeyPair();
    const options = { pattern: 'XXpsk3', initiator: true, static: own, psk: new Uint8Array(32) } as const;
    const member = new Handshake({ ...options, prologue });
    circuits.data(1, member.write(new Uint8Array()));
    expect(await hangups()).toEqual([[1, 'protocol']]);
    expect(relay.newest.heard.all.some(({ type }) => type === 'send')).toBe(false);
  });

  it('hangs up on a payload in the first message and on noise', async () => {
    const { call, hangups, circuits } = await rig();
    call(1);
    circuits.data(1, randomBytes(10));
    call(2);
    circuits.data(2, randomBytes(100));
    circuits.data(3, randomBytes(100));
    expect(await hangups()).toEqual([
      [1, 'protocol'],
      [2, 'protocol'],
    ]);
  });
});
