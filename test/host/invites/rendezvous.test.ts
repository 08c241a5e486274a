import { describe, expect, it, onTestFinished } from 'vitest';
import { MAX_WRONG_CODES } from '../../../src/host/lines/join-gate.ts';
import { meetingPointAt, Rendezvous } from '../../../src/host/invites/rendezvous.ts';
import { systemClock } from '../../../src/link/clock.ts';
import { wsDialler } from '../../../src/link/ws-transport.ts';
import { generateWordsSecret, meetingPlace } from '../../../src/shared/crypto/invite-words.ts';
import { generateCode } from '../../../src/shared/crypto/invite.ts';
import { randomBytes, signerFrom } from '../../../src/shared/crypto/sign.ts';
import type { Rejection } from '../../../src/shared/errors.ts';
import { roomId } from '../../../src/shared/ids.ts';
import { signIn } from '../../support/relay-rig.ts';
import { memberFor, relayFor } from '../room-rig.ts';

const link = 'tc://chat.example.org/room#key.code';

async function meeting(answer: () => string | Rejection = () => link) {
  const relay = await relayFor();
  const secret = generateWordsSecret();
  const place = meetingPlace(secret);
  const at = (url: string) =>
    new Rendezvous({
      url,
      secret,
      dialler: wsDialler,
      clock: systemClock,
      random: () => 0,
      link: answer,
    });
  const rendezvous = at(relay.url);
  onTestFinished(() => rendezvous.close());
  expect(await rendezvous.open()).toBeUndefined();
  const caller = (code: Uint8Array | undefined, signer = signerFrom(randomBytes(32))) =>
    memberFor({ relayUrl: relay.url, room: roomId(place.room), code, signer });
  return { relay, place, rendezvous, caller, at };
}

describe('a meeting place', () => {
  it('gives the link to who knows the words, hangs up, and does so again', async () => {
    const { place, caller } = await meeting();
    for (let times = 0; times < 2; times++) {
      const member = await caller(place.code).dial();
      expect(await member.message('invite')).toEqual({ t: 'invite', link });
      expect(await member.hungUp()).toBe('no reason');
      expect(member.heard.all.filter(({ type }) => type === 'message')).toHaveLength(1);
    }
  });

  it('gives nothing to a relay that knows the place and guesses the rest', async () => {
    const { caller } = await meeting();
    expect(await (await caller(undefined).dial()).hungUp()).toBe('wrong-code');
    const signer = signerFrom(randomBytes(32));
    for (let times = 1; times < MAX_WRONG_CODES; times++)
      expect(await (await caller(generateCode(), signer).dial()).hungUp()).toBe('wrong-code');
    expect(await (await caller(generateCode(), signer).dial()).hungUp()).toBe('too-many-tries');
  });

  it('says why it has nothing to give any more', async () => {
    const { place, caller } = await meeting(() => ({ code: 'invite-expired' }));
    const member = await caller(place.code).dial();
    expect(await member.message('refused')).toMatchObject({ code: 'invite-expired' });
  });

  it('is on no list, and gone when it is closed', async () => {
    const { relay, place, rendezvous, caller } = await meeting();
    const { client } = await signIn(relay);
    expect(await client.request({ t: 'watch' }, 'listing')).toMatchObject({ entries: [] });
    await rendezvous.close();
    await expect(caller(place.code).dial()).rejects.toThrow('error no-such-room');
  });

  it('is open where any of several relays is', async () => {
    const { relay, place, at } = await meeting();
    const other = await relayFor();
    const point = meetingPointAt([at('ws://127.0.0.1:1'), at(other.url)]);
    onTestFinished(() => point.close());
    expect(await point.open()).toBeUndefined();
    const member = await memberFor({
      relayUrl: other.url,
      room: roomId(place.room),
      code: place.code,
    }).dial();
    expect(await member.message('invite')).toMatchObject({ link });
    const none = meetingPointAt([at('ws://127.0.0.1:1')]);
    onTestFinished(() => none.close());
    expect(await none.open()).toMatchObject({ code: 'internal' });
    expect(relay.url).not.toBe(other.url);
  });
});
