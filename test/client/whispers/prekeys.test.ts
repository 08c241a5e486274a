import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Archive } from '../../../src/client/archive/archive.ts';
import { openArchive } from '../../../src/client/archive/open-archive.ts';
import { Prekeys } from '../../../src/client/whispers/prekeys.ts';
import { openPrekey, type Prekey } from '../../../src/shared/crypto/certificate.ts';
import { keyPairFrom } from '../../../src/shared/crypto/noise.ts';
import { DAY, MAIL_MS, PREKEY_KEEP_MS } from '../../../src/shared/limits.ts';
import { ManualClock } from '../../link/manual-clock.ts';
import { person } from '../../support/peers/paper-host.ts';

const signer = person();
let archive: Archive;
let clock: ManualClock;
let prekeys: Prekeys;
beforeEach(() => {
  archive = openArchive(':memory:');
  clock = new ManualClock();
  prekeys = new Prekeys(archive.whispers, signer, clock);
});
afterEach(() => archive.close());

function current(): Prekey {
  const opened = openPrekey(prekeys.current() ?? new Uint8Array(), signer.publicKey, clock.wall() / 1_000);
  if (!opened) throw new Error('no valid prekey');
  return opened;
}

it('a prekey is certified, and its secret kept', () => {
  const { id, key } = current();
  const secret = prekeys.secret(id);
  expect(secret && keyPairFrom(secret).public).toEqual(key);
  expect(current().id).toBe(id);
});

it('after a week there is a new one, and mail to the old one can still be opened', () => {
  const first = current();
  clock.advance(7 * DAY - 1);
  expect(current().id).toBe(first.id);
  clock.advance(1);
  const second = current();
  expect(second.id).not.toBe(first.id);
  expect(prekeys.secret(first.id)).toBeDefined();
});

it('no mail is sealed to a prekey that would be gone before the mail is', () => {
  const { expires } = current();
  expect(expires * 1_000 + MAIL_MS).toBeLessThan(clock.wall() + PREKEY_KEEP_MS);
});

it('secrets are deleted after 45 days', () => {
  const first = current();
  clock.advance(44 * DAY);
  current();
  expect(prekeys.secret(first.id)).toBeDefined();
  clock.advance(8 * DAY);
  current();
  expect(prekeys.secret(first.id)).toBeUndefined();
});
