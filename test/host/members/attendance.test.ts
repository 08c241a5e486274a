import { describe, expect, it } from 'vitest';
import { Conversation } from '../../../src/host/lines/conversation.ts';
import { Attendance, HINTS } from '../../../src/host/members/attendance.ts';
import { issueDeviceCertificate } from '../../../src/shared/crypto/certificate.ts';
import { generateKeyPair } from '../../../src/shared/crypto/noise.ts';
import { randomBytes, signerFrom } from '../../../src/shared/crypto/sign.ts';
import { identityKey } from '../../../src/shared/ids.ts';
import { ManualClock } from '../../link/manual-clock.ts';

const signer = signerFrom(randomBytes(32));
const keys = generateKeyPair();
const certificate = issueDeviceCertificate(signer, keys.public, randomBytes(16), 4_000_000_000);

function conversationOf(identity: Uint8Array): Conversation {
  const nothing = (): undefined => undefined;
  return new Conversation({
    circuit: 1,
    via: undefined,
    identity,
    prologue: randomBytes(8),
    psks: () => [],
    device: { keys, certificate },
    nonce: randomBytes(16),
    clock: new ManualClock(),
    send: nothing,
    buffered: () => 0,
    admit: nothing,
    hangup: nothing,
    arrived: nothing,
    said: nothing,
    wrongCode: () => ({ code: 'wrong-code' }),
    ended: nothing,
  });
}

const [adaBytes, bobBytes] = [randomBytes(32), randomBytes(32)];
const [ada, bob] = [identityKey(adaBytes), identityKey(bobBytes)];

describe('who is on the roster', () => {
  it('has left once it was away for as long as it may, each by its own time', () => {
    const attendance = new Attendance(1_000);
    attendance.expect(bob, 1, 300);
    attendance.expect(ada, 1, 0);
    expect(attendance.nextExpiry()).toBe(1_000);
    expect(attendance.expired(999)).toEqual([]);
    expect(attendance.expired(1_000)).toEqual([ada]);
    attendance.arrive(ada, conversationOf(adaBytes));
    expect(attendance.nextExpiry()).toBe(1_300);
    expect(attendance.expired(5_000)).toEqual([bob]);
    attendance.remove(bob);
    expect(attendance.nextExpiry()).toBeUndefined();
  });

  it('speaks where it was welcomed, and not in a conversation that another one has replaced', () => {
    const attendance = new Attendance();
    attendance.expect(ada, 7, 0);
    const [older, newer] = [conversationOf(adaBytes), conversationOf(adaBytes)];
    attendance.arrive(ada, older);
    expect([attendance.speaker(older), attendance.conversations()]).toEqual([undefined, []]);
    attendance.welcome(ada);
    expect(attendance.speaker(older)?.floor).toBe(7);
    expect(attendance.arrive(ada, newer)).toBe(older);
    expect(attendance.speaker(newer)).toBeUndefined();
    attendance.welcome(ada);
    expect(attendance.speaker(older)).toBeUndefined();
    expect(attendance.conversations()).toEqual([newer]);
    expect(attendance.vanish(older, 1)).toBe(false);
    expect(attendance.vanish(newer, 1)).toBe(true);
    expect(attendance.conversations()).toEqual([]);
  });

  it('causes ten hints at once and two a second then', () => {
    const attendance = new Attendance();
    attendance.expect(ada, 1, 0);
    const took = (times: number, now: number) =>
      Array.from({ length: times }, () => attendance.takeHint(ada, now)).filter(Boolean).length;
    expect([took(20, 0), took(20, 499), took(20, 1_000)]).toEqual([HINTS.burst, 0, 2]);
    expect(attendance.takeHint(bob, 0)).toBe(false);
  });
});
